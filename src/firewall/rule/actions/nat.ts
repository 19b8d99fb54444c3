import { parseIp } from '../../../base/addresses';
import { typeNamed } from '../../text/values/types';
import { bytesFrom } from '../../text/values/values';
import type { Compiler, Statement } from '../compile/compiler';
import { refusal, type RuleValue, type Token, type Tokens } from '../compile/lexer';
import { rangeIn, shown, split } from '../compile/values';

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
  if (before.length > 0 || ports.length === 0) throw refusal(token.column, shown(token), "a port after ':'");
  return portsOf(ports, token);
}

const port = (number: number): Uint8Array => bytesFrom(BigInt(number), 2, 'net');

/** Loads ports into registers, and returns the registers. */
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

// The kernel itself adds the flag for addresses, but not the one for ports.
function flagsWith(ports: Ports | undefined, flags: readonly string[]): { flags?: readonly string[] } {
  const all = [...(ports ? ['protoSpecified'] : []), ...flags];
  return all.length > 0 ? { flags: all } : {};
}

/** `masquerade to :1024-65535 random`. */
export function masquerade(tokens: Tokens): Statement {
  tokens.expect('masquerade');
  return translation('masq', tokens.accept('to') ? portsIn(tokens) : undefined, flagsIn(tokens));
}

/** `redirect to :8080`. */
export function redirect(tokens: Tokens): Statement {
  tokens.expect('redirect');
  return translation('redir', tokens.accept('to') ? portsIn(tokens) : undefined, flagsIn(tokens));
}

function translation(name: string, ports: Ports | undefined, flags: readonly string[]): Statement {
  return (compiler) => {
    const where = loadPorts(compiler, ports, 1);
    compiler.add(name, { ...where, ...flagsWith(ports, flags) });
  };
}

/** `dnat ip to 10.0.0.1:80`, with ranges of addresses and ports. */
export function nat(tokens: Tokens): Statement {
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
      compiler.conflict(`default address family: write '${String(type)} ${kind} to'`);
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

// An IPv6 address with a port is in brackets.
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
