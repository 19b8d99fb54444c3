import type { AddressFamily, Device, FlagSet } from './common/common';
import type { EntryBoth, EntryInfo, NeighExtFlag, NeighStateName } from './neigh';

/** Several may apply at once: iproute2's "static" is noarp and reachable. */
export type FdbState = FlagSet<NeighStateName>;

export interface FdbExtAttrs {
  readonly activityNotify?: number;
  readonly dontRefresh?: boolean;
}

interface FdbBoth {
  readonly state?: FdbState;
  readonly vlan?: number;
  /** The UDP port of a tunnel's remote end. */
  readonly port?: number;
  readonly vni?: number;
  readonly srcVni?: number;
  /** The id of a next hop object. */
  readonly nhId?: number;
  readonly fdbExtAttrs?: FdbExtAttrs;
}

/** A forwarding entry of a bridge (flags ['master']) or of the device itself (['self'], as for a VXLAN). */
export interface FdbAdd extends EntryBoth, FdbBoth {
  readonly lladdr: string;
  readonly dev: Device;
  readonly family?: AddressFamily;
  /** The address of a tunnel's remote end. */
  readonly to?: string;
  /** The device through which a tunnel's packets leave. */
  readonly ifindex?: Device;
  readonly master?: Device;
}

/** Names a forwarding entry. */
export interface FdbRef extends EntryBoth, FdbBoth {
  readonly dev: Device;
  readonly to?: string;
  readonly ifindex?: Device;
}

/** Filters a list in the kernel: one port, or those of one bridge. */
export interface FdbFilter {
  readonly dev?: Device;
  readonly master?: Device;
}

/** A forwarding entry as reported by the kernel. Devices are indexes. */
export interface FdbInfo extends EntryInfo, FdbBoth {
  readonly flagsExt?: FlagSet<NeighExtFlag>;
  readonly state: FdbState;
  readonly ifindex?: number;
  readonly master?: number;
  readonly linkNetnsid?: number;
}
