import { addressBytes, type Family } from '../../../base/ip';

/** Bits of `ct state`. */
const STATE = { invalid: 1, established: 2, new: 8, untracked: 64 } as const;
/** Bits of `ct status`: a reply was seen, confirmed; and with NAT of the source, source NAT and that it is done. */
const ANSWERED = 0x2 | 0x8;
const TRANSLATED = 0x10 | 0x80;
const NUMBERS = {
  ip: { tcp: 6, udp: 17, icmp: 1 },
  ip6: { tcp: 6, udp: 17, icmp: 58 },
} as const;
/** Types of ICMP: echo request and echo reply. */
export const ECHO = { ip: { question: 8, answer: 0 }, ip6: { question: 128, answer: 129 } } as const;
/** Bytes after the network header: of a new TCP connection, a DNS request, a ping. */
const SIZES = { tcp: 40, udp: 40, icmp: 64 } as const;
/** IPv4's "don't fragment" flag, in the seventh byte. */
const UNFRAGMENTED = 0x40;
/** Bits of TCP's flags, in the 14th byte of its header. */
const FLAGS = { at: 13, syn: 0x02, ack: 0x10 } as const;
/** RTN_UNICAST and RTN_LOCAL: types of addresses. */
const TYPES = { unicast: 1, local: 2 } as const;

export interface PacketDevice {
  readonly name: string;
  readonly index?: number;
  readonly group?: number;
}

/** A packet at one place of its path, as far as known: undefined fields may have any value. */
export interface Packet {
  readonly family: Family;
  /** Null: no device at that place. */
  readonly iif?: PacketDevice | null | undefined;
  readonly oif?: PacketDevice | null | undefined;
  /** The bridge whose port it uses: in the chains of bridges, and with br_netfilter in all others. */
  readonly bridge?: string | undefined;
  readonly saddr?: string | undefined;
  readonly daddr?: string | undefined;
  /** Whether its addresses are the host's own. */
  readonly isFromHost?: boolean;
  readonly isForHost?: boolean;
  readonly protocol: keyof typeof SIZES;
  readonly sport?: number | undefined;
  readonly dport?: number | undefined;
  /** The ICMP type. */
  readonly echo?: number;
  /** Set for packets from a namespace or the host: the rest of the header is then standard. */
  ttl?: number | undefined;
  /** The sender, if that is a process of the host. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** By connection tracking: 'invalid' before it has seen the packet. */
  state: keyof typeof STATE;
  /** Whether the source of its connection is masqueraded. */
  readonly isMasqueraded?: boolean;
  /** A later packet of its TCP handshake or connection: only an acknowledgement. */
  readonly isAck?: true;
  /** A rule translates its destination into another one. */
  isLedElsewhere?: true;
  /** At the layer of bridges: it is addressed to another port, not to the host. */
  readonly isPassing?: boolean;
  /** Set by rules on its path. */
  mark: number | undefined;
  ctMark: number | undefined;
}

/** Whether a packet meets a test; undefined if unknown. */
export type Met = boolean | undefined;

/** Bytes, some of them unknown. */
export type Bytes = readonly (number | undefined)[];

const HEADERS = {
  ip: { length: 20, saddr: 12, daddr: 16, protocol: 9, length16: 2, ttl: 8 },
  ip6: { length: 40, saddr: 8, daddr: 24, protocol: 6, length16: 4, ttl: 7 },
} as const;

/** A field that the packet lacks: the kernel ends the rule there. */
const ABSENT: Bytes = [];

type Load = (packet: Packet) => Bytes | undefined;

