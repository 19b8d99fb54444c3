import type { Family } from '../../base/ip';
import type { RuleExpression } from './rule-types';

/**
 * Constructors for the expressions of nf_tables rules, one per thing that a rule does. A rule is a straight line:
 * each expression loads a register, compares it (and ends the rule on a mismatch), or acts.
 *
 * Registers: number 1 is the first of 16 bytes, of which 9 and 10 are the second and third quarter; 12 and 13 are the
 * first two quarters of the second. That is where the parts of a concatenated key lie.
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
 * What differs between the families: where a header has its addresses and how long they are, the registers of four bytes
 * that follow on an address in the first, and the redirects of ICMP.
 */
const FAMILY = {
  ip: { saddr: 12, daddr: 16, length: 4, next: 9, afterNext: 10, icmp: 1, redirect: 5 },
  ip6: { saddr: 8, daddr: 24, length: 16, next: 12, afterNext: 13, icmp: 58, redirect: 137 },
} as const;

/** Connection tracking's own bits, as `ct state` and `ct status` hold them. */
export const CT_ESTABLISHED = 0x2;
export const CT_RELATED = 0x4;
export const CT_STATUS_DNAT = 0x20;

export const accept: RuleExpression = verdict('accept');
export const drop: RuleExpression = verdict('drop');
export const masquerade: RuleExpression = { name: 'masq', data: {} };

/**
 * The packet's source or destination lies in a network, given as its address of 4 or 16 bytes and prefix length; with 'neq'
 * it does not.
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

/** Devices by their names: one, or all whose names begin so. */
export type DeviceNames = string | { readonly prefix: string };

/** The device that the packet came in by or leaves by, by name: the rule outlives the device. */
export function device(key: 'iifname' | 'oifname', op: 'eq' | 'neq', names: DeviceNames): RuleExpression[] {
  const bytes = typeof names === 'string' ? interfaceName(names) : Buffer.from(names.prefix);
  return [{ name: 'meta', data: { key, dreg: FIRST } }, compare(op, bytes)];
}

/** The group of the device that the packet came in by or leaves by. */
export function deviceGroup(key: 'iifgroup' | 'oifgroup', op: 'eq' | 'neq', group: number): RuleExpression[] {
  return [{ name: 'meta', data: { key, dreg: FIRST } }, compare(op, hostWord(group))];
}

/** At least one of these bits is set in the connection's state or status. */
export function connection(key: 'state' | 'status', bits: number): RuleExpression[] {
  // The kernel keeps both as numbers of the machine's own byte order.
  return [{ name: 'ct', data: { key, dreg: FIRST } }, bitwise(hostWord(bits)), compare('neq', hostWord(0))];
}

const PROTOCOL = { udp: 17, tcp: 6 } as const;

/** The packet is for this port. */
export function toPort(protocol: keyof typeof PROTOCOL, port: number): RuleExpression[] {
  return [
    { name: 'meta', data: { key: 'l4proto', dreg: FIRST } },
    compare('eq', Uint8Array.of(PROTOCOL[protocol])),
    { name: 'payload', data: { dreg: FIRST, base: 'transport', offset: TH_DPORT, len: 2 } },
    compare('eq', Uint8Array.of(port >> 8, port & 0xff)),
  ];
}

/** More packets of its IPv4 source come than so many a second: `update @set { ip saddr limit rate over … }`. */
export function tooOften(set: string, { rate, burst }: { rate: number; burst: number }): RuleExpression[] {
  const limit = {
    name: 'limit',
    data: { rate: BigInt(rate), unit: 1n, burst, type: 'packets', flags: ['inv'] },
  } as const;
  return [
    loadAddress('ip', 'saddr'),
    { name: 'dynset', data: { set, op: 'update', sregKey: FIRST, expr: limit } },
  ];
}

/** The packet's IPv4 source or destination is in the set. */
export function inSet(field: 'saddr' | 'daddr', set: string): RuleExpression[] {
  return [loadAddress('ip', field), { name: 'lookup', data: { set, sreg: FIRST } }];
}

/** The index of the device that the packet came in by is in the set. */
export function deviceInSet(key: 'iif', set: string): RuleExpression[] {
  return [
    { name: 'meta', data: { key, dreg: FIRST } },
    { name: 'lookup', data: { set, sreg: FIRST } },
  ];
}

/**
 * The way back to the packet's source leads by the device that it came in by, or with 'eq' does not:
 * `fib saddr . iif oif != 0`.
 */
export function cameByItsRoute(op: 'eq' | 'neq' = 'neq'): RuleExpression[] {
  return [
    { name: 'fib', data: { dreg: FIRST, result: 'oif', flags: ['saddr', 'iif'] } },
    compare(op, hostWord(0)),
  ];
}

/** The packet is addressed to one of the host's own addresses, not merely passing through. */
export function toLocalAddress(): RuleExpression[] {
  return [
    { name: 'fib', data: { dreg: FIRST, result: 'type', flags: ['daddr'] } },
    compare('eq', hostWord(RTN_LOCAL)),
  ];
}

/** `dnat ip to ip daddr . meta l4proto . th dport map @name`: ends the rule where the map has no such key. */
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

/** `dnat ip to meta l4proto . th dport map @name`: the same whatever the packet's destination. */
export function dnatByPort(family: Family, map: string): RuleExpression[] {
  const { next } = FAMILY[family];
  return [
    { name: 'meta', data: { key: 'l4proto', dreg: FIRST } },
    { name: 'payload', data: { dreg: SECOND_WORD, base: 'transport', offset: TH_DPORT, len: 2 } },
    { name: 'lookup', data: { set: map, sreg: FIRST, dreg: FIRST } },
    { name: 'nat', data: { type: 'dnat', family, regAddrMin: FIRST, regProtoMin: next } },
  ];
}

/** An ICMP redirect. */
export function icmpRedirect(family: Family): RuleExpression[] {
  const { icmp, redirect } = FAMILY[family];
  return [
    { name: 'meta', data: { key: 'l4proto', dreg: FIRST } },
    compare('eq', Uint8Array.of(icmp)),
    { name: 'payload', data: { dreg: FIRST, base: 'transport', offset: 0, len: 1 } },
    compare('eq', Uint8Array.of(redirect)),
  ];
}

/** An ICMPv6 message of this type, on a bridge: `icmpv6 type …`. */
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

// Names are compared over the whole of IFNAMSIZ, padded with zeros, or "br1" would match "br10".
function interfaceName(name: string): Uint8Array {
  const padded = new Uint8Array(16);
  padded.set(Buffer.from(name));
  return padded;
}
