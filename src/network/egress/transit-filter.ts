import { IptablesRules } from '../../firewall/iptables/iptables-rules';
import type { Family } from '../../base/ip';
import type { SocketHandle } from '../../native/handles';
import type { NetworkNamespace } from '../../netns/namespace';
import { leasedDevices, leasesOf, devicesOpenedFor } from '../leases/forwarding';
import { forwardsAll } from '../host/forwarding-settings';
import { watchTable } from '../host/watch';
import type { Layout } from '../model/layout';
import { flavourOf } from '../model/firewall';
import { openedWithoutLease } from '../leases/opened-by-rules';
import { isTransitBlocked, restoreTransitTable, blockTransit, openedTable } from '../leases/transit-table';

/** A network whose host forwards for it. */
export interface Place {
  readonly host: NetworkNamespace;
  readonly layout: Layout;
  /** The socket that owns its tables, if one does. */
  readonly owner?: SocketHandle | undefined;
}

/** Blocks transit traffic on the devices that forward for networks alone, as long as they do. */
interface TransitFilter {
  /** The devices on which it is blocked whose lease was lost, and that the filter itself would forget with the lease. */
  withoutLease(place: Place, family: Family): Promise<readonly string[]>;
  /** Blocks it on the currently leased devices. Call it under the lock. */
  block(place: Place, family: Family, all: boolean): Promise<void>;
  /** Whether it is blocked, as far as known. */
  isBlocked(place: Place, family: Family): Promise<boolean>;
  /**
   * Blocks it again after others removed the rules: for both families, and without further steps in between. Call
   * it under the lock.
   */
  restore(place: Place): Promise<void>;
  /** Calls `changed` after others may have removed the rules. */
  watch(host: NetworkNamespace, changed: () => void): () => void;
}

/** All networks on nf_tables share one table of the host. */
const tableFilter: TransitFilter = {
  // The table keeps them.
  withoutLease: () => Promise.resolve([]),
  block: ({ host, owner }, family, all) =>
    blockTransit(host, family, { ...leasedDevices(host, family, all), all }, owner),
  isBlocked: async ({ host, layout, owner }, family) =>
    devicesOpenedFor(host, layout.name, family).length === 0 ||
    isTransitBlocked(host, family, leasedNow(host, family), owner),
  restore: ({ host, owner }) => restoreTransitTable(host, (family) => leasedNow(host, family), owner),
  watch: (host, changed) => watchTable(host, openedTable().name, changed),
};

/** A network on iptables has rules of its own: no process owns them, and their loss is not notified. */
const iptablesFilter: TransitFilter = {
  withoutLease: async ({ host, layout }, family) => {
    const firewall = flavourOf(layout);
    return firewall === undefined ? [] : openedWithoutLease(host, { name: layout.name, firewall }, family);
  },
  block: async ({ host, layout }, family) => {
    const flavour = flavourOf(layout);
    if (flavour === undefined) return;
    const rules = new IptablesRules(host, layout.name, flavour);
    await rules.blockTransit(family, devicesOpenedFor(host, layout.name, family));
  },
  isBlocked: () => Promise.resolve(true),
  restore: () => Promise.resolve(),
  watch: () => () => undefined,
};

function leasedNow(host: NetworkNamespace, family: Family): readonly number[] {
  return leasedDevices(host, family, leasesOf(host, family).length > 0 && forwardsAll(host, family)).held;
}

export function transitFilterOf(layout: Layout): TransitFilter {
  return flavourOf(layout) === undefined ? tableFilter : iptablesFilter;
}