/** The values that `meta` and `ct` load. */
const FIELDS: Readonly<Record<string, Load>> = {
  'meta iifname': ({ iif }) => nameOf(iif),
  'meta oifname': ({ oif }) => nameOf(oif),
  'meta iif': ({ iif }) => indexOf(iif),
  'meta oif': ({ oif }) => indexOf(oif),
  'meta ibrname': ({ bridge }) => (bridge === undefined ? undefined : nameBytes(bridge)),
  'meta obrname': ({ bridge }) => (bridge === undefined ? undefined : nameBytes(bridge)),
  'meta nfproto': ({ family }) => [family === 'ip' ? 2 : 10],
  'meta protocol': ({ family }) => (family === 'ip' ? [8, 0] : [0x86, 0xdd]),
  'meta iifgroup': ({ iif }) => groupOf(iif),
  'meta oifgroup': ({ oif }) => groupOf(oif),
  // PACKET_HOST, also for the host's own packets, and PACKET_OTHERHOST.
  'meta pkttype': (packet) => [packetTypeOf(packet)],
  'meta len': (packet) => word(sizeOf(packet)),
  'meta l4proto': ({ family, protocol }) => [NUMBERS[family][protocol]],
  'meta skuid': ({ owner }) => (owner ? word(owner.uid) : ABSENT),
  'meta skgid': ({ owner }) => (owner ? word(owner.gid) : ABSENT),
  'meta time': () => [...new Uint8Array(BigUint64Array.of(BigInt(Date.now()) * 1_000_000n).buffer)],
  'meta day': () => [new Date().getUTCDay()],
  'meta hour': () => word(Math.floor(Date.now() / 1000) % 86_400),
  'ct zone': () => [0, 0],
  'ct helper': () => ABSENT,
  'meta mark': ({ mark }) => word(mark),
  'ct mark': ({ ctMark }) => word(ctMark),
  'ct state': ({ state }) => word(STATE[state]),
  'ct direction': ({ state }) => (state in DIRECTIONS ? [DIRECTIONS[state as 'new']] : undefined),
  'ct status': (packet) => word(statusOf(packet)),
};

const DIRECTIONS = { new: 0, established: 1 } as const;

/** The value that `meta` or `ct` loads for a packet; undefined if unknown, empty if the packet has none. */
export function fieldOf(packet: Packet, name: 'meta' | 'ct', key: unknown): Bytes | undefined {
  const field = `${name} ${String(key)}`;
  return Object.hasOwn(FIELDS, field) ? FIELDS[field]?.(packet) : undefined;
}

/** The value that `fib` loads: the route back to the sender, or the type of an address. */
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

/** The type of packet: to this host, or to another. */
export function packetTypeOf({ isPassing = false }: Packet): number {
  return isPassing ? 3 : 0;
}

/** The place of the hop limit (TTL) in the network header, in bytes. */
export function hopsAt({ family }: Packet): number {
  return HEADERS[family].ttl;
}

/** `ct state` as a bit. */
export function stateBit({ state }: Packet): number {
  return STATE[state];
}

export function sizeOf({ family, protocol }: Packet): number {
  return HEADERS[family].length + SIZES[protocol];
}

function networkHeader(packet: Packet): Bytes {
  const { family, saddr, daddr, protocol, ttl } = packet;
  const places = HEADERS[family];
  const header: (number | undefined)[] = new Array<undefined>(places.length).fill(undefined);
  header[places.protocol] = NUMBERS[family][protocol];
  header[0] = family === 'ip' ? 0x45 : 0x60;
  const size = family === 'ip' ? sizeOf(packet) : SIZES[protocol];
  [header[places.length16], header[places.length16 + 1]] = [size >> 8, size & 0xff];
  header[places.ttl] = ttl;
  // The kernel's own ping replies may be fragmented.
  if (family === 'ip' && ttl !== undefined)
    [header[1], header[6], header[7]] = [0, protocol === 'icmp' ? undefined : UNFRAGMENTED, 0];
  const put = (at: number, bytes: Iterable<number>): void => {
    for (const byte of bytes) header[at++] = byte;
  };
  if (saddr !== undefined) put(places.saddr, addressBytes(saddr));
  if (daddr !== undefined) put(places.daddr, addressBytes(daddr));
  return header;
}

function ports({ protocol, sport, dport, echo, state, isAck }: Packet): Bytes {
  if (protocol === 'icmp') return [echo, 0];
  const header: (number | undefined)[] = [...portBytes(sport), ...portBytes(dport)];
  if (isAck) header[FLAGS.at] = FLAGS.ack;
  else if (protocol === 'tcp' && state in DIRECTIONS)
    header[FLAGS.at] = state === 'new' ? FLAGS.syn : FLAGS.syn | FLAGS.ack;
  return header;
}

function groupOf(device: PacketDevice | null | undefined): Bytes | undefined {
  return device === null ? ABSENT : word(device?.group);
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
