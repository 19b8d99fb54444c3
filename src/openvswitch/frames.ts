const [QUOTE, BACKSLASH, OPEN, CLOSE] = [0x22, 0x5c, 0x7b, 0x7d];

/** Longer than any reply to this library's requests. */
const LONGEST = 64 << 20;

/** Splits a stream of concatenated JSON objects. */
export class JsonFrames {
  #rest: Buffer = Buffer.alloc(0);
  #at = 0;
  #depth = 0;
  #inText = false;

  /** The objects that these bytes complete. Throws for invalid JSON. */
  push(bytes: Buffer): unknown[] {
    const found: unknown[] = [];
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (; this.#at < this.#rest.length; this.#at++) {
      if (!this.#ends(this.#rest[this.#at])) continue;
      found.push(JSON.parse(this.#rest.toString('utf8', 0, this.#at + 1)));
      this.#rest = this.#rest.subarray(this.#at + 1);
      this.#at = -1;
    }
    if (this.#rest.length > LONGEST) throw new Error('a message is too long');
    return found;
  }

  // Only ASCII bytes matter, and UTF-8 uses them for nothing else.
  #ends(byte: number | undefined): boolean {
    if (this.#inText) {
      if (byte === BACKSLASH) this.#at++;
      else if (byte === QUOTE) this.#inText = false;
      return false;
    }
    if (byte === QUOTE) this.#inText = true;
    else if (byte === OPEN) this.#depth++;
    else if (byte === CLOSE) return --this.#depth === 0;
    return false;
  }
}
