import { isUnsupported } from '../../firewall/nft/unsupported';
import { deviceGroup, drop, icmp6 } from '../../firewall/nft/expressions';
import { tableName } from '../../firewall/network/table/network-table';
import type { FirewallRequest } from '../../firewall/nft/requests';
import { NetlinkError } from '../../errors/errors';
import type { NetworkNamespace } from '../../netns/namespace';
import { driverOf } from '../drivers';
import type { Layout } from '../model/layout';

/** ND_ROUTER_ADVERT of <netinet/icmp6.h>. */
const ADVERTISEMENT = 134;
// NF_BR_FORWARD of <linux/netfilter_bridge.h>.
const FORWARD = 2;

/** The requests for a table of that name; with `group` the rule applies only to packets received on ports of that group. */
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

/** False once a request has shown that the kernel has no bridge filters. */
let isPossible = true;

/** The kernel's error if the module of an expression is missing. */
const UNKNOWN = new Set(['ENOENT']);

/**
 * Makes a network's bridge drop router advertisements, so that no endpoint can give its neighbours an address and a
 * default route. The setting inside, accept_ra, would cost each endpoint 0.04 to 0.3 ms, more with each namespace of
 * the machine. On a kernel without bridge filters the network goes without. The table of a persistent network in its
 * host is removed with its other tables.
 */
export async function dropAdvertisements(hub: NetworkNamespace, layout: Layout): Promise<void> {
  if (!driverOf(layout).dropsAdvertisements(layout)) return;
  try {
    await hub.firewall.transaction(requestsFor(tableName(layout.name), layout.group));
  } catch (error) {
    if (!isUnsupported(error) && !(error instanceof NetlinkError && UNKNOWN.has(error.code))) throw error;
    isPossible = false;
  }
}

/** Whether a network's bridge has the filter, as far as this kernel supports it. */
export async function dropsAdvertisements(hub: NetworkNamespace, layout: Layout): Promise<boolean> {
  if (!isPossible || !driverOf(layout).dropsAdvertisements(layout)) return true;
  return (await hub.firewall.rules({ family: 'bridge', table: tableName(layout.name) })).length > 0;
}
