import { addressBytes, type Family } from '../ip';

/** Bits of `ct state`. */
export const STATE = { established: 2, new: 8 } as const;
const TCP = 6;
const UDP = 17;

/** A packet as far as it is known: what is not known may be anything. */
export interface Packet {
  readonly family: Family;
  readonly iifname: string | undefined;
  readonly oifname: string | undefined;
  readonly saddr: string | undefined;
  readonly daddr: string | undefined;
  readonly protocol: 'tcp' | 'udp';
  readonly dport: number | undefined;
  readonly state: keyof typeof STATE;
}

const ADDRESSES = { ip: { saddr: 12, daddr: 16 }, ip6: { saddr: 8, daddr: 24 } } as const;
const PROTOCOL = { ip: 9, ip6: 6 } as const;

/** What `meta` and `ct` load of it; undefined if that is not known. */
export function fieldOf(packet: Packet, name: 'meta' | 'ct', key: unknown): Uint8Array | undefined {
  const { family, iifname, oifname, state } = packet;
  switch (`${name} ${String(key)}`) {
    case 'meta iifname':
      return iifname === undefined ? undefined : nameBytes(iifname);
    case 'meta oifname':
      return oifname === undefined ? undefined : nameBytes(oifname);
    case 'meta nfproto':
      return Uint8Array.of(family === 'ip' ? 2 : 10);
    case 'meta protocol':
      return family === 'ip' ? Uint8Array.of(8, 0) : Uint8Array.of(0x86, 0xdd);
    case 'meta l4proto':
      return Uint8Array.of(numberOf(packet));
    case 'ct state':
      return hostWord(STATE[state]);
    default:
      return undefined;
  }
}

/** Bytes of its headers; undefined if they are not known. */
export function bytesOf(
  packet: Packet,
  base: unknown,
  offset: number,
  length: number,
): Uint8Array | undefined {
  const { family, saddr, daddr, dport } = packet;
  if (base === 'transport')
    return offset === 2 && length === 2 && dport !== undefined
      ? Uint8Array.of(dport >> 8, dport & 0xff)
      : undefined;
  if (base !== 'network') return undefined;
  if (offset === PROTOCOL[family] && length === 1) return Uint8Array.of(numberOf(packet));
  const parts = [
    [ADDRESSES[family].saddr, saddr],
    [ADDRESSES[family].daddr, daddr],
  ] as const;
  for (const [start, address] of parts) {
    if (address === undefined) continue;
    const bytes = addressBytes(address);
    if (offset >= start && offset + length <= start + bytes.length)
      return bytes.subarray(offset - start, offset - start + length);
  }
  return undefined;
}

function numberOf({ protocol }: Packet): number {
  return protocol === 'tcp' ? TCP : UDP;
}

function nameBytes(name: string): Uint8Array {
  const padded = new Uint8Array(16);
  padded.set(Buffer.from(name));
  return padded;
}

function hostWord(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}
