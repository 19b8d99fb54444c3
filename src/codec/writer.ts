const ATTRIBUTE_HEADER = 4;
const NESTED = 0x8000;
const LONGEST = 0xffff;
const utf8 = new TextEncoder();

/** Writes one message after another into a buffer that grows. What it has not come to is zero. */
export class Writer {
  bytes = new Uint8Array(4096);
  view = new DataView(this.bytes.buffer);
  size = 0;
  /** An attribute or the message outgrew its length field. */
  overflow = false;

  /** Takes the message out; the buffer is empty afterwards. */
  take(): Uint8Array {
    const message = this.bytes.slice(0, this.size);
    this.bytes.fill(0, 0, this.size);
    this.size = 0;
    return message;
  }

  /** So many zeros, padded to four; returns where they start. */
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

  /** An attribute; `write` puts its value at a place and returns how many bytes that took, of `most` at most. */
  put(type: number, most: number, write: (writer: Writer, at: number) => number): void {
    this.#reserve(ATTRIBUTE_HEADER + most);
    const start = this.size;
    const length = ATTRIBUTE_HEADER + write(this, start + ATTRIBUTE_HEADER);
    this.#close(start, type, length);
    this.size = start + ((length + 3) & ~3);
  }

  putBytes(type: number, bytes: Uint8Array): void {
    this.put(type, bytes.length, (_writer, at) => {
      this.bytes.set(bytes, at);
      return bytes.length;
    });
  }

  /** Text with a NUL behind it. */
  putText(type: number, text: string): void {
    this.put(type, 3 * text.length + 1, ({ bytes }, at) => {
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i);
        if (code > 0x7f) return utf8.encodeInto(text, bytes.subarray(at)).written + 1;
        bytes[at + i] = code;
      }
      return text.length + 1;
    });
  }

  /** Attributes within an attribute. */
  nest(type: number, fill: () => void): void {
    const start = this.space(ATTRIBUTE_HEADER);
    fill();
    this.#close(start, type | NESTED, this.size - start);
  }

  #close(start: number, type: number, length: number): void {
    if (length > LONGEST) this.overflow = true;
    this.view.setUint16(start, length & LONGEST, true);
    this.view.setUint16(start + 2, type, true);
  }

  #reserve(length: number): void {
    const needed = this.size + length + 3;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(2 * needed);
    larger.set(this.bytes.subarray(0, this.size));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}
