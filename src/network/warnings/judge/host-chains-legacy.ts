import fs from 'node:fs';
import { save } from '../../../firewall/iptables/run';
import type { Family } from '../../../base/ip';
import type { NetworkNamespace } from '../../../netns/namespace';
import { within } from '../../../nsfs/within';
import type { Hook, HostChain } from './host-chains';
import { judgeLegacyRule, type LegacyChains, legacyTables } from './legacy';
import { runChain } from './verdict';

const TOOLS = { ip: 'iptables-legacy', ip6: 'ip6tables-legacy' } as const;

/** The hook priorities of the legacy iptables' tables (<linux/netfilter_ipv4.h>). */
const PRIORITIES: Readonly<Record<string, number>> = {
  raw: -300,
  mangle: -150,
  nat: -100,
  filter: 0,
  security: 50,
};

/** The built-in chains of legacy iptables, which nf_tables does not list. */
export async function legacyHostChains(host: NetworkNamespace, family: Family): Promise<HostChain[]> {
  if (legacyTableNames(host, family).length === 0) return [];
  const tables = legacyTables(await save(host, 'iptables-legacy', family));
  return [...tables].flatMap(([table, chains]) =>
    [...chains.keys()].filter(isBuiltIn).map((name) => hostChain(family, table, chains, name)),
  );
}

/** The tables of legacy iptables in the host. */
export function legacyTableNames(host: NetworkNamespace, family: Family): string[] {
  const file = `/proc/thread-self/net/${family}_tables_names`;
  return within(host, 'network.inspect', () => {
    try {
      return fs.readFileSync(file, 'latin1').split('\n').filter(Boolean);
    } catch {
      return [];
    }
  });
}

const BUILT_IN: Readonly<Record<string, Hook>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
};

function isBuiltIn(name: string): boolean {
  return Object.hasOwn(BUILT_IN, name);
}

function hostChain(family: Family, table: string, chains: LegacyChains, name: string): HostChain {
  const tool = TOOLS[family];
  const isFilter = table === 'filter';
  return {
    title: `chain ${name} of ${isFilter ? '' : `table ${table} of `}${tool}`,
    layer: 'inet',
    hook: BUILT_IN[name] ?? 'forward',
    priority: PRIORITIES[table] ?? 0,
    families: [family],
    isForNew: table === 'nat',
    judge: (packet) =>
      runChain(
        function* (called, changed) {
          for (const rule of chains.get(called)?.rules ?? []) yield* judgeLegacyRule(rule, changed, chains);
        },
        name,
        chains.get(name)?.policy ?? 'accept',
        packet,
      ),
    remedy: ({ iptables }) =>
      iptables.map((match) => `${tool} ${isFilter ? '' : `-t ${table} `}-I ${name} ${match} -j ACCEPT`),
  };
}
