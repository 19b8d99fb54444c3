import { isAbsent } from '../firewall/absent';
import { drop, icmp6 } from '../firewall/expressions';
import type { FirewallRequest } from '../firewall/requests';
import { NetlinkError } from '../errors';
import type { NetworkNamespace } from '../netns/namespace';

const PLACE = { family: 'bridge', table: 'netloom' } as const;
/** ND_ROUTER_ADVERT of <netinet/icmp6.h>. */
const ADVERTISEMENT = 134;
// NF_BR_FORWARD of <linux/netfilter_bridge.h>.
const FORWARD = 2;

const REQUESTS: readonly FirewallRequest[] = [
  { family: 'nftTable', verb: 'add', body: { family: PLACE.family, name: PLACE.table } },
  {
    family: 'nftChain',
    verb: 'add',
    body: { ...PLACE, name: 'forward', type: 'filter', hook: { hooknum: FORWARD, priority: 0 } },
  },
  {
    family: 'nftRule',
    verb: 'append',
    body: { ...PLACE, chain: 'forward', expressions: [...icmp6(ADVERTISEMENT), drop] },
  },
];

const UNKNOWN = new Set(['EOPNOTSUPP', 'EAFNOSUPPORT', 'EPROTONOSUPPORT', 'ENOENT']);

/**
 * Has the bridge in a namespace of its own drop router advertisements: no endpoint can give its neighbours an address and a default
 * route. The setting inside, accept_ra, would cost each endpoint 0.04 to 0.3 ms, more with each namespace of the machine. A kernel
 * without filters for bridges goes without.
 */
export async function dropAdvertisements(hub: NetworkNamespace): Promise<void> {
  try {
    await hub.firewall.transaction(REQUESTS);
  } catch (error) {
    if (!isAbsent(error) && !(error instanceof NetlinkError && UNKNOWN.has(error.code))) throw error;
  }
}
