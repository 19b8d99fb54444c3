import type { Packet } from './packet';
import type { JudgedRule, Verdict } from './verdict';

/** A chain of iptables-save with its rules as it prints them. */
export interface LegacyChain {
  readonly policy: 'accept' | 'drop';
  readonly rules: readonly string[];
}

/** The chains of the table filter, of the output of iptables-save. */
export function legacyChains(saved: string): Map<string, LegacyChain> {
  const [, filter = ''] = saved.split(/^\*filter$/m);
  const lines = filter.split(/^COMMIT$/m, 1)[0]?.split('\n') ?? [];
  const chains = new Map<string, { policy: 'accept' | 'drop'; rules: string[] }>();
  for (const line of lines) {
    const [, name, policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (name !== undefined) chains.set(name, { policy: policy === 'DROP' ? 'drop' : 'accept', rules: [] });
    const [, chain, rule] = /^-A (\S+) ?(.*)$/.exec(line) ?? [];
    if (chain !== undefined) chains.get(chain)?.rules.push(rule ?? '');
  }
  return chains;
}

/** What a rule says of a packet: as much as can be told from what is known of the packet. */
export function judgeLegacyRule(rule: string, packet: Packet, chains: ReadonlySet<string>): JudgedRule {
  const words = rule.match(/"[^"]*"|\S+/g) ?? [];
  const at = words.findIndex((word) => word === '-j' || word === '-g');
  const tests = at < 0 ? words : words.slice(0, at);
  const verdict = at < 0 ? CONTINUE : verdictOf(words[at] === '-g', words[at + 1] ?? '', chains);
  const found = matchesOf(tests, packet);
  const matches = found.includes(false) ? false : found.includes(undefined) ? undefined : true;
  return { matches, verdict };
}

const CONTINUE: Verdict = { code: 'continue' };

function verdictOf(isGoto: boolean, target: string, chains: ReadonlySet<string>): Verdict {
  if (chains.has(target)) return { code: isGoto ? 'goto' : 'jump', chain: target };
  if (target === 'ACCEPT') return { code: 'accept' };
  if (target === 'DROP' || target === 'REJECT') return { code: 'drop' };
  return target === 'RETURN' ? { code: 'return' } : CONTINUE;
}

/** Each test of a rule, in its order. */
function matchesOf(words: readonly string[], packet: Packet): (boolean | undefined)[] {
  const found: (boolean | undefined)[] = [];
  for (let i = 0; i < words.length; i++) {
    const isNegated = words[i] === '!';
    if (isNegated) i++;
    const [option = '', value = ''] = [words[i], words[i + 1]];
    if (option === '-m') {
      i++;
      continue;
    }
    const isMet = testOf(option, value, packet);
    found.push(isMet === undefined ? undefined : isMet !== isNegated);
    // What follows an option, until the next one, are its values.
    while (i + 1 < words.length && !/^(-|!$)/.test(words[i + 1] ?? '')) i++;
  }
  return found;
}

function testOf(option: string, value: string, packet: Packet): boolean | undefined {
  switch (option) {
    case '-i':
      return isNamed(packet.iifname, value);
    case '-o':
      return isNamed(packet.oifname, value);
    case '-p':
      return value === packet.protocol;
    case '--dport':
      return packet.dport === undefined ? undefined : String(packet.dport) === value;
    case '--ctstate':
    case '--state':
      return value.split(',').includes(packet.state.toUpperCase());
    default:
      return undefined;
  }
}

function isNamed(name: string | undefined, pattern: string): boolean | undefined {
  if (name === undefined) return undefined;
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
