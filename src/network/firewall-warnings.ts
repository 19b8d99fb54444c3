import fs from 'node:fs';
import { chooseFirewall } from '../firewall/choose';
import type { FirewallChain, FirewallElement, FirewallRule } from '../firewall/ruleset';
import type { DeviceNames } from '../firewall/expressions';
import { deviceArgument } from '../firewall/iptables/device-name';
import { save } from '../firewall/iptables/run';
import { tableName } from '../firewall/network-table';
import { ignoringGone } from '../gone';
import type { Family } from '../ip';
import type { NetworkNamespace } from '../netns/namespace';
import { within } from '../netns/system';
import type { Watched } from './interference';
import { judgeLegacyRule, legacyChains } from './judge-legacy';
import { judgeRule } from './judge-nft';
import { innerDevices, type Layout } from './layout';
import { familiesOf } from './opened-steps';
import type { Packet } from './packet';
import { addressText } from './subnet';
import { type Fate, fateIn } from './verdict';

/** A packet that a network lives on, and how each tool lets it pass. */
interface Trial {
  readonly hook: 'forward' | 'input';
  /** 'what the network sends out'. */
  readonly what: string;
  readonly packet: Packet;
  /** The matches of rules that accept it, in the tools' words. */
  readonly nft: readonly string[];
  readonly iptables: readonly string[];
}

/** nf_inet_hooks of <linux/netfilter.h>. */
const HOOKS = { 1: 'input', 2: 'forward' } as const;

/** The chains of the host's firewall that drop a network's packets, each with what helps. */
export async function firewallWarnings({ host, layout }: Watched): Promise<string[]> {
  const trials = familiesOf(layout).flatMap((family) => trialsOf(layout, family));
  const [modern, legacy] = await Promise.all([
    nftWarnings(host, layout, trials),
    legacyWarnings(host, trials),
  ]);
  return [...modern, ...legacy];
}

// A namespace calls somebody beyond the host, is answered, and asks for a name.
function trialsOf(layout: Layout, family: Family): Trial[] {
  const { dns, gateway, subnet, inet6, portPrefix } = layout;
  const device = portPrefix === undefined ? layout.device : `${portPrefix}00000000`;
  const names = innerDevices(layout);
  const [words, argument] = [nftName(names), deviceArgument(names)];
  const inside = family === 'ip' ? addressText(subnet.last - 1) : undefined;
  const base = { family, protocol: 'tcp', dport: undefined, saddr: undefined, daddr: undefined } as const;
  const out: Packet = { ...base, iifname: device, oifname: undefined, state: 'new', saddr: inside };
  const back: Packet = { ...base, iifname: undefined, oifname: device, state: 'established', daddr: inside };
  const asked = family === 'ip' ? gateway : inet6?.gateway;
  const question: Packet = { ...out, protocol: 'udp', dport: 53, daddr: asked };
  const both = {
    nft: [`iifname ${words}`, `oifname ${words}`],
    iptables: [`-i ${argument}`, `-o ${argument}`],
  };
  const name = family === 'ip' ? '' : ' by IPv6';
  return [
    { hook: 'forward', what: `what the network sends out${name}`, packet: out, ...both },
    { hook: 'forward', what: `answers to the network${name}`, packet: back, ...both },
    // The resolver has an IPv4 address alone.
    ...(dns && family === 'ip'
      ? [
          {
            hook: 'input',
            what: "the network's questions for names",
            packet: question,
            nft: [`iifname ${words} meta l4proto { tcp, udp } th dport 53`],
            iptables: ['udp', 'tcp'].map((protocol) => `-i ${argument} -p ${protocol} --dport 53`),
          } as const,
        ]
      : []),
  ];
}

function nftName(names: DeviceNames): string {
  return typeof names === 'string' ? names : `"${names.prefix}*"`;
}

// A verdict of ours holds for our table: any other may still drop the packet.
async function nftWarnings(
  host: NetworkNamespace,
  { name }: Layout,
  trials: readonly Trial[],
): Promise<string[]> {
  if ((await chooseFirewall(() => host.firewall.tables())) !== 'nftables') return [];
  const tables = await host.firewall.tables();
  const dormant = new Set(
    tables.filter(({ flags }) => flags?.includes('dormant')).map((table) => `${table.family} ${table.name}`),
  );
  const chains = (await host.firewall.chains()).filter(
    ({ family, table, hook, type }) =>
      ['ip', 'ip6', 'inet'].includes(family) &&
      type === 'filter' &&
      hookOf(hook) !== undefined &&
      table !== tableName(name) &&
      !dormant.has(`${family} ${table}`),
  );
  const warnings: string[] = [];
  for (const chain of chains) warnings.push(...(await warningsOf(host, chain, trials)));
  return warnings;
}

