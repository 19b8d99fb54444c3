import type { Peer } from '../../model/network-state';
import { isOneOf } from '../../leases/lease-holder';
import { pruneRoutes, removeLostRoutes } from '../../leases/routes';
import type { Removal, Resource } from '../definition/resource';

/**
 * The entries of peers in the network's rules, and the leases on their routes. A whole network's entries go with its
 * rules, its leases with all others: there remain the routes whose lease was lost.
 */
export const peers: Resource = {
  of: 'any',
  with: 'peers',
  endsWithHost: true,

  async find(removal) {
    const found: string[] = [];
    for (const peer of removal.state.peers ?? []) {
      if (!removal.isWhole) found.push(...(await prune(removal, peer, true)));
      found.push(...(await removeLostRoutes(removal.host, removal.leaving, [peer], true)));
    }
    return found;
  },

  async remove(removal) {
    const { host, leaving: networks, rules, isWhole, state, locked } = removal;
    const { peers: leaving = [] } = state;
    await locked(async () => {
      for (const peer of isWhole ? [] : leaving) {
        await rules.withdrawPeers([peer.subnet]);
        await prune(removal, peer);
      }
      await removeLostRoutes(host, networks, leaving);
    });
  },
};

function prune({ host, leaving }: Removal, { subnet }: Peer, dryRun = false): Promise<string[]> {
  return pruneRoutes(host, isOneOf(leaving), { subnet, dryRun });
}
