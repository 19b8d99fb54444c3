import type { Family } from '../../base/ip';
import type { RuleExpression } from './rule-types';

/**
 * Constructors for the expressions of nf_tables rules, one per function. A rule runs straight through: each expression
 * loads a register, compares it (a mismatch ends the rule), or acts.
 *
 * Registers: number 1 is the first of 16 bytes, of which 9 and 10 are the second and third quarter; 12 and 13 are the
 * first two quarters of the second. The parts of a concatenated key are stored there.
 */
export interface Expression {
  readonly name: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

const FIRST = 1;
const SECOND_WORD = 9;

const TH_DPORT = 2;

const RTN_LOCAL = 2;

const ETH_P_IPV6 = Uint8Array.of(0x86, 0xdd);

/**
 * Differences between the families: offset and length of addresses in the header, the four-byte registers that follow
 * an address in the first register, and the types of ICMP redirects.
 */
const FAMILY = {
  ip: { saddr: 12, daddr: 16, length: 4, next: 9, afterNext: 10, icmp: 1, redirect: 5 },
  ip6: { saddr: 8, daddr: 24, length: 16, next: 12, afterNext: 13, icmp: 58, redirect: 137 },
} as const;

/** The kernel's bits of `ct state` and `ct status`. */
export const CT_ESTABLISHED = 0x2;
export const CT_RELATED = 0x4;
export const CT_STATUS_DNAT = 0x20;

export const accept: RuleExpression = verdict('accept');
export const drop: RuleExpression = verdict('drop');
export const masquerade: RuleExpression = { name: 'masq', data: {} };

/**
 * Matches a source or destination in a network, given by its address of 4 or 16 bytes and prefix length; with 'neq',
 * outside of it.
 */
export function inSubnet(
  field: 'saddr' | 'daddr',
  network: Uint8Array,
  prefix: number,
  op: 'eq' | 'neq' = 'eq',
): RuleExpression[] {
  const load = loadAddress(network.length === 4 ? 'ip' : 'ip6', field);
  if (prefix === 8 * network.length) return [load, compare(op, network)];
  return [load, bitwise(maskOf(prefix, network.length)), compare(op, network)];
}

/** A device by name, or all devices whose names have a prefix. */
export type DeviceNames = string | { readonly prefix: string };

/** Matches the name of the incoming or outgoing device: the rule survives the device. */
export function device(key: 'iifname' | 'oifname', op: 'eq' | 'neq', names: DeviceNames): RuleExpression[] {
  const bytes = typeof names === 'string' ? interfaceName(names) : Buffer.from(names.prefix);
  return [{ name: 'meta', data: { key, dreg: FIRST } }, compare(op, bytes)];
}

/** Matches the group of the incoming or outgoing device. */
export function deviceGroup(key: 'iifgroup' | 'oifgroup', op: 'eq' | 'neq', group: number): RuleExpression[] {
  return [{ name: 'meta', data: { key, dreg: FIRST } }, compare(op, hostWord(group))];
}

/** Matches if at least one of these bits is set in the connection's state or status. */
export function connection(key: 'state' | 'status', bits: number): RuleExpression[] {
  // The kernel stores both as numbers in host byte order.
  return [{ name: 'ct', data: { key, dreg: FIRST } }, bitwise(hostWord(bits)), compare('neq', hostWord(0))];
}

const PROTOCOL = { udp: 17, tcp: 6 } as const;

/** Matches the destination port. */
export function destinationPort(protocol: keyof typeof PROTOCOL, port: number): RuleExpression[] {
  return [
    { name: 'meta', data: { key: 'l4proto', dreg: FIRST } },
    compare('eq', Uint8Array.of(PROTOCOL[protocol])),
    { name: 'payload', data: { dreg: FIRST, base: 'transport', offset: TH_DPORT, len: 2 } },
    compare('eq', Uint8Array.of(port >> 8, port & 0xff)),
  ];
}

/** Matches packets of an IPv4 source above a rate per second: `update @set { ip saddr limit rate over … }`. */
export function overRate(set: string, { rate, burst }: { rate: number; burst: number }): RuleExpression[] {
  const limit = {
    name: 'limit',
    data: { rate: BigInt(rate), unit: 1n, burst, type: 'packets', flags: ['inv'] },
  } as const;
  return [
    loadAddress('ip', 'saddr'),
    { name: 'dynset', data: { set, op: 'update', sregKey: FIRST, expr: limit } },
  ];
}

/** Matches an IPv4 source or destination in the set. */
export function inSet(field: 'saddr' | 'daddr', set: string): RuleExpression[] {
  return [loadAddress('ip', field), { name: 'lookup', data: { set, sreg: FIRST } }];
}

/** Matches the index of the incoming device in the set. */
export function deviceInSet(key: 'iif', set: string): RuleExpression[] {
  return [
    { name: 'meta', data: { key, dreg: FIRST } },
    { name: 'lookup', data: { set, sreg: FIRST } },
  ];
}

/**
 * Matches if the route back to the packet's source uses the incoming device or, with 'eq', does not:
 * `fib saddr . iif oif != 0`.
 */
export function reversePath(op: 'eq' | 'neq' = 'neq'): RuleExpression[] {
  return [
    { name: 'fib', data: { dreg: FIRST, result: 'oif', flags: ['saddr', 'iif'] } },
    compare(op, hostWord(0)),
  ];
}

/** Matches packets for one of the host's own addresses, not forwarded ones. */
export function toLocalAddress(): RuleExpression[] {
  return [
    { name: 'fib', data: { dreg: FIRST, result: 'type', flags: ['daddr'] } },
    compare('eq', hostWord(RTN_LOCAL)),
  ];
}

/** `dnat ip to ip daddr . meta l4proto . th dport map @name`: a key missing in the map ends the rule. */
export function dnatByMap(family: Family, map: string): RuleExpression[] {
  const { next, afterNext } = FAMILY[family];
  return [
    loadAddress(family, 'daddr'),
    { name: 'meta', data: { key: 'l4proto', dreg: next } },
    { name: 'payload', data: { dreg: afterNext, base: 'transport', offset: TH_DPORT, len: 2 } },
    { name: 'lookup', data: { set: map, sreg: FIRST, dreg: FIRST } },
    { name: 'nat', data: { type: 'dnat', family, regAddrMin: FIRST, regProtoMin: next } },
  ];
}

/** `dnat ip to meta l4proto . th dport map @name`: the same for any destination address. */
export function dnatByPort(family: Family, map: string): RuleExpression[] {
  const { next } = FAMILY[family];
  return [
    { name: 'meta', data: { key: 'l4proto', dreg: FIRST } },
    { name: 'payload', data: { dreg: SECOND_WORD, base: 'transport', offset: TH_DPORT, len: 2 } },
    { name: 'lookup', data: { set: map, sreg: FIRST, dreg: FIRST } },
    { name: 'nat', data: { type: 'dnat', family, regAddrMin: FIRST, regProtoMin: next } },
  ];
}

/** Matches an ICMP redirect. */
export function icmpRedirect(family: Family): RuleExpression[] {
  const { icmp, redirect } = FAMILY[family];
  return [
    { name: 'meta', data: { key: 'l4proto', dreg: FIRST } },
    compare('eq', Uint8Array.of(icmp)),
    { name: 'payload', data: { dreg: FIRST, base: 'transport', offset: 0, len: 1 } },
    compare('eq', Uint8Array.of(redirect)),
  ];
}

/** Matches an ICMPv6 message of this type, on a bridge: `icmpv6 type …`. */
export function icmp6(type: number): RuleExpression[] {
  return [
    { name: 'meta', data: { key: 'protocol', dreg: FIRST } },
    compare('eq', ETH_P_IPV6),
    { name: 'meta', data: { key: 'l4proto', dreg: FIRST } },
    compare('eq', Uint8Array.of(FAMILY.ip6.icmp)),
    { name: 'payload', data: { dreg: FIRST, base: 'transport', offset: 0, len: 1 } },
    compare('eq', Uint8Array.of(type)),
  ];
}

function verdict(code: 'accept' | 'drop'): RuleExpression {
  return { name: 'immediate', data: { dreg: 0, data: { verdict: { code } } } };
}

function loadAddress(family: Family, field: 'saddr' | 'daddr'): RuleExpression {
  const { [field]: offset, length: len } = FAMILY[family];
  return { name: 'payload', data: { dreg: FIRST, base: 'network', offset, len } };
}

function compare(op: 'eq' | 'neq', value: Uint8Array): RuleExpression {
  return { name: 'cmp', data: { sreg: FIRST, op, data: { value } } };
}

function bitwise(mask: Uint8Array): RuleExpression {
  const { length: len } = mask;
  const xor = { value: new Uint8Array(len) };
  return { name: 'bitwise', data: { sreg: FIRST, dreg: FIRST, len, mask: { value: mask }, xor } };
}

function maskOf(prefix: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => {
    const bits = Math.min(Math.max(prefix - 8 * index, 0), 8);
    return (0xff00 >> bits) & 0xff;
  });
}

function hostWord(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

// Names are compared over all of IFNAMSIZ, padded with zeros; otherwise "br1" would match "br10".
function interfaceName(name: string): Uint8Array {
  const padded = new Uint8Array(16);
  padded.set(Buffer.from(name));
  return padded;
}
