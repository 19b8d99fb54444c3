import { encodeRequest } from '../../codec/encode/encode';
import { addressBytes, type Family } from '../../base/ip';
import { memoize } from '../../base/memoize';
import { isWithout } from '../../base/without';
import type { PublishedPort } from './published-port';

/** The protocol numbers for published ports. */
export const PROTOCOLS = { tcp: 6, udp: 17 } as const;

const IS_OFF = isWithout('elements');
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
  readonly #encode: (key: Uint8Array, data: Uint8Array) => Uint8Array;
  readonly #element: Uint8Array;
  /** Length of the data's address, and of the key's: 0 without one. */
  readonly #addressLength: number;
  readonly #hostLength: number;
  readonly #keyAt: number;
  /** -1: none. */
  readonly #dataAt: number;

  private constructor(family: Family, any: boolean, rest: (data: Uint8Array) => object) {
    this.#addressLength = family === 'ip' ? 4 : 16;
    this.#hostLength = any ? 0 : this.#addressLength;
    this.#encode = (key, data) => encodeElement({ key: { value: key }, ...rest(data) });
    const [key, data] = [new Uint8Array(this.#hostLength + 8), new Uint8Array(this.#addressLength + 4)];
    this.#element = this.#encode(key.fill(KEY), data.fill(DATA));
    this.#keyAt = this.#element.indexOf(KEY);
    this.#dataAt = this.#element.indexOf(DATA);
    this.#element.forEach((byte, at) => {
      if (byte === KEY || byte === DATA) this.#element[at] = 0;
    });
  }

  /** For elements with a target. */
  static ofMapping(family: Family, any: boolean, userdata: Uint8Array): MapElementEncoder {
    return new MapElementEncoder(family, any, (data) => ({ data: { value: data }, userdata }));
  }

  /** For elements with a key only. */
  static ofKey(family: Family, any: boolean): MapElementEncoder {
    return new MapElementEncoder(family, any, () => ({}));
  }

  /** The contents of the attribute `elements` for these ports. */
  elements(ports: readonly PublishedPort[]): Uint8Array {
    return IS_OFF ? this.plainElements(ports) : this.#copies(ports);
  }

  /** The same, with each element encoded by the codec. */
  plainElements(ports: readonly PublishedPort[]): Uint8Array {
    return Buffer.concat(
      ports.map(({ hostAddress, hostPort, protocol, address, port }) => {
        const key = [
          ...(this.#hostLength > 0 ? addressBytes(hostAddress) : []),
          PROTOCOLS[protocol],
          0,
          0,
          0,
        ];
        const data = [...addressBytes(address), port >> 8, port & 255, 0, 0];
        return this.#encode(
          Uint8Array.of(...key, hostPort >> 8, hostPort & 255, 0, 0),
          Uint8Array.from(data),
        );
      }),
    );
  }

  #copies(ports: readonly PublishedPort[]): Uint8Array {
    const bytesOf = memoize(addressBytes);
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
