import type { AddrInfo, NeighInfo, NexthopInfo, RouteInfo, RuleInfo } from '../../rtnl/types';
import { inspectFirewall, type InspectedFirewall } from './firewall';
import { followLinks, type InspectedLink } from './linked-devices';
import { rtnlOf } from '../../rtnl/rtnl-of';
import { readSettings } from './settings';
import type { OpenNamespace } from '../../nsfs/handle';

type Fields = Omit<NamespaceSnapshot, 'toJSON'>;

/**
 * The configuration of a namespace. The objects are those of `rtnl` and `firewall`, with bigint for 64-bit values and
 * Uint8Array for bytes. In JSON (`JSON.stringify(snapshot)`) these become decimal and hexadecimal strings.
 */
export class NamespaceSnapshot {
  /** With the devices they are bound to, resolved across namespaces. */
  readonly links!: readonly InspectedLink[];
  readonly addresses!: readonly AddrInfo[];
  /** All tables and families. */
  readonly routes!: readonly RouteInfo[];
  readonly rules!: readonly RuleInfo[];
  readonly neighbours!: readonly NeighInfo[];
  readonly nexthops!: readonly NexthopInfo[];
  readonly firewall!: InspectedFirewall;
  /** The settings that affect where packets go, by path below /proc/sys. */
  readonly sysctls!: Readonly<Record<string, string>>;

  private constructor(fields: Fields) {
    Object.assign(this, fields);
  }

  /** @internal Reads one kind after another. */
  static async take(netns: OpenNamespace): Promise<NamespaceSnapshot> {
    const rtnl = rtnlOf(netns);
    const links = await rtnl.link.list();
    return new NamespaceSnapshot({
      links: await followLinks(netns, links),
      addresses: await rtnl.addr.list(),
      routes: await rtnl.route.list(),
      rules: await rtnl.rule.list(),
      neighbours: await rtnl.neigh.list(),
      nexthops: await rtnl.nexthop.list(),
      firewall: await inspectFirewall(netns, new Map(links.map(({ index, ifname }) => [index, ifname]))),
      sysctls: readSettings(netns),
    });
  }

  toJSON(): object {
    return plain(Object.fromEntries(Object.entries(this))) as object;
  }
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
