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
