import { addressBytes, type Family } from '../../../base/ip';

/** Bits of `ct state`. */
const STATE = { invalid: 1, established: 2, new: 8, untracked: 64 } as const;
/** Bits of `ct status`: an answer was seen, confirmed; and with NAT of the source, source NAT and that it is done. */
const ANSWERED = 0x2 | 0x8;
const TRANSLATED = 0x10 | 0x80;
const NUMBERS = { tcp: 6, udp: 17 } as const;
/** Bits of TCP's flags, in the 14th byte of its header. */
const FLAGS = { at: 13, syn: 0x02, ack: 0x10 } as const;
/** RTN_UNICAST and RTN_LOCAL: types of addresses. */
const TYPES = { unicast: 1, local: 2 } as const;

export interface PacketDevice {
  readonly name: string;
  readonly index?: number;
}

/** A packet at one place of its way, as far as it is known: what is undefined may be anything. */
export interface Packet {
  readonly family: Family;
  /** Null: there is none, at that place. */
  readonly iif?: PacketDevice | null | undefined;
  readonly oif?: PacketDevice | null | undefined;
  /** The bridge that it crosses, by one of its ports: in the chains of bridges, and with br_netfilter in all others. */
  readonly bridge?: string | undefined;
  readonly saddr?: string | undefined;
  readonly daddr?: string | undefined;
  /** Whether its addresses are the host's own. */
  readonly isFromHost?: boolean;
  readonly isForHost?: boolean;
  readonly protocol: keyof typeof NUMBERS;
  readonly sport?: number | undefined;
  readonly dport?: number | undefined;
  /** By connection tracking: 'invalid' before it has seen the packet. */
  state: keyof typeof STATE;
  /** The source of its connection is masqueraded. */
  readonly isMasqueraded?: boolean;
  /** Rules that it meets set these. */
  mark: number | undefined;
  ctMark: number | undefined;
}

/** Bytes of which some are not known. */
export type Bytes = readonly (number | undefined)[];

const HEADERS = {
  ip: { length: 20, saddr: 12, daddr: 16, protocol: 9 },
  ip6: { length: 40, saddr: 8, daddr: 24, protocol: 6 },
} as const;

type Load = (packet: Packet) => Bytes | undefined;

/** What `meta` and `ct` load. */
const FIELDS: Readonly<Record<string, Load>> = {
  'meta iifname': ({ iif }) => nameOf(iif),
  'meta oifname': ({ oif }) => nameOf(oif),
  'meta iif': ({ iif }) => indexOf(iif),
  'meta oif': ({ oif }) => indexOf(oif),
  'meta ibrname': ({ bridge }) => (bridge === undefined ? undefined : nameBytes(bridge)),
  'meta obrname': ({ bridge }) => (bridge === undefined ? undefined : nameBytes(bridge)),
  'meta nfproto': ({ family }) => [family === 'ip' ? 2 : 10],
  'meta protocol': ({ family }) => (family === 'ip' ? [8, 0] : [0x86, 0xdd]),
  'meta l4proto': ({ protocol }) => [NUMBERS[protocol]],
  'meta mark': ({ mark }) => word(mark),
  'ct mark': ({ ctMark }) => word(ctMark),
  'ct state': ({ state }) => word(STATE[state]),
  'ct direction': ({ state }) => (state in DIRECTIONS ? [DIRECTIONS[state as 'new']] : undefined),
  'ct status': (packet) => word(statusOf(packet)),
};

const DIRECTIONS = { new: 0, established: 1 } as const;

/** What `meta` and `ct` load of it; undefined if that is not known. */
export function fieldOf(packet: Packet, name: 'meta' | 'ct', key: unknown): Bytes | undefined {
  const field = `${name} ${String(key)}`;
  return Object.hasOwn(FIELDS, field) ? FIELDS[field]?.(packet) : undefined;
}

/** What `fib` loads: of the way back to its sender, and of the types of its addresses. */
export function routeOf(packet: Packet, result: unknown, flags: readonly unknown[]): Bytes | undefined {
  const { iif, isFromHost, isForHost } = packet;
  const isFrom = flags.includes('saddr');
  if (result === 'addrtype' || result === 'type')
    return word(TYPES[(isFrom ? isFromHost : isForHost) ? 'local' : 'unicast']);
  if (!isFrom) return undefined;
  if (flags.includes('present')) return word(1);
  return result === 'oifname' ? nameOf(iif) : indexOf(iif);
}

/** Bytes of its headers. */
export function bytesOf(packet: Packet, base: unknown, offset: number, length: number): Bytes | undefined {
  const header = base === 'network' ? networkHeader(packet) : base === 'transport' ? ports(packet) : [];
  return Array.from({ length }, (_none, index) => header[offset + index]);
}

/** `ct status`. */
export function statusOf({ state, isMasqueraded = false }: Packet): number {
  if (state !== 'established') return 0;
  return isMasqueraded ? ANSWERED | TRANSLATED : ANSWERED;
}

/** `ct state` as a bit. */
export function stateBit({ state }: Packet): number {
  return STATE[state];
}

function networkHeader({ family, saddr, daddr, protocol }: Packet): Bytes {
  const places = HEADERS[family];
  const header: (number | undefined)[] = new Array<undefined>(places.length).fill(undefined);
  header[places.protocol] = NUMBERS[protocol];
  const put = (at: number, bytes: Iterable<number>): void => {
    for (const byte of bytes) header[at++] = byte;
  };
  if (saddr !== undefined) put(places.saddr, addressBytes(saddr));
  if (daddr !== undefined) put(places.daddr, addressBytes(daddr));
  return header;
}

function ports({ protocol, sport, dport, state }: Packet): Bytes {
  const header: (number | undefined)[] = [...portBytes(sport), ...portBytes(dport)];
  if (protocol === 'tcp' && state in DIRECTIONS)
    header[FLAGS.at] = state === 'new' ? FLAGS.syn : FLAGS.syn | FLAGS.ack;
  return header;
}

function portBytes(port: number | undefined): Bytes {
  return port === undefined ? [undefined, undefined] : [port >> 8, port & 0xff];
}

function nameOf(device: PacketDevice | null | undefined): Bytes | undefined {
  return device === undefined ? undefined : nameBytes(device?.name ?? '');
}

function indexOf(device: PacketDevice | null | undefined): Bytes | undefined {
  return device === null ? word(0) : word(device?.index);
}

function nameBytes(name: string): Bytes {
  const padded = new Uint8Array(16);
  padded.set(Buffer.from(name).subarray(0, 16));
  return [...padded];
}

function word(value: number | undefined): Bytes | undefined {
  return value === undefined ? undefined : [...new Uint8Array(Uint32Array.of(value).buffer)];
}
