import { isUnsupported } from '../../firewall/nft/unsupported';
import { deviceGroup, drop, icmp6 } from '../../firewall/nft/expressions';
import { tableName } from '../../firewall/network/network-table';
import type { FirewallRequest } from '../../firewall/nft/requests';
import { NetlinkError } from '../../errors/errors';
import type { NetworkNamespace } from '../../netns/namespace';
import type { Layout } from '../model/layout';

/** ND_ROUTER_ADVERT of <netinet/icmp6.h>. */
const ADVERTISEMENT = 134;
// NF_BR_FORWARD of <linux/netfilter_bridge.h>.
const FORWARD = 2;

/** The requests for a table of that name; with `group` it is about what comes in by the ports of that group alone. */
function requestsFor(name: string, group?: number): FirewallRequest[] {
  const place = { family: 'bridge', table: name } as const;
  const hook = { hooknum: FORWARD, priority: 0 };
  const ours = group === undefined ? [] : deviceGroup('iifgroup', 'eq', group);
  const expressions = [...ours, ...icmp6(ADVERTISEMENT), drop];
  return [
    { family: 'nftTable', verb: 'add', body: { family: 'bridge', name } },
    { family: 'nftChain', verb: 'add', body: { ...place, name: 'forward', type: 'filter', hook } },
    { family: 'nftRule', verb: 'append', body: { ...place, chain: 'forward', expressions } },
  ];
}

/** False once the kernel has turned out to have no filters for bridges. */
let isPossible = true;

/** What the kernel says without the module of an expression. */
const UNKNOWN = new Set(['ENOENT']);

/**
 * Whether the bridge of a network is to drop router advertisements: with a subnet6 each endpoint ignores them by itself. Where a
 * network persists the tool iptables would leave the table behind.
 */
function isFiltered({
  ipv6,
  inet6,
  routed,
  macvlan,
  openvswitch,
  parent,
  lifetime,
  firewall,
}: Layout): boolean {
  if (!ipv6 || inet6 || routed || macvlan || openvswitch || parent !== undefined) return false;
  return lifetime === 'process' || (firewall ?? 'nftables') === 'nftables';
}

/**
 * Has a network's bridge drop router advertisements: no endpoint can give its neighbours an address and a default route. The setting
 * inside, accept_ra, would cost each endpoint 0.04 to 0.3 ms, more with each namespace of the machine. A kernel without filters
 * for bridges goes without. What a persistent network has in its host goes with its other tables.
 */
export async function dropAdvertisements(hub: NetworkNamespace, layout: Layout): Promise<void> {
  if (!isFiltered(layout)) return;
  try {
    await hub.firewall.transaction(requestsFor(tableName(layout.name), layout.group));
  } catch (error) {
    if (!isUnsupported(error) && !(error instanceof NetlinkError && UNKNOWN.has(error.code))) throw error;
    isPossible = false;
  }
}

/** Whether the bridge of a network drops what it is to drop, as far as this kernel can. */
export async function dropsAdvertisements(hub: NetworkNamespace, layout: Layout): Promise<boolean> {
  if (!isPossible || !isFiltered(layout)) return true;
  return (await hub.firewall.rules({ family: 'bridge', table: tableName(layout.name) })).length > 0;
}
