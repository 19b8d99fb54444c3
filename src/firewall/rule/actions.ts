import { parseIp } from '../../base/addresses';
import { ICMP_CODE, ICMPV6_CODE, ICMPX_CODE, LOG_LEVEL } from '../text/symbols';
import { typeNamed } from '../text/types';
import { bytesFrom } from '../text/values';
import { SIZES } from '../text/stateful';
import type { Compiler, Statement } from './compiler';
import { refusal, type RuleValue, type Token, type Tokens } from './lexer';
import { rangeIn, shown, split, symbolIn } from './values';
import { VERDICTS, verdictIn } from './verdicts';

/** Behind these nft has nothing more: what follows would never be reached. */
export const LAST_ACTIONS: ReadonlySet<string> = new Set([
  'accept',
  'drop',
  'return',
  'jump',
  'goto',
  'reject',
  'masquerade',
  'redirect',
  'snat',
  'dnat',
]);

type Action = (tokens: Tokens) => Statement;

/** An action, by its first word. */
export const ACTIONS: Readonly<Record<string, Action>> = {
  ...Object.fromEntries(VERDICTS.map((word) => [word, verdictAction])),
  counter: (tokens) => {
    tokens.expect('counter');
    if (tokens.accept('name')) return named('counter', tokens);
    const packets = tokens.accept('packets') ? tokens.number(0, Number.MAX_SAFE_INTEGER) : 0;
    const bytes = tokens.accept('bytes') ? tokens.number(0, Number.MAX_SAFE_INTEGER) : 0;
    return simple('counter', { packets: BigInt(packets), bytes: BigInt(bytes) });
  },
  limit,
  quota: (tokens) => {
    tokens.expect('quota');
    if (tokens.accept('name')) return named('quota', tokens);
    const over = tokens.oneOf(['over', 'until']) === 'over';
    const bytes = BigInt(tokens.number(1, Number.MAX_SAFE_INTEGER)) * (sizeIn(tokens) ?? 1n);
    return simple('quota', { bytes, flags: over ? ['inv'] : [], consumed: 0n });
  },
  log,
  reject,
  notrack: (tokens) => {
    tokens.expect('notrack');
    return simple('notrack', {});
  },
  masquerade: (tokens) => {
    tokens.expect('masquerade');
    return translation('masq', tokens.accept('to') ? portsIn(tokens) : undefined, flagsIn(tokens));
  },
  redirect: (tokens) => {
    tokens.expect('redirect');
    return translation('redir', tokens.accept('to') ? portsIn(tokens) : undefined, flagsIn(tokens));
  },
  snat: nat,
  dnat: nat,
};

function simple(name: string, data: Readonly<Record<string, unknown>>): Statement {
  return (compiler) => {
    compiler.add(name, data);
  };
}

function verdictAction(tokens: Tokens): Statement {
  const verdict = verdictIn(tokens);
  return simple('immediate', { dreg: 0, data: { verdict } });
}

/** An object by its name. */
function named(type: string, tokens: Tokens): Statement {
  return simple('objref', { type, name: tokens.name(`the name of a ${type}`) });
}

const UNITS = { second: 1n, minute: 60n, hour: 3600n, day: 86_400n, week: 604_800n } as const;
const SIZE_WORDS = SIZES.map(([word]) => word);

function sizeIn(tokens: Tokens): bigint | undefined {
  const word = tokens.oneOf(SIZE_WORDS);
  return SIZES.find(([name]) => name === word)?.[1];
}

/** `limit rate over 5 mbytes/second burst 10 packets`. */
function limit(tokens: Tokens): Statement {
  tokens.expect('limit');
  if (tokens.accept('name')) return named('limit', tokens);
  tokens.expect('rate');
  const flags = tokens.oneOf(['over', 'until']) === 'over' ? ['inv'] : [];
  const { rate, size, unit } = rateIn(tokens);
  let burst = size === undefined ? 5n : 0n;
  if (tokens.accept('burst')) {
    burst = BigInt(tokens.number(size === undefined ? 1 : 0));
    const factor = size === undefined ? (tokens.accept('packets') ? 1n : undefined) : sizeIn(tokens);
    if (factor === undefined) throw tokens.wrong(size === undefined ? "'packets'" : SIZE_WORDS.join(', '));
    burst *= factor;
  }
  const type = size === undefined ? 'packets' : 'bytes';
  return simple('limit', { rate, unit, burst: Number(burst), type, flags });
}

// A rate is a number with a unit of time, `5/second`, or of bytes with one, `5 mbytes/second`.
function rateIn(tokens: Tokens): { rate: bigint; size: bigint | undefined; unit: bigint } {
  const token = tokens.take();
  const parts = split(token.parts, '/');
  if (parts) return { rate: numberOf(parts[0], token), size: undefined, unit: unitOf(parts[1], token) };
  const second = tokens.take();
  const [sizes, times] = split(second.parts, '/') ?? [];
  const size = SIZES.find(([word]) => sizes?.length === 1 && sizes[0] === word)?.[1];
  if (size === undefined || times === undefined)
    throw refusal(second.column, shown(second), 'mbytes/second or the like');
  return { rate: numberOf(token.parts, token) * size, size, unit: unitOf(times, second) };
}

