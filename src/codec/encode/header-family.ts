import { AF_INET, AF_INET6 } from '../../base/addresses';
import { refuse } from '../schema/encode-error';
import type { Writer } from './writer';

/** The address family in the fixed header of one message. All addresses of the message must agree with it. */
export class HeaderFamily {
  readonly #writer: Writer;
  /** Offset of the field; 0: none. */
  #at = 0;
  #given = false;

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /**
   * `offset` is relative to the start of the header, -1 for tables without the field: then a fixed family is the first
   * byte.
   */
  begin(header: number, offset: number, family: number): void {
    this.#at = offset >= 0 ? header + offset : 0;
    this.#given = false;
    if (this.#at > 0 || family !== 0) this.#writer.bytes[this.#at || header] = family;
  }

  /** Records that the body has set the header field at this offset. */
  noteField(at: number): void {
    if (at === this.#at) this.#given = true;
  }

  /** The first address determines the family; the others must match. */
  agree(address: Uint8Array, value: unknown): void {
    if (this.#at === 0) return;
    const { bytes } = this.#writer;
    const family = address.length === 4 ? AF_INET : AF_INET6;
    const agreed = bytes[this.#at];
    if (agreed === 0) bytes[this.#at] = family;
    else if ((agreed === AF_INET || agreed === AF_INET6) && agreed !== family)
      refuse(`an ${agreed === AF_INET ? 'IPv4' : 'IPv6'} address like the rest of the request`, value);
  }

  /** A request that changes an object applies to one family. The kernel has no default; iproute2's is IPv4. */
  setDefault(): void {
    const { bytes } = this.#writer;
    if (this.#at > 0 && !this.#given && bytes[this.#at] === 0) bytes[this.#at] = AF_INET;
  }
}