async function warningsOf(
  host: NetworkNamespace,
  chain: FirewallChain,
  trials: readonly Trial[],
): Promise<string[]> {
  const { family, table, hook, policy } = chain;
  const tried = trials.filter(
    (trial) => trial.hook === hookOf(hook) && (family === 'inet' || family === trial.packet.family),
  );
  if (tried.length === 0) return [];
  const rules = await host.firewall.rules({ family, table });
  const sets = await readSets(host, { family, table }, rules);
  const byChain = groupByChain(rules);
  const fates = tried.map((trial) =>
    fateIn(
      (name) =>
        (byChain.get(name) ?? []).map((rule) => judgeRule(rule, trial.packet, (set) => sets.get(set))),
      chain.name,
      policy === 'drop' ? 'drop' : 'accept',
    ),
  );
  return firstDropped(tried, fates, `chain ${chain.name} of table ${family} ${table}`, ({ nft }) =>
    nft.map((match) => `nft insert rule ${family} ${table} ${chain.name} ${match} accept`),
  );
}

/** One warning for a chain: what lets the first of the packets pass does so for the others. */
function firstDropped(
  trials: readonly Trial[],
  fates: readonly Fate[],
  chain: string,
  remedy: (trial: Trial) => readonly string[],
): string[] {
  const index = fates.findIndex(({ end }) => end === 'drop');
  const trial = trials[index];
  if (trial === undefined) return [];
  const verb = fates[index]?.isUnsure ? 'may drop' : 'drops';
  return [`${chain} ${verb} ${trial.what}; to let the network pass: ${remedy(trial).join('; ')}`];
}

function groupByChain(rules: readonly FirewallRule[]): Map<string, FirewallRule[]> {
  const found = new Map<string, FirewallRule[]>();
  for (const rule of rules) found.set(rule.chain, [...(found.get(rule.chain) ?? []), rule]);
  return found;
}

async function readSets(
  host: NetworkNamespace,
  place: { readonly family: string; readonly table: string },
  rules: readonly FirewallRule[],
): Promise<Map<string, readonly FirewallElement[]>> {
  const names = rules
    .flatMap(({ expressions = [] }) => expressions)
    .flatMap(({ name, data }) =>
      name === 'lookup' && typeof data?.['set'] === 'string' ? [data['set']] : [],
    );
  const read = [...new Set(names)].map(async (set) => {
    const elements = await ignoringGone(host.firewall.elements({ ...place, set }));
    return [set, elements ?? []] as const;
  });
  return new Map(await Promise.all(read));
}

function hookOf(hook: FirewallChain['hook']): Trial['hook'] | undefined {
  return HOOKS[hook?.hooknum as keyof typeof HOOKS];
}

// What nf_tables does not show.
async function legacyWarnings(host: NetworkNamespace, trials: readonly Trial[]): Promise<string[]> {
  const warnings: string[] = [];
  for (const [family, tool] of [
    ['ip', 'iptables-legacy'],
    ['ip6', 'ip6tables-legacy'],
  ] as const) {
    const tried = trials.filter(({ packet }) => packet.family === family);
    if (tried.length === 0 || !hasLegacyTable(host, family, 'filter')) continue;
    const chains = legacyChains(await save(host, 'iptables-legacy', family));
    const names = new Set(chains.keys());
    for (const hook of ['forward', 'input'] as const) {
      const name = hook.toUpperCase();
      const its = tried.filter((trial) => trial.hook === hook);
      const fates = its.map(({ packet }) =>
        fateIn(
          (chain) => (chains.get(chain)?.rules ?? []).map((rule) => judgeLegacyRule(rule, packet, names)),
          name,
          chains.get(name)?.policy ?? 'accept',
        ),
      );
      warnings.push(
        ...firstDropped(its, fates, `chain ${name} of ${tool}`, ({ iptables }) =>
          iptables.map((match) => `${tool} -I ${name} ${match} -j ACCEPT`),
        ),
      );
    }
  }
  return warnings;
}

/** Whether the older iptables have a table there. */
export function hasLegacyTable(host: NetworkNamespace, family: Family, table: string): boolean {
  const file = `/proc/thread-self/net/${family}_tables_names`;
  return within(host, 'network.inspect', () => {
    try {
      return fs.readFileSync(file, 'latin1').split('\n').includes(table);
    } catch {
      return false;
    }
  });
}
