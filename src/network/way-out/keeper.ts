import { IptablesRules } from '../../firewall/iptables/iptables-rules';
import type { Family } from '../../base/ip';
import type { SocketHandle } from '../../native/handles';
import type { NetworkNamespace } from '../../netns/namespace';
import { devicesUnderLease, leasesOf, openedFor } from '../leases/forwarding';
import { forwardsAll } from '../host/forwards';
import { watchTable } from '../host/watch';
import type { Layout } from '../model/layout';
import { flavourOf } from '../model/firewall';
import { areStrangersKeptOff, healStrangers, keepStrangersOff, openedTable } from '../leases/strangers';

/** A network whose host forwards for it. */
export interface Place {
  readonly host: NetworkNamespace;
  readonly layout: Layout;
  /** The socket that owns its tables, if one does. */
  readonly owner?: SocketHandle | undefined;
}

/** Keeps strangers off the devices that forward for networks alone, as long as they do. */
interface Keeper {
  /** Keeps them off the currently leased devices. Call it under the lock. */
  keep(place: Place, family: Family, all: boolean): Promise<void>;
  /** Whether they are kept off, as far as known. */
  isKept(place: Place, family: Family): Promise<boolean>;
  /**
   * Keeps them off again after others let them in: for both families, and without further steps in between. Call it
   * under the lock.
   */
  heal(place: Place): Promise<void>;
  /** Calls `changed` after others may have let strangers in. */
  watch(host: NetworkNamespace, changed: () => void): () => void;
}

/** All networks on nf_tables share one table of the host. */
const byTable: Keeper = {
  keep: ({ host, owner }, family, all) =>
    keepStrangersOff(host, family, { ...devicesUnderLease(host, family, all), all }, owner),
  isKept: async ({ host, layout, owner }, family) =>
    openedFor(host, layout.name, family).length === 0 ||
    areStrangersKeptOff(host, family, heldNow(host, family), owner),
  heal: ({ host, owner }) => healStrangers(host, (family) => heldNow(host, family), owner),
  watch: (host, changed) => watchTable(host, openedTable().name, changed),
};

/** A network on iptables has rules of its own: no process owns them, and their loss is not notified. */
const byRules: Keeper = {
  keep: async ({ host, layout }, family) => {
    const flavour = flavourOf(layout);
    if (flavour === undefined) return;
    const rules = new IptablesRules(host, layout.name, flavour);
    await rules.keepStrangersOff(family, openedFor(host, layout.name, family));
  },
  isKept: () => Promise.resolve(true),
  heal: () => Promise.resolve(),
  watch: () => () => undefined,
};

function heldNow(host: NetworkNamespace, family: Family): readonly number[] {
  return devicesUnderLease(host, family, leasesOf(host, family).length > 0 && forwardsAll(host, family)).held;
}

export function keeperOf(layout: Layout): Keeper {
  return flavourOf(layout) === undefined ? byTable : byRules;
}
