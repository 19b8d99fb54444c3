import { addressBytes } from '../../../base/ip';
import { isQuotaLeft } from './chance';
import { type Met, type Packet, type PacketDevice, packetTypeOf, statusOf } from './packet';
import { hopsAfter, leadsElsewhere, legacyTarget } from './rewritten';
import { LEADING, targetVerdict } from './xt';
import { type Certainty, lessCertain, type Outcome, type Verdict } from './verdict';

/** A chain of iptables-save with its rules in that output format. */
export interface LegacyChain {
  readonly policy: 'accept' | 'drop';
  readonly rules: readonly string[];
}

export type LegacyChains = ReadonlyMap<string, LegacyChain>;

/** The chains of each table, from the output of iptables-save. */
export function legacyTables(saved: string): Map<string, LegacyChains> {
  const tables = new Map<string, LegacyChains>();
  let chains = new Map<string, { policy: 'accept' | 'drop'; rules: string[] }>();
  for (const line of saved.split('\n')) {
    const [, table] = /^\*(\S+)/.exec(line) ?? [];
    if (table !== undefined) tables.set(table, (chains = new Map()));
    const [, name, policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (name !== undefined) chains.set(name, { policy: policy === 'DROP' ? 'drop' : 'accept', rules: [] });
    const [, chain, rule] = /^-A (\S+) ?(.*)$/.exec(line) ?? [];
    if (chain !== undefined) chains.get(chain)?.rules.push(rule ?? '');
  }
  return tables;
}

/** The verdict of a rule that may match a packet, as far as known. The packet is changed as the rule says. */
export function judgeLegacyRule(rule: string, packet: Packet, chains: LegacyChains): Outcome[] {
  const words = rule.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  const at = words.findIndex((word) => word === '-j' || word === '-g');
  const tests = at < 0 ? words : words.slice(0, at);
  const [jump, target = '', ...options] = at < 0 ? [] : words.slice(at);
  const certainty = certaintyOf(tests, packet);
  if (certainty === undefined) return [];
  if (certainty !== 'rarely') change(packet, target, options);
  if (certainty === 'surely' && LEADING.has(target)) lead(packet, options);
  return [{ certainty, verdict: verdictOf(jump === '-g', target, chains) }];
}

function verdictOf(isGoto: boolean, target: string, chains: LegacyChains): Verdict {
  if (chains.has(target)) return { code: isGoto ? 'goto' : 'jump', chain: target };
  return target === 'RETURN' ? { code: 'return' } : targetVerdict(target);
}

function change(packet: Packet, target: string, options: readonly string[]): void {
  const isNotrack = target === 'NOTRACK' || (target === 'CT' && options.includes('--notrack'));
  if (isNotrack && packet.state === 'invalid') packet.state = 'untracked';
  if (target === 'MARK') packet.mark = markSet(options);
  const [, hops] = HOP_OPTIONS.exec(options[0] ?? '') ?? [];
  if (hops !== undefined)
    packet.ttl = hopsAfter(['set', 'inc', 'dec'].indexOf(hops), Number(options[1]), packet.ttl);
  // CONNMARK copies marks in both directions.
  if (target === 'CONNMARK') Object.assign(packet, { mark: undefined, ctMark: undefined });
}

function lead(packet: Packet, [option = '', value = '']: readonly string[]): void {
  if (option.startsWith('--to-') && leadsElsewhere(packet, legacyTarget(option, value)))
    packet.isLedElsewhere = true;
}

const HOP_OPTIONS = /^--(?:ttl|hl)-(set|inc|dec)$/;

// As `--set-xmark 0x5/0xffffffff`.
function markSet(options: readonly string[]): number | undefined {
  const [, mark = '', mask] = /^(0x[\da-f]+)\/(0x[\da-f]+)$/i.exec(options.at(-1) ?? '') ?? [];
  return options[0] === '--set-xmark' && mask === '0xffffffff' ? Number(mark) : undefined;
}

/** The certainty of a rule's match; undefined: no match. */
function certaintyOf(words: readonly string[], packet: Packet): Certainty | undefined {
  let certainty: Certainty = 'surely';
  for (let i = 0; i < words.length; i++) {
    const isNegated = words[i] === '!';
    if (isNegated) i++;
    const [option = '', value = ''] = [words[i], words[i + 1]];
    const isMet = Object.hasOwn(TESTS, option) ? TESTS[option]?.(value, packet) : undefined;
    if (isMet === undefined) certainty = lessCertain(certainty, isNegated ? 'mostly' : 'rarely');
    else if (isMet === isNegated) return undefined;
    // Words after an option, up to the next one, are its values.
    while (i + 1 < words.length && !/^(-|!$)/.test(words[i + 1] ?? '')) i++;
  }
  return certainty;
}

type Test = (value: string, packet: Packet) => Met;

const STATUSES: Readonly<Record<string, number>> = { SEEN_REPLY: 2, CONFIRMED: 8 };

const PACKET_TYPES: readonly string[] = ['unicast', 'broadcast', 'multicast'];

const TESTS: Readonly<Record<string, Test>> = {
  '-m': () => true,
  '--comment': () => true,
  '-i': (value, { iif }) => isNamed(iif, value),
  '-o': (value, { oif }) => isNamed(oif, value),
  '-s': (value, { saddr }) => isIn(saddr, value),
  '-d': (value, { daddr }) => isIn(daddr, value),
  '-p': (value, { family, protocol }) =>
    value === (protocol === 'icmp' && family === 'ip6' ? 'ipv6-icmp' : protocol),
  '--icmp-type': isEcho,
  '--icmpv6-type': isEcho,
  '--sport': (value, { sport }) => isPort(sport, value),
  '--dport': (value, { dport }) => isPort(dport, value),
  '--dports': (value, { dport }) => isPort(dport, value),
  '--ctstate': (value, { state }) => value.split(',').includes(state.toUpperCase()),
  '--state': (value, { state }) => value.split(',').includes(state.toUpperCase()),
  '--ctstatus': (value, packet) =>
    value === 'NONE' ? statusOf(packet) === 0 : value.split(',').some((word) => hasStatus(packet, word)),
  '--mark': (value, { mark }) => hasMark(mark, value),
  '--src-type': (value, { isFromHost = false }) => isType(value, isFromHost),
  '--dst-type': (value, { isForHost = false }) => isType(value, isForHost),
  '--pkt-type': (value, packet) => PACKET_TYPES.indexOf(value) === packetTypeOf(packet),
  '--quota': (value, packet) => isQuotaLeft(Number(value), packet),
  '--physdev-is-bridged': (_value, { bridge }) => bridge !== undefined,
};

// '8', '0/0', and 255 for any.
function isEcho(value: string, { echo }: Packet): Met {
  const [type] = value.split('/').map(Number);
  return type === 255 ? true : echo === undefined ? undefined : type === echo;
}

function hasStatus(packet: Packet, word: string): boolean {
  return (statusOf(packet) & (STATUSES[word] ?? 0)) !== 0;
}

function isType(value: string, isLocal: boolean): boolean {
  return value.split(',').includes(isLocal ? 'LOCAL' : 'UNICAST');
}

function isNamed(device: PacketDevice | null | undefined, pattern: string): Met {
  if (device === undefined) return undefined;
  const name = device?.name ?? '';
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function isIn(address: string | undefined, subnet: string): Met {
  if (address === undefined) return undefined;
  const [network = '', mask = ''] = subnet.split('/');
  const [one, other] = [addressBytes(address), addressBytes(network)];
  const bits = /^\d+$/.test(mask) ? Number(mask) : undefined;
  if (bits === undefined || one.length !== other.length) return mask === '' ? undefined : false;
  return one.every((byte, at) => {
    const of8 = Math.min(8, Math.max(0, bits - 8 * at));
    return (byte ^ (other[at] ?? 0)) >> (8 - of8) === 0;
  });
}

// '53', '53,80' and '1024:65535'.
function isPort(port: number | undefined, value: string): Met {
  if (port === undefined) return undefined;
  return value.split(',').some((part) => {
    const [first = '', last = first] = part.split(':');
    return port >= Number(first) && port <= Number(last);
  });
}

function hasMark(mark: number | undefined, value: string): Met {
  const [wanted, mask = 0xffff_ffff] = value.split('/').map(Number);
  return mark === undefined ? undefined : (mark & mask) >>> 0 === wanted;
}
