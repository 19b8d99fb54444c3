import { addressBytes, type Family } from '../../../base/ip';
import { type Bytes, hopsAt, type Packet } from './packet';

type Data = Readonly<Record<string, unknown>>;

/** The target of a translation, as far as known; absent parts stay as they are. */
export interface Target {
  readonly address?: Bytes;
  readonly port?: Bytes;
}

/** Whether a translation leads a packet to another address or port than its own. */
export function leadsElsewhere({ daddr, dport }: Packet, { address = [], port = [] }: Target): boolean {
  const own = daddr === undefined ? [] : [...addressBytes(daddr)];
  const ownPort = dport === undefined ? [] : [dport >> 8, dport & 0xff];
  return isOther(address, own) || isOther(port, ownPort);
}

// Only what is known on both sides differs.
function isOther(one: Bytes, other: readonly number[]): boolean {
  return one.some((byte, at) => byte !== undefined && other[at] !== undefined && byte !== other[at]);
}

/** Enters the hop limit (TTL) that a rule writes into the network header. */
export function writeHeader(packet: Packet, { base, offset }: Data, bytes: Bytes): void {
  const at = hopsAt(packet) - Number(offset);
  if (base === 'network' && at >= 0 && at < bytes.length) packet.ttl = bytes[at];
}

/** Modes of the targets TTL and HL: a number is set, added or subtracted. */
const HOPS: readonly ((before: number, number: number) => number)[] = [
  (_before, number) => number,
  (before, number) => before + number,
  (before, number) => before - number,
];

/** The hop limit after a target TTL or HL; undefined if unknown. */
export function hopsAfter(mode: number, number: number, before: number | undefined): number | undefined {
  if (mode === 0) return number;
  return before === undefined ? undefined : HOPS[mode]?.(before, number);
}

/** Flags of a translation: it has addresses, or ports. */
const [WITH_ADDRESS, WITH_PORT] = [1, 2];

/**
 * The target of REDIRECT and DNAT: a struct nf_nat_ipv4_multi_range_compat for IPv4 in the first revision, otherwise a
 * struct nf_nat_range, each in the network's byte order.
 */
export function xtTarget({ rev = 0, info }: Data, family: Family): Target {
  if (!(info instanceof Uint8Array)) return {};
  const isCompat = rev === 0 && family === 'ip';
  const [flags = 0] = info.subarray(isCompat ? 4 : 0);
  const [address, port] = isCompat ? [8, 16] : [4, 36];
  return {
    ...(flags & WITH_ADDRESS && {
      address: [...info.subarray(address, address + (family === 'ip' ? 4 : 16))],
    }),
    ...(flags & WITH_PORT && { port: [...info.subarray(port, port + 2)] }),
  };
}

/** The target of REDIRECT and DNAT by the words of iptables-save. */
export function legacyTarget(option: string, value: string): Target {
  if (option === '--to-ports') return { port: portBytes(value) };
  // 10.0.0.1-10.0.0.9:53, :53, [fd00::1]:53, fd00::1.
  const isV6 = value.includes('::') || value.split(':').length > 2;
  const [, address] = (isV6 ? /^\[?([\da-f:]+)/i : /^([\d.]+)/).exec(value) ?? [];
  const [, port] = (isV6 ? /\]:(\d+)/ : /:(\d+)/).exec(value) ?? [];
  return {
    ...(address !== undefined && { address: [...addressBytes(address)] }),
    ...(port !== undefined && { port: portBytes(port) }),
  };
}

function portBytes(text: string): Bytes {
  const port = Number.parseInt(text, 10);
  return [port >> 8, port & 0xff];
}
