const ATTRIBUTE_HEADER = 4;
const NESTED = 0x8000;
const LONGEST = 0xffff;
const utf8 = new TextEncoder();
// Some programs have no messages. Allocating a buffer costs as much as everything else written for them.
const NOTHING = new Uint8Array();
const NOTHING_TO_VIEW = new DataView(NOTHING.buffer);
const SMALLEST = 1024;

/** Writes messages one after another into a growing buffer. Bytes not yet written are zero. */
export class Writer {
  bytes = NOTHING;
  view = NOTHING_TO_VIEW;
  size = 0;
  /** An attribute or the message exceeded its length field. */
  overflow = false;

  /** Returns the written bytes and empties the buffer. */
  take(): Uint8Array {
    if (this.size === 0) return NOTHING;
    const message = this.bytes.slice(0, this.size);
    this.bytes.fill(0, 0, this.size);
    this.size = 0;
    return message;
  }

  /** Writes `length` zeros, padded to four bytes; returns their offset. */
  space(length: number): number {
    const start = this.size;
    this.#reserve(length);
    this.size += (length + 3) & ~3;
    return start;
  }

  raw(bytes: Uint8Array): void {
    const at = this.space(bytes.length);
    this.bytes.set(bytes, at);
  }

  /** Begins an attribute with a value of at most `most` bytes; returns the value's offset. End it with `close`. */
  open(most: number): number {
    this.#reserve(ATTRIBUTE_HEADER + most);
    return this.size + ATTRIBUTE_HEADER;
  }

  /** Ends the attribute whose value has this offset and length. */
  close(type: number, at: number, length: number): void {
    this.#header(at - ATTRIBUTE_HEADER, type, ATTRIBUTE_HEADER + length);
    this.size = at + ((length + 3) & ~3);
  }

  putBytes(type: number, bytes: Uint8Array): void {
    const at = this.open(bytes.length);
    this.bytes.set(bytes, at);
    this.close(type, at, bytes.length);
  }

  /** Writes text with a trailing NUL. */
  putText(type: number, text: string): void {
    const at = this.open(3 * text.length + 1);
    this.close(type, at, this.#text(at, text) + 1);
  }

  /** Sets or clears bits of the 32-bit word at a reserved offset. */
  setBits(at: number, mask: number, on: boolean): void {
    const bits = this.view.getUint32(at, true);
    this.view.setUint32(at, on ? bits | mask : bits & ~mask, true);
  }

  /** Begins a nested attribute; returns its offset. End it with `closeNest`. */
  openNest(): number {
    return this.space(ATTRIBUTE_HEADER) + ATTRIBUTE_HEADER;
  }

  closeNest(type: number, at: number): void {
    const start = at - ATTRIBUTE_HEADER;
    this.#header(start, type | NESTED, this.size - start);
  }

  #text(at: number, text: string): number {
    const { bytes } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return utf8.encodeInto(text, bytes.subarray(at)).written;
      bytes[at + i] = code;
    }
    return text.length;
  }

  // Writes single bytes, the cheapest way in code that V8 has not yet optimized.
  #header(start: number, type: number, length: number): void {
    if (length > LONGEST) this.overflow = true;
    const { bytes } = this;
    bytes[start] = length;
    bytes[start + 1] = length >> 8;
    bytes[start + 2] = type;
    bytes[start + 3] = type >> 8;
  }

  #reserve(length: number): void {
    const needed = this.size + length + 3;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * needed, SMALLEST));
    larger.set(this.bytes.subarray(0, this.size));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}
