/**
 * Constructors for the expressions of nf_tables rules, one per thing that a rule does. A rule is a straight line:
 * each expression loads a register, compares it (and ends the rule on a mismatch), or acts.
 *
 * Registers: number 1 is the first of 16 bytes; 9 and 10 are its second and third quarter, which is where the parts of a
 * concatenated key lie.
 */
export interface Expression {
  readonly name: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

const FIRST = 1;
const SECOND_WORD = 9;
const THIRD_WORD = 10;

const IP_SADDR = 12;
const IP_DADDR = 16;
const TH_DPORT = 2;

const RTN_LOCAL = 2;
const IPPROTO_ICMP = 1;
const ICMP_REDIRECT = 5;

/** Connection tracking's own bits, as `ct state` and `ct status` hold them. */
export const CT_ESTABLISHED = 0x2;
export const CT_RELATED = 0x4;
export const CT_STATUS_DNAT = 0x20;

export const accept: Expression = verdict('accept');
export const drop: Expression = verdict('drop');
export const masquerade: Expression = { name: 'masq', data: {} };

/** The packet's source or destination lies in an IPv4 network, given as its address and prefix length. */
export function inSubnet(field: 'saddr' | 'daddr', network: Uint8Array, prefix: number): Expression[] {
  const load = loadNetwork(field === 'saddr' ? IP_SADDR : IP_DADDR, 4, FIRST);
  return [load, bitwise(maskOf(prefix)), compare('eq', network)];
}

/** The device that the packet came in by or leaves by, by name: the rule outlives the device. */
export function device(key: 'iifname' | 'oifname', op: 'eq' | 'neq', name: string): Expression[] {
  return [{ name: 'meta', data: { key, dreg: FIRST } }, compare(op, interfaceName(name))];
}

/** At least one of these bits is set in the connection's state or status. */
export function connection(key: 'state' | 'status', bits: number): Expression[] {
  // The kernel keeps both as numbers of the machine's own byte order.
  return [{ name: 'ct', data: { key, dreg: FIRST } }, bitwise(hostWord(bits)), compare('neq', hostWord(0))];
}

/** The packet is addressed to one of the host's own addresses, not merely passing through. */
export function toLocalAddress(): Expression[] {
  return [
    { name: 'fib', data: { dreg: FIRST, result: 'type', flags: ['daddr'] } },
    compare('eq', hostWord(RTN_LOCAL)),
  ];
}

/** `dnat ip to ip daddr . meta l4proto . th dport map @name`: ends the rule where the map has no such key. */
export function dnatByMap(map: string): Expression[] {
  return [
    loadNetwork(IP_DADDR, 4, FIRST),
    { name: 'meta', data: { key: 'l4proto', dreg: SECOND_WORD } },
    { name: 'payload', data: { dreg: THIRD_WORD, base: 'transport', offset: TH_DPORT, len: 2 } },
    { name: 'lookup', data: { set: map, sreg: FIRST, dreg: FIRST } },
    { name: 'nat', data: { type: 'dnat', family: 'ip', regAddrMin: FIRST, regProtoMin: SECOND_WORD } },
  ];
}

/** An ICMP redirect. */
export function icmpRedirect(): Expression[] {
  return [
    { name: 'meta', data: { key: 'l4proto', dreg: FIRST } },
    compare('eq', Uint8Array.of(IPPROTO_ICMP)),
    { name: 'payload', data: { dreg: FIRST, base: 'transport', offset: 0, len: 1 } },
    compare('eq', Uint8Array.of(ICMP_REDIRECT)),
  ];
}

function verdict(code: 'accept' | 'drop'): Expression {
  return { name: 'immediate', data: { dreg: 0, data: { verdict: { code } } } };
}

function loadNetwork(offset: number, len: number, dreg: number): Expression {
  return { name: 'payload', data: { dreg, base: 'network', offset, len } };
}

function compare(op: 'eq' | 'neq', value: Uint8Array): Expression {
  return { name: 'cmp', data: { sreg: FIRST, op, data: { value } } };
}

function bitwise(mask: Uint8Array): Expression {
  const data = { sreg: FIRST, dreg: FIRST, len: 4, mask: { value: mask }, xor: { value: hostWord(0) } };
  return { name: 'bitwise', data };
}

function maskOf(prefix: number): Uint8Array {
  const mask = Buffer.alloc(4);
  mask.writeUInt32BE(prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0);
  return new Uint8Array(mask);
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
