import type { AddressFamily, Device, FlagSet, Named, RouteProtocol, Scope, Unknown } from './common/common';
import type { HopFlag } from './route';

/** A next hop object within a group. */
export interface NexthopGroupMember {
  readonly id: number;
  /** The weight of this hop, 1 to 256, since Linux 6.12 to 65535; default 1. */
  readonly weight?: number;
}

interface ResGroupBoth {
  readonly buckets?: number;
  /** Hundredths of a second. */
  readonly idleTimer?: number;
  /** Hundredths of a second. */
  readonly unbalancedTimer?: number;
}

/** A group that keeps flows on their hops when members change. Since Linux 5.13. */
export type ResGroup = ResGroupBoth;

export interface ResGroupInfo extends ResGroupBoth, Unknown {
  /** Hundredths of a second. */
  readonly unbalancedTime?: bigint;
}

interface NexthopBoth {
  readonly id?: number;
  readonly group?: readonly NexthopGroupMember[];
  readonly groupType?: Named<'mpath' | 'resilient'>;
  readonly blackhole?: boolean;
  /** The gateway. */
  readonly via?: string;
  readonly onlink?: boolean;
  /** For forwarding entries of VXLANs. */
  readonly fdb?: boolean;
  readonly protocol?: RouteProtocol;
  /** Since Linux 6.9. */
  readonly hwStatsEnable?: number;
}

/** A next hop to create; by default, the kernel chooses the id. */
export interface NexthopAdd extends NexthopBoth {
  /** Default: derived from `via`; required with a device only. */
  readonly family?: AddressFamily;
  readonly dev?: Device;
  readonly resGroup?: ResGroup;
}

export interface NexthopRef {
  readonly id: number;
  /** Since Linux 6.9. */
  readonly opFlags?: FlagSet<NexthopOpFlag>;
}

export type NexthopOpFlag = 'dump_stats' | 'dump_hw_stats' | 'resp_grp_resvd_0';

/** Filters a list in the kernel. */
export interface NexthopFilter {
  readonly family?: AddressFamily;
  readonly dev?: Device;
  readonly master?: Device;
  /** Groups only. */
  readonly groups?: boolean;
  readonly fdb?: boolean;
  readonly opFlags?: FlagSet<NexthopOpFlag>;
}

export interface NexthopGroupStats extends Unknown {
  readonly id?: number;
  readonly packets?: bigint;
  readonly packetsHw?: bigint;
}

/** A next hop as reported by the kernel; `dev` is an index. */
export interface NexthopInfo extends NexthopBoth, Unknown {
  readonly id: number;
  readonly family: AddressFamily;
  readonly scope: Scope;
  readonly flags: FlagSet<HopFlag>;
  readonly dev?: number;
  readonly resGroup?: ResGroupInfo;
  readonly groupStats?: readonly NexthopGroupStats[];
  readonly hwStatsUsed?: number;
}
