import type {
  AddressFamily,
  Device,
  FlagSet,
  IpProtocol,
  Named,
  RouteProtocol,
  RouteTable,
  RouteType,
  Scope,
  Unknown,
} from './common/common';

export type MetricName =
  | 'mtu'
  | 'window'
  | 'rtt'
  | 'rttvar'
  | 'ssthresh'
  | 'cwnd'
  | 'advmss'
  | 'reordering'
  | 'hoplimit'
  | 'initcwnd'
  | 'rtoMin'
  | 'initrwnd'
  | 'quickack'
  | 'ccAlgo';

/** Initial values for connections over this route. */
export interface RouteMetrics {
  /** The metrics that the kernel must not adapt. */
  readonly lock?: FlagSet<MetricName>;
  /** Bytes. */
  readonly mtu?: number;
  /** Bytes. */
  readonly window?: number;
  /** Eighths of a millisecond. */
  readonly rtt?: number;
  /** Quarters of a millisecond. */
  readonly rttvar?: number;
  readonly ssthresh?: number;
  readonly cwnd?: number;
  /** Bytes. */
  readonly advmss?: number;
  readonly reordering?: number;
  readonly hoplimit?: number;
  readonly initcwnd?: number;
  readonly features?: FlagSet<'ecn' | 'sack' | 'timestamp' | 'allfrag' | 'tcp_usec_ts'>;
  /** Milliseconds. */
  readonly rtoMin?: number;
  readonly initrwnd?: number;
  readonly quickack?: number;
  /** The name of a congestion control, at most 15 bytes. */
  readonly ccAlgo?: string;
  readonly fastopenNoCookie?: number;
}

export interface RouteMetricsInfo extends RouteMetrics, Unknown {}

export type HopFlag = 'dead' | 'pervasive' | 'onlink' | 'offload' | 'linkdown' | 'unresolved' | 'trap';

interface HopBoth {
  /** The gateway. */
  readonly via?: string;
  /** A gateway of another family than the route. Since Linux 5.2. */
  readonly rtvia?: string;
  /** The gateway is on the link although no prefix says so. */
  readonly onlink?: boolean;
  /** The weight of this hop, 1 to 256; default 1. */
  readonly weight?: number;
  readonly flow?: number;
}

/** One of several next hops. */
export interface Hop extends HopBoth {
  readonly dev?: Device;
}

export interface HopInfo extends HopBoth, Unknown {
  readonly dev: number;
  readonly weight: number;
  readonly flags: FlagSet<HopFlag>;
}

interface RouteBoth {
  /** The destination: 'default' or a prefix. */
  readonly to?: string;
  /** A source prefix; IPv6 only. */
  readonly from?: string;
  /** The gateway. */
  readonly via?: string;
  /** A gateway of another family than the route. Since Linux 5.2. */
  readonly rtvia?: string;
  readonly tos?: number;
  readonly protocol?: RouteProtocol;
  readonly scope?: Scope;
  readonly type?: RouteType;
  /** The gateway is on the link although no prefix says so. */
  readonly onlink?: boolean;
  /** The metric: of several routes to a destination, the lowest is used. */
  readonly priority?: number;
  /** The source address of packets that this machine sends over the route. */
  readonly src?: string;
  readonly flow?: number;
  readonly table?: RouteTable;
  readonly mark?: number;
  /** For routes from advertisements. */
  readonly pref?: Named<'low' | 'medium' | 'high'>;
  /** Seconds; IPv6 only. */
  readonly expires?: number;
  readonly uid?: number;
  readonly ipProto?: IpProtocol;
  readonly sport?: number;
  readonly dport?: number;
  /** The id of a next hop object, instead of gateway and device. Since Linux 5.3. */
  readonly nhId?: number;
  /** Since Linux 6.14. */
  readonly flowlabel?: number;
}

/** A route to create. */
export interface RouteAdd extends RouteBoth {
  readonly family?: AddressFamily;
  readonly dev?: Device;
  readonly metrics?: RouteMetrics;
  readonly multipath?: readonly Hop[];
}

/** Names a route to remove; absent properties match any value. */
export type RouteRef = RouteAdd;

/** Asks for the route that a packet would take. */
export interface RouteGet extends RouteAdd {
  readonly to: string;
  readonly iif?: Device;
  /** Include the table that was used. */
  readonly lookupTable?: boolean;
  /** Return the route itself instead of the lookup's result. Since Linux 4.13. */
  readonly fibMatch?: boolean;
}

/** Filters a list in the kernel. */
export interface RouteFilter {
  readonly family?: AddressFamily;
  readonly table?: RouteTable;
  readonly dev?: Device;
  readonly protocol?: RouteProtocol;
  readonly type?: RouteType;
}

export interface RouteCacheinfo {
  readonly clntref: number;
  readonly lastuse: number;
  /** Hundredths of a second. */
  readonly expires: number;
  readonly error: number;
  readonly used: number;
  readonly id: number;
  readonly ts: number;
  readonly tsage: number;
}

export type RouteFlag =
  HopFlag | 'notify' | 'cloned' | 'equalize' | 'prefix' | 'rt_offload' | 'rt_trap' | 'rt_offload_failed';

/** A route as reported by the kernel. Devices are indexes; without `to` it is a default route. */
export interface RouteInfo extends RouteBoth, Unknown {
  readonly family: AddressFamily;
  readonly table: RouteTable;
  readonly tos: number;
  readonly protocol: RouteProtocol;
  readonly scope: Scope;
  readonly type: RouteType;
  readonly flags: FlagSet<RouteFlag>;
  readonly dev?: number;
  readonly iif?: number;
  readonly metrics?: RouteMetricsInfo;
  readonly multipath?: readonly HopInfo[];
  readonly cacheinfo?: RouteCacheinfo;
}