function numberOf(parts: Token['parts'], token: Token): bigint {
  const [part] = parts;
  const value = typeof part === 'object' ? part.value : part;
  const number = typeof value === 'string' && !/^[1-9]\d*$/.test(value) ? NaN : Number(value);
  if (parts.length !== 1 || !Number.isSafeInteger(number) || number < 1)
    throw refusal(token.column, shown(token), 'a rate such as 5/second');
  return BigInt(number);
}

function unitOf(parts: Token['parts'], token: Token): bigint {
  const [word] = parts;
  if (parts.length === 1 && typeof word === 'string' && Object.hasOwn(UNITS, word))
    return UNITS[word as keyof typeof UNITS];
  throw refusal(token.column, shown(token), `a rate per ${Object.keys(UNITS).join(', ')}`);
}

/** What nft can say of a log, in any order. */
function log(tokens: Tokens): Statement {
  tokens.expect('log');
  const data: Record<string, unknown> = {};
  for (
    let word;
    (word = tokens.oneOf(['prefix', 'level', 'group', 'snaplen', 'queue-threshold', 'flags']));
  ) {
    if (word === 'prefix') data['prefix'] = prefixIn(tokens);
    if (word === 'level') data['level'] = symbolIn(LOG_LEVEL, tokens.take());
    if (word === 'group') data['group'] = tokens.number(0, 0xffff);
    if (word === 'snaplen') data['snaplen'] = tokens.number();
    if (word === 'queue-threshold') data['qthreshold'] = tokens.number(0, 0xffff);
    if (word === 'flags') data['flags'] = Number(data['flags'] ?? 0) | logFlags(tokens);
  }
  if (data['level'] !== undefined && data['group'] !== undefined)
    throw tokens.wrong('a level or a group, not both');
  return simple('log', data);
}

