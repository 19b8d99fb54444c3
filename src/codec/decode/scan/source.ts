// A view of bytes costs as much as dozens of numbers, and the kernel sends an empty one with every link.
const none = new Uint8Array(0);

/** The kernel's bytes, with methods to read values. */
export class Source {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The same bytes as 32-bit words, to which attributes are aligned. */
  readonly words: Int32Array;

  constructor(given: Uint8Array) {
    const { buffer, byteOffset, length } = given.byteOffset % 4 === 0 ? given : Uint8Array.from(given);
    this.bytes = new Uint8Array(buffer, byteOffset, length);
    this.view = new DataView(buffer, byteOffset, length);
    this.words = new Int32Array(buffer, byteOffset, length >> 2);
  }

  /** The text up to a NUL or the end. */
  text(at: number, end: number): string {
    let out = '';
    for (let i = at; i < end; i++) {
      const byte = this.bytes[i] as number;
      if (byte === 0) break;
      if (byte > 0x7f) return this.#wideText(at, end);
      out += String.fromCharCode(byte);
    }
    return out;
  }

  /** A copy, because the source buffer is reused or large. */
  copy(at: number, end: number): Uint8Array {
    return at === end ? none : this.bytes.slice(at, end);
  }

  #wideText(at: number, end: number): string {
    const nul = this.bytes.subarray(at, end).indexOf(0);
    return Buffer.from(this.bytes.subarray(at, nul < 0 ? end : at + nul)).toString();
  }
}
