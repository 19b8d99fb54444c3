import type { Expression } from '../../firewall/expressions';
import { addressText } from '../../ip';

type Data = Readonly<Record<string, unknown>>;

/** What a register holds, in nft's words, and how a value compared with it is written. */
interface Loaded {
  readonly text: string;
  readonly value: (bytes: Uint8Array) => string;
  readonly mask?: Uint8Array;
}

/**
 * A rule in nft's words; undefined if it has an expression that this does not know and `unknown` has no words for.
 */
export function ruleText(
  expressions: readonly Expression[],
  unknown?: (expression: Expression) => string,
): string | undefined {
  const registers = new Map<number, Loaded>();
  const words: string[] = [];
  for (const expression of expressions) {
    const { name, data = {} } = expression;
    const statement = statements[name];
    const loaded = statement === undefined ? loads[name]?.(data, registers) : undefined;
    if (loaded) {
      registers.set(Number(data['dreg']), loaded);
      continue;
    }
    const text = statement?.(data, registers) ?? unknown?.(expression);
    if (text === undefined) return undefined;
    if (text !== '') words.push(text);
  }
  // One byte of the header behind: whose it is was said by the words before it.
  return words.join(' ').replace('ipv6-icmp icmp type', 'ipv6-icmp icmpv6 type');
}

type Registers = ReadonlyMap<number, Loaded>;

/** Expressions that load a register. */
const loads: Readonly<Record<string, (data: Data, registers: Registers) => Loaded | undefined>> = {
  payload: (data) => payload(String(data['base']), Number(data['offset']), Number(data['len'])),
  meta: (data) => {
    const key = String(data['key']);
    if (key === 'l4proto')
      return { text: 'meta l4proto', value: (bytes) => protocols[bytes[0] ?? 0] ?? hex(bytes) };
    if (/^[io]ifname$/.test(key)) return { text: key, value: (bytes) => JSON.stringify(cString(bytes)) };
    if (/^[io]ifgroup$/.test(key)) return { text: key, value: hostNumber };
    return { text: `meta ${key}`, value: hostNumber };
  },
  ct: (data) => {
    const key = String(data['key']);
    const bits = ctBits[key];
    return {
      text: `ct ${key}`,
      value: bits === undefined ? hostNumber : (bytes) => bitNames(hostWord(bytes), bits),
    };
  },
  fib: (data) => ({
    text: `fib ${(data['flags'] as readonly string[]).join(' . ')} ${String(data['result'])}`,
    value: (bytes) => addressTypes[hostWord(bytes)] ?? hostNumber(bytes),
  }),
  bitwise: (data, registers) => {
    const source = registers.get(Number(data['sreg']));
    const mask = bytesOf(data['mask']);
    return source && mask && { ...source, mask };
  },
};

/** Expressions that match or act. */
const statements: Readonly<Record<string, (data: Data, registers: Registers) => string | undefined>> = {
  cmp: (data, registers) => {
    const source = registers.get(Number(data['sreg']));
    const value = bytesOf(data['data']);
    return source && value && comparison(source, String(data['op']), value);
  },
  immediate: (data) => {
    const verdict = (data['data'] as Data)['verdict'] as Data | undefined;
    return verdict && [verdict['code'], verdict['chain']].filter(Boolean).map(String).join(' ');
  },
  masq: () => 'masquerade',
  counter: () => 'counter',
  // A map's name stands where the translation is: here only its key is known.
  lookup: (data, registers) => {
    if (data['dreg'] === undefined) return `${concatenation(registers)} @${String(data['set'])}`;
    const key = concatenation(registers);
    return `dnat ${key.startsWith('ip6 ') ? 'ip6' : 'ip'} to ${key} map @${String(data['set'])}`;
  },
  nat: (data) => (data['type'] === 'dnat' ? '' : undefined),
};

const protocols: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'ipv6-icmp' };
const addressTypes: Readonly<Record<number, string>> = {
  1: 'unicast',
  2: 'local',
  3: 'broadcast',
  5: 'multicast',
};
const ctBits: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  state: { 1: 'invalid', 2: 'established', 4: 'related', 8: 'new', 64: 'untracked' },
  status: {
    1: 'expected',
    2: 'seen-reply',
    4: 'assured',
    8: 'confirmed',
    16: 'snat',
    32: 'dnat',
    512: 'dying',
  },
};

/** Fields of headers by base, offset and length. */
const fields: Readonly<Record<string, Loaded>> = {
  'network 12 4': { text: 'ip saddr', value: addressText },
  'network 16 4': { text: 'ip daddr', value: addressText },
  'network 8 16': { text: 'ip6 saddr', value: addressText },
  'network 24 16': { text: 'ip6 daddr', value: addressText },
  'transport 0 1': { text: 'icmp type', value: (bytes) => String(bytes[0]) },
  'transport 0 2': { text: 'th sport', value: networkNumber },
  'transport 2 2': { text: 'th dport', value: networkNumber },
};

function payload(base: string, offset: number, len: number): Loaded {
  const short: Readonly<Record<string, string>> = { link: 'll', network: 'nh', transport: 'th', inner: 'ih' };
  const raw = `@${short[base] ?? base},${String(offset * 8)},${String(len * 8)}`;
  return fields[`${base} ${String(offset)} ${String(len)}`] ?? { text: raw, value: hex };
}

const operators: Readonly<Record<string, string>> = {
  eq: '',
  neq: '!= ',
  lt: '< ',
  lte: '<= ',
  gt: '> ',
  gte: '>= ',
};

function comparison({ text, value, mask }: Loaded, op: string, bytes: Uint8Array): string {
  if (mask === undefined) return `${text} ${operators[op] ?? ''}${value(bytes)}`;
  const prefix = /^ip6? /.test(text) ? prefixOf(mask) : undefined;
  if (prefix !== undefined) return `${text} ${operators[op] ?? ''}${value(bytes)}/${String(prefix)}`;
  // "Some of these bits are set" is how nft writes its lists of states.
  if (op === 'neq' && bytes.every((byte) => byte === 0)) return `${text} ${value(mask)}`;
  return `${text} and ${value(mask)} ${op === 'eq' ? '==' : '!='} ${value(bytes)}`;
}

function concatenation(registers: Registers): string {
  const parts = [...registers].sort(([a], [b]) => order(a) - order(b)).map(([, loaded]) => loaded.text);
  return [...new Set(parts)].filter((part) => !part.startsWith('fib ')).join(' . ');
}

// Registers 1 to 4 are of 16 bytes; 8 to 23 are their quarters.
function order(register: number): number {
  return register < 8 ? (register - 1) * 4 : register - 8;
}

function bytesOf(data: unknown): Uint8Array | undefined {
  return (data as { value?: Uint8Array } | undefined)?.value;
}

function prefixOf(mask: Uint8Array): number | undefined {
  const bits = [...mask].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(bits) ? bits.indexOf('0') + (bits.includes('0') ? 0 : bits.length + 1) : undefined;
}

function bitNames(word: number, names: Readonly<Record<number, string>>): string {
  return Object.entries(names)
    .flatMap(([bit, name]) => (word & Number(bit) ? [name] : []))
    .join(',');
}

function cString(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString().replace(/\0.*$/s, '');
}

function networkNumber(bytes: Uint8Array): string {
  return String(bytes.reduce((value, byte) => value * 256 + byte, 0));
}

function hostWord(bytes: Uint8Array): number {
  return new Uint32Array(bytes.slice().buffer)[0] ?? 0;
}

function hostNumber(bytes: Uint8Array): string {
  return String(hostWord(bytes));
}

function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`;
}
