import type { NetworkNamespace } from '../../netns/namespace';
import type { LinkInfo } from '../../rtnl/types';
import { tag } from '../model/tags';

/** What carries the tag of a network in its host, by whatever names. */
export interface Tagged {
  /** Those of members, and of tunnels. */
  readonly ports: readonly LinkInfo[];
  readonly bridges: readonly LinkInfo[];
  /** Ports of the bridges without a tag of the network's: adopted by it, or somebody else's. */
  readonly strangers: readonly LinkInfo[];
}

/** Of a persistent network: one that lives with a process has a veth device for an uplink. */
export async function readTagged(host: NetworkNamespace, name: string): Promise<Tagged> {
  const all = await host.rtnl.link.list();
  const ports = all.filter(({ ifalias = '' }) => ifalias.startsWith(`${tag(name)}:`));
  const bridges = all.filter(({ ifalias, kind }) => ifalias === tag(name) && kind !== 'veth');
  const indexes = new Set<unknown>(bridges.map(({ index }) => index));
  const strangers = all.filter((link) => indexes.has(link.master) && !ports.includes(link));
  return { ports, bridges, strangers };
}
