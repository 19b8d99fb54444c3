/** Bytes of the kernel's, to be read as what they mean. */
export class Source {
  readonly view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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

  /** A copy, because what it is read from is reused or large. */
  copy(at: number, end: number): Uint8Array {
    return Uint8Array.prototype.slice.call(this.bytes, at, end);
  }

  #wideText(at: number, end: number): string {
    const nul = this.bytes.subarray(at, end).indexOf(0);
    return Buffer.from(this.bytes.subarray(at, nul < 0 ? end : at + nul)).toString();
  }
}