function prefixIn(tokens: Tokens): string {
  const text = tokens.name('a prefix in quotation marks');
  // nft itself cannot list others.
  if (Buffer.byteLength(text) > 127 || /["\0\n]/.test(text))
    throw tokens.wrong('a prefix of at most 127 bytes, without quotation marks', 1);
  return text;
}

function logFlags(tokens: Tokens): number {
  if (tokens.accept('all')) return 0x2f;
  if (tokens.accept('skuid')) return 8;
  if (tokens.accept('ether')) return 0x20;
  if (tokens.accept('ip', 'options')) return 4;
  tokens.expect('tcp');
  let bits = 0;
  do {
    const word = tokens.oneOf(['sequence', 'options']);
    if (word === undefined) throw tokens.wrong('sequence or options');
    bits |= word === 'sequence' ? 1 : 2;
  } while (tokens.accept(','));
  return bits;
}

const CODES = { icmp: ICMP_CODE, icmpv6: ICMPV6_CODE, icmpx: ICMPX_CODE } as const;
const PORT_UNREACHABLE = { icmp: 3, icmpv6: 4, icmpx: 1 } as const;

/** `reject`, and with what. */
function reject(tokens: Tokens): Statement {
  tokens.expect('reject');
  if (!tokens.accept('with')) return (compiler) => compiler.add('reject', plainReject(compiler));
  if (tokens.accept('tcp', 'reset'))
    return (compiler) => {
      compiler.needs('tcp');
      compiler.add('reject', { type: 'tcpReset', icmpCode: 0 });
    };
  const kind = tokens.oneOf(['icmp', 'icmpv6', 'icmpx']);
  if (kind === undefined) throw tokens.wrong('icmp, icmpv6, icmpx or tcp reset');
  tokens.accept('type');
  const icmpCode = symbolIn(CODES[kind], tokens.take());
  return (compiler) => {
    if (kind === 'icmpx') {
      if (compiler.family === 'ip' || compiler.family === 'ip6')
        compiler.conflict('icmpx: there is but one ICMP');
      compiler.add('reject', { type: 'icmpx', icmpCode });
      return;
    }
    compiler.needs(kind === 'icmp' ? 'ip' : 'ip6');
    compiler.add('reject', { type: 'icmp', icmpCode });
  };
}

function plainReject({ network }: Compiler): { type: string; icmpCode: number } {
  if (network === 'ip') return { type: 'icmp', icmpCode: PORT_UNREACHABLE.icmp };
  if (network === 'ip6') return { type: 'icmp', icmpCode: PORT_UNREACHABLE.icmpv6 };
  return { type: 'icmpx', icmpCode: PORT_UNREACHABLE.icmpx };
}

const NAT_FLAGS = { random: 'random', 'fully-random': 'fullyRandom', persistent: 'persistent' } as const;

function flagsIn(tokens: Tokens): string[] {
  const flags: string[] = [];
  do {
    const word = tokens.oneOf(Object.keys(NAT_FLAGS) as (keyof typeof NAT_FLAGS)[]);
    if (word !== undefined) flags.push(NAT_FLAGS[word]);
    else if (flags.length > 0) throw tokens.wrong(Object.keys(NAT_FLAGS).join(', '));
  } while (flags.length > 0 && tokens.accept(','));
  return flags;
}

interface Ports {
  readonly from: number;
  readonly to: number;
}

function portsOf(parts: Token['parts'], token: Token): Ports {
  const { from, to } = rangeIn({ ...token, parts }, typeNamed('inet_service'), 16);
  return { from: Number(from), to: Number(to) };
}

/** `:8080` or `:1000-2000`. */
function portsIn(tokens: Tokens): Ports {
  const token = tokens.take();
  const [before, ports] = split(token.parts, ':') ?? [[''], []];
  if (before.length > 0 || ports.length === 0) throw refusal(token.column, shown(token), "a port behind ':'");
  return portsOf(ports, token);
}

const port = (number: number): Uint8Array => bytesFrom(BigInt(number), 2, 'net');

/** Loads ports into registers, and says where they are. */
function loadPorts(
  compiler: Compiler,
  ports: Ports | undefined,
  first: number,
): Readonly<Record<string, number>> {
  if (ports === undefined) return {};
  compiler.needsPorts();
  compiler.immediate(first, port(ports.from));
  if (ports.to === ports.from) return { regProtoMin: first };
  compiler.immediate(first + 1, port(ports.to));
  return { regProtoMin: first, regProtoMax: first + 1 };
}

// The kernel adds the flag of addresses itself, but not that of ports.
function flagsWith(ports: Ports | undefined, flags: readonly string[]): { flags?: readonly string[] } {
  const all = [...(ports ? ['protoSpecified'] : []), ...flags];
  return all.length > 0 ? { flags: all } : {};
}

function translation(name: string, ports: Ports | undefined, flags: readonly string[]): Statement {
  return (compiler) => {
    const where = loadPorts(compiler, ports, 1);
    compiler.add(name, { ...where, ...flagsWith(ports, flags) });
  };
}

/** `dnat ip to 10.0.0.1:80`, with ranges of addresses and ports. */
function nat(tokens: Tokens): Statement {
  const type = tokens.oneOf(['snat', 'dnat']);
  const family = tokens.oneOf(['ip', 'ip6']);
  tokens.expect('to');
  const token = tokens.take();
  const { from, to, ports, kind } = targetIn(token);
  if (family !== undefined && family !== kind)
    throw refusal(token.column, shown(token), `an address of ${family}`);
  const flags = flagsIn(tokens);
  return (compiler) => {
    if (family === undefined && compiler.family !== kind && compiler.network !== kind)
      compiler.conflict(`one family of addresses: say '${String(type)} ${kind} to'`);
    const size = kind === 'ip' ? 4 : 16;
    const isRange = from !== to;
    compiler.immediate(1, bytesFrom(from, size, 'net'));
    if (isRange) compiler.immediate(2, bytesFrom(to, size, 'net'));
    const where = loadPorts(compiler, ports, isRange ? 3 : 2);
    const addresses = { regAddrMin: 1, ...(isRange && { regAddrMax: 2 }) };
    compiler.add('nat', { type, family: kind, ...addresses, ...where, ...flagsWith(ports, flags) });
  };
}

interface Target {
  readonly kind: 'ip' | 'ip6';
  readonly from: bigint;
  readonly to: bigint;
  readonly ports: Ports | undefined;
}

// An IPv6 address with a port stands in brackets.
function targetIn(token: Token): Target {
  const brackets = split(token.parts, ']');
  const isSix = brackets !== undefined || token.parts.some(isSixPart);
  const opened = brackets && split(brackets[0], '[');
  const [before, after] = brackets
    ? [opened?.[1] ?? [], split(brackets[1], ':')?.[1]]
    : isSix
      ? [token.parts, undefined]
      : (split(token.parts, ':') ?? [token.parts, undefined]);
  const type = typeNamed(isSix ? 'ipv6_addr' : 'ipv4_addr');
  const { from, to } = rangeIn({ ...token, parts: before }, type, type.size * 8);
  return { kind: isSix ? 'ip6' : 'ip', from, to, ports: after && portsOf(after, token) };
}

function isSixPart(part: string | { readonly value: RuleValue }): boolean {
  const text = typeof part === 'string' ? part : part.value;
  if (typeof text !== 'string') return false;
  const [address = ''] = text.split('-');
  return parseIp(address)?.length === 16;
}
