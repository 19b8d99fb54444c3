import { chooseFirewall } from '../../../firewall/choose';
import type { FirewallChain, FirewallRule, FirewallTable } from '../../../firewall/nft/ruleset';
import { tableName } from '../../../firewall/network/table/network-table';
import { ignoringNotFound } from '../../../errors/not-found';
import type { Family } from '../../../base/ip';
import type { NetworkNamespace } from '../../../netns/namespace';
import { judgeRule } from './nft';
import type { JudgedSet } from './sets';
import type { Packet } from './packet';
import { openedTable } from '../../leases/transit-table';
import { type ChainResult, runChain } from './verdict';

export type Hook = 'ingress' | 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'egress';

/** Caller of a chain: a device, a bridge, or the host's own IPv4 and IPv6. */
export type Layer = 'netdev' | 'bridge' | 'inet';

/** Rule matches for packets, in the tools' syntax. */
export interface Matches {
  readonly nft: readonly string[];
  readonly iptables: readonly string[];
}

/** A chain of the host's firewall that packets traverse. */
export interface HostChain {
  /** 'chain pass of table inet own'. */
  readonly title: string;
  readonly layer: Layer;
  readonly hook: Hook;
  readonly priority: number;
  readonly families: readonly Family[];
  /** Whether only the first packets of connections traverse it. */
  readonly isForNew: boolean;
  /** The devices that call it, at the layer of devices. */
  readonly devices?: readonly string[];
  /** The fate of a packet; rules may change the packet. */
  judge(packet: Packet): ChainResult;
  /** Commands that let packets pass. */
  remedy(matches: Matches): string[];
}

/** By nf_inet_hooks and nf_dev_hooks of <linux/netfilter.h>. */
const HOOKS: readonly Hook[] = ['prerouting', 'input', 'forward', 'output', 'postrouting', 'ingress'];
const DEVICE_HOOKS: readonly Hook[] = ['ingress', 'egress'];

const FAMILIES: Readonly<Record<string, readonly Family[]>> = {
  ip: ['ip'],
  ip6: ['ip6'],
  inet: ['ip', 'ip6'],
  bridge: ['ip', 'ip6'],
  netdev: ['ip', 'ip6'],
};

interface Place {
  readonly family: string;
  readonly table: string;
}

interface TableContent {
  readonly rules: ReadonlyMap<string, readonly FirewallRule[]>;
  readonly sets: ReadonlyMap<string, JudgedSet>;
}

/** The base chains of nf_tables, except a network's own. Chains of dormant tables are not called. */
export async function nftChains(host: NetworkNamespace, network: string): Promise<HostChain[]> {
  if ((await chooseFirewall(() => host.firewall.tables())) !== 'nftables') return [];
  const tables = await host.firewall.tables();
  const dormant = new Set(tables.filter(({ flags }) => flags?.includes('dormant')).map(keyOf));
  const based = (await host.firewall.chains()).filter(
    ({ family, table, hook }) =>
      hook !== undefined &&
      Object.hasOwn(FAMILIES, family) &&
      table !== tableName(network) &&
      table !== openedTable().name &&
      !dormant.has(`${family} ${table}`),
  );
  const places = new Map(based.map(({ family, table }) => [`${family} ${table}`, { family, table }]));
  const contents = new Map<string, TableContent>();
  for (const [key, place] of places) contents.set(key, await contentOf(host, place));
  return based.flatMap((chain) => {
    const content = contents.get(`${chain.family} ${chain.table}`);
    return content ? [hostChain(chain, content)] : [];
  });
}

function keyOf({ family, name }: FirewallTable): string {
  return `${family} ${name}`;
}

function hostChain(chain: FirewallChain, { rules, sets }: TableContent): HostChain {
  const { family, table, name, hook, type, policy } = chain;
  const [layer, at] = hookOf(family, hook?.hooknum ?? 0);
  return {
    title: `chain ${name} of table ${family} ${table}`,
    ...{ layer, hook: at, priority: hook?.priority ?? 0 },
    families: FAMILIES[family] ?? [],
    isForNew: type === 'nat',
    ...(layer === 'netdev' && { devices: hook?.devs ?? (hook?.dev === undefined ? [] : [hook.dev]) }),
    judge: (packet) =>
      runChain(
        function* (called, changed) {
          for (const rule of rules.get(called) ?? []) yield* judgeRule(rule, changed, (set) => sets.get(set));
        },
        name,
        policy === 'drop' ? 'drop' : 'accept',
        packet,
      ),
    remedy: ({ nft }) => nft.map((match) => `nft insert rule ${family} ${table} ${name} ${match} accept`),
  };
}

function hookOf(family: string, hooknum: number): [Layer, Hook] {
  if (family === 'netdev') return ['netdev', DEVICE_HOOKS[hooknum] ?? 'ingress'];
  const hook = HOOKS[hooknum] ?? 'ingress';
  if (hook === 'ingress') return ['netdev', hook];
  return [family === 'bridge' ? 'bridge' : 'inet', hook];
}

async function contentOf(host: NetworkNamespace, place: Place): Promise<TableContent> {
  const rules = await host.firewall.rules(place);
  return { rules: byChain(rules), sets: await readSets(host, place, rules) };
}

function byChain(rules: readonly FirewallRule[]): Map<string, FirewallRule[]> {
  const found = new Map<string, FirewallRule[]>();
  for (const rule of rules) {
    const chain = found.get(rule.chain);
    if (chain) chain.push(rule);
    else found.set(rule.chain, [rule]);
  }
  return found;
}

// Reads only sets that a rule looks up: some sets have very many elements.
async function readSets(
  host: NetworkNamespace,
  place: Place,
  rules: readonly FirewallRule[],
): Promise<Map<string, JudgedSet>> {
  const names = new Set(
    rules
      .flatMap(({ expressions = [] }) => expressions)
      .flatMap(({ name, data }) => (name === 'lookup' ? [data?.['set']] : [])),
  );
  const sets = names.size === 0 ? [] : await host.firewall.sets(place);
  const read = sets
    .filter(({ name }) => names.has(name))
    .map(async ({ name, ...set }) => {
      const elements = await ignoringNotFound(host.firewall.elements({ ...place, set: name }));
      return [name, { ...set, elements: elements ?? [] }] as const;
    });
  return new Map(await Promise.all(read));
}
