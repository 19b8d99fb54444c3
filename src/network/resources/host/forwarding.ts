import { forgetLeases } from '../../leases/forget-leases';
import { pruneLeases, releaseForwarding } from '../../leases/forwarding';
import { findRecord } from '../../journal/records';
import { lifetimeOf } from '../../model/lifetime';
import type { Removal, Resource } from '../definition/resource';

/** The network's leases: on the forwarding of the host's devices, and on routes to peers. */
export const forwarding: Resource = {
  of: 'whole',

  async find(removal) {
    return isHolder(removal) ? pruneLeases(removal.host, removal.leaving, true) : [];
  },

  async remove(removal) {
    const { host, isHostGone, name, layout, leaving, locked } = removal;
    if (layout && lifetimeOf(layout).isOwned) return releaseForwarding(host, name);
    await locked(async () => {
      if (!isHolder(removal)) return;
      if (isHostGone) forgetLeases(host, name, 'persistent');
      else await pruneLeases(host, leaving);
    });
  },
};

// Leases have the name of their holder: it may be a later network's by now.
function isHolder({ host, name, layout }: Removal): boolean {
  if (layout === undefined) return true;
  const found = findRecord(String(host.cookie), name);
  return found === undefined || 'invalid' in found || found.layout.id === layout.id;
}
