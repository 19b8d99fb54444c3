import { encodeRequest } from '../../codec/encode/encode';
import { addressBytes, type Family } from '../../base/ip';
import { remembering } from '../../base/memoize';
import type { PublishedPort } from './published-port';

/** The protocol numbers for published ports. */
export const PROTOCOLS = { tcp: 6, udp: 17 } as const;

// Placeholder bytes, which locate key and data in an encoded element and occur nowhere else in it.
const [KEY, DATA] = [0xfe, 0xff];

/**
 * Encodes elements of the maps of published ports. The codec encodes one element; the others are copies with other
 * addresses and ports. The first 1,000 ports that a process publishes cost half the processor time of 1,000 elements
 * given to the codec.
 *
 * The key is the host's address, the protocol and the port, without the address for all addresses of the host; the data
 * is the address and the port. Each part of such a concatenation begins at a register of four bytes.
 */
export class MapElementEncoder {
  readonly #element: Uint8Array;
  /** Length of the data's address, and of the key's: 0 without one. */
  readonly #addressLength: number;
  readonly #hostLength: number;
  readonly #keyAt: number;
  /** -1: none. */
  readonly #dataAt: number;

  private constructor(family: Family, any: boolean, rest: (addressLength: number) => object) {
    this.#addressLength = family === 'ip' ? 4 : 16;
    this.#hostLength = any ? 0 : this.#addressLength;
    const key = { value: new Uint8Array(this.#hostLength + 8).fill(KEY) };
    this.#element = encodeElement({ key, ...rest(this.#addressLength) });
    this.#keyAt = this.#element.indexOf(KEY);
    this.#dataAt = this.#element.indexOf(DATA);
    this.#element.forEach((byte, at) => {
      if (byte === KEY || byte === DATA) this.#element[at] = 0;
    });
  }

  /** For elements with a target. */
  static ofMapping(family: Family, any: boolean, userdata: Uint8Array): MapElementEncoder {
    return new MapElementEncoder(family, any, (length) => ({
      data: { value: new Uint8Array(length + 4).fill(DATA) },
      userdata,
    }));
  }

  /** For elements with a key only. */
  static ofKey(family: Family, any: boolean): MapElementEncoder {
    return new MapElementEncoder(family, any, () => ({}));
  }

  /** The contents of the attribute `elements` for these ports. */
  elements(ports: readonly PublishedPort[]): Uint8Array {
    const bytesOf = remembering(addressBytes);
    const [element, keyAt, dataAt] = [this.#element, this.#keyAt, this.#dataAt];
    const [inKey, inData] = [keyAt + this.#hostLength, dataAt + this.#addressLength];
    const out = new Uint8Array(ports.length * element.length);
    // Consecutive ports are similar, and the previous element's bytes are still in place.
    let [lastHost, lastAddress] = ['', ''];
    let at = 0;
    for (const { hostAddress, hostPort, protocol, address, port } of ports) {
      if (this.#hostLength > 0 && hostAddress !== lastHost)
        element.set(bytesOf((lastHost = hostAddress)), keyAt);
      element[inKey] = PROTOCOLS[protocol];
      element[inKey + 4] = hostPort >> 8;
      element[inKey + 5] = hostPort;
      if (dataAt >= 0) {
        if (address !== lastAddress) element.set(bytesOf((lastAddress = address)), dataAt);
        element[inData] = port >> 8;
        element[inData + 1] = port;
      }
      out.set(element, at);
      at += element.length;
    }
    return out;
  }
}

/** The encoded element, which is the last attribute of its message. */
function encodeElement(element: object): Uint8Array {
  const [without, whole] = [[], [element]].map((elements) => {
    const body = { family: 'ip', table: '', set: '', elements };
    return encodeRequest({ family: 'nftSetElem', verb: 'add', body }).bytes;
  }) as [Uint8Array, Uint8Array];
  return whole.slice(without.length);
}
