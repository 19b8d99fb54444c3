import { forgetLeases } from '../../leases/forget-leases';
import { pruneLeases, releaseForwarding } from '../../leases/forwarding';
import { lifetimeOf } from '../../model/lifetime';
import type { Resource } from '../definition/resource';

/** The network's leases: on the forwarding of the host's devices, and on routes to peers. */
export const forwarding: Resource = {
  of: 'whole',

  async find(removal) {
    return pruneLeases(removal.host, removal.leaving, true);
  },

  async remove(removal) {
    const { host, isHostGone, name, layout, leaving, locked } = removal;
    if (layout && lifetimeOf(layout).isOwned) return releaseForwarding(host, name);
    await locked(async () => {
      if (isHostGone) forgetLeases(host, name, 'persistent');
      else await pruneLeases(host, leaving);
    });
  },
};
