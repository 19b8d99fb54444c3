import { tableName } from '../../firewall/network/table/network-table';
import type { FirewallTable } from '../../firewall/nft/ruleset';
import { isUnsupported } from '../../firewall/nft/unsupported';
import type { NetworkNamespace } from '../../netns/namespace';
import type { LinkInfo } from '../../rtnl/types';
import { tag } from '../model/tags';

/** The devices with a network's tag in its host, whatever their names. */
export interface Tagged {
  /** Ports of members, and of tunnels. */
  readonly ports: readonly LinkInfo[];
  readonly bridges: readonly LinkInfo[];
  /** Ports of the bridges without the network's tag: adopted by it, or foreign. */
  readonly untagged: readonly LinkInfo[];
}

/** For a persistent network: the uplink of one that lives with a process is a veth device. */
export async function readTagged(host: NetworkNamespace, name: string): Promise<Tagged> {
  const all = await host.rtnl.link.list();
  const ports = all.filter(({ ifalias = '' }) => ifalias.startsWith(`${tag(name)}:`));
  const bridges = all.filter(({ ifalias, kind }) => ifalias === tag(name) && kind !== 'veth');
  const indexes = new Set<unknown>(bridges.map(({ index }) => index));
  const untagged = all.filter((link) => indexes.has(link.master) && !ports.includes(link));
  return { ports, bridges, untagged };
}

/** Whether the uplink of a network stands that lives with a process. */
export async function hasUplink(host: NetworkNamespace, name: string): Promise<boolean> {
  const links = await host.rtnl.link.list();
  return links.some(({ ifalias, kind }) => ifalias === tag(name) && kind === 'veth');
}

/**
 * The networks whose devices or tables are on a host, whoever made them. Not by the uplink of a network that lives with a
 * process: the kernel removes it some time after the process.
 */
export async function standingNetworks(host: NetworkNamespace): Promise<Set<string>> {
  const names = new Set<string>();
  for (const { ifalias = '', kind } of await host.rtnl.link.list()) {
    const [name = ''] = ifalias.startsWith(tag('')) ? ifalias.slice(tag('').length).split(':') : [];
    if (name !== '' && !(kind === 'veth' && ifalias === tag(name))) names.add(name);
  }
  const start = tableName('');
  for (const { name } of await tablesOf(host))
    if (name.startsWith(start)) names.add(name.slice(start.length));
  return names;
}

/** All tables of a host; none where the kernel has no nf_tables. */
export async function tablesOf(host: NetworkNamespace): Promise<FirewallTable[]> {
  try {
    return await host.firewall.tables();
  } catch (error) {
    if (isUnsupported(error)) return [];
    throw error;
  }
}
