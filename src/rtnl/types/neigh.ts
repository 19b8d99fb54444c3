import type {
  AddressFamily,
  Device,
  FlagSet,
  Named,
  RouteProtocol,
  RouteType,
  Unknown,
} from './common/common';

export type NeighStateName =
  'incomplete' | 'reachable' | 'stale' | 'delay' | 'probe' | 'failed' | 'noarp' | 'permanent';

export type NeighState = Named<'none' | NeighStateName>;

export type NeighFlag =
  'use' | 'self' | 'master' | 'proxy' | 'extern_learn' | 'offload' | 'sticky' | 'router';

/** Properties that neighbours and forwarding entries share. */
export interface EntryBoth {
  /** The link-layer address. */
  readonly lladdr?: string;
  readonly flags?: FlagSet<NeighFlag>;
}

/** Since Linux 5.16. */
export type NeighExtFlag = 'managed' | 'locked' | 'extern_valid';

interface NeighBoth extends EntryBoth {
  readonly state?: NeighState;
  readonly flagsExt?: FlagSet<NeighExtFlag>;
  readonly protocol?: RouteProtocol;
}

/** A neighbour to add: the address, the device, and its known properties. */
export interface NeighAdd extends NeighBoth {
  readonly to: string;
  readonly dev: Device;
  /** Default: derived from the address. */
  readonly family?: AddressFamily;
}

/** Names a neighbour. */
export interface NeighRef {
  readonly to: string;
  readonly dev: Device;
  readonly family?: AddressFamily;
  readonly flags?: FlagSet<NeighFlag>;
}

/** Filters a list in the kernel. */
export interface NeighFilter {
  readonly family?: AddressFamily;
  readonly dev?: Device;
  /** The bridge, bond or vrf above the device. */
  readonly master?: Device;
  /** ['proxy'] lists proxy entries instead. */
  readonly flags?: FlagSet<NeighFlag>;
}

export interface NeighCacheinfo {
  /** Hundredths of a second ago, as are the next two. */
  readonly confirmed: number;
  readonly used: number;
  readonly updated: number;
  readonly refcnt: number;
}

/** Properties in replies about both. */
export interface EntryInfo extends EntryBoth, Unknown {
  readonly family: AddressFamily;
  /** An index. */
  readonly dev: number;
  readonly flags: FlagSet<NeighFlag>;
  readonly type: RouteType;
  readonly to?: string;
  readonly cacheinfo?: NeighCacheinfo;
}

/** A neighbour as reported by the kernel. */
export interface NeighInfo extends EntryInfo, NeighBoth {
  readonly flags: FlagSet<NeighFlag>;
  readonly state: NeighState;
  readonly probes?: number;
}
