import type { BondInfo, BondLink, BondSlaveData, BondSlaveInfo } from './bond';
import type { BridgeInfo, BridgeLink, BridgePortData, BridgePortInfo } from './bridge';
import type { AddressFamily, Device, FlagSet, Named, Unknown } from '../common/common';
import type { Inet, Inet6Info } from './inet';
import type * as kinds from './kinds';
import type { LinkBoth, LinkCommon, XdpFlag } from './link-common';
import type { LinkStats } from './stats';
import type * as tunnels from './tunnels';

export interface XdpInfo extends Unknown {
  readonly attached?: Named<'none' | 'drv' | 'skb' | 'hw' | 'multi'>;
  readonly flags?: FlagSet<XdpFlag>;
  readonly progId?: number;
  readonly drvProgId?: number;
  readonly skbProgId?: number;
  readonly hwProgId?: number;
}

export interface ProtoDownReasonInfo extends Unknown {
  readonly value?: number;
}

/** The synchronisation pin of a physical device. */
export interface DpllPin extends Unknown {
  readonly id?: number;
}

/** A kind with its data, in requests. */
export type LinkOfKind =
  | kinds.VethLink
  | BridgeLink
  | kinds.MacvlanLink
  | kinds.IpvlanLink
  | kinds.VlanLink
  | tunnels.VxlanLink
  | kinds.VrfLink
  | BondLink
  | tunnels.GeneveLink
  | tunnels.GreLink
  | tunnels.IpipLink
  | tunnels.SitLink
  | kinds.NetkitLink
  | kinds.PlainLink;

/** A link's settings as a member of its `master`. */
export type LinkAsSlave =
  | { readonly slaveKind?: never; readonly slaveData?: never }
  | { readonly slaveKind: 'bridge'; readonly slaveData?: BridgePortData }
  | { readonly slaveKind: 'bond'; readonly slaveData?: BondSlaveData };

/** A link to create. */
export type LinkAdd = LinkCommon & LinkAsSlave & LinkOfKind;

/** Names a link by a name or its index. */
export interface LinkRef {
  readonly index?: number;
  readonly ifname?: string;
  /** An alternative name of at most 127 bytes. Since Linux 5.5. */
  readonly altname?: string;
  readonly extMask?: FlagSet<ExtMask>;
  readonly targetNetnsid?: number;
}

/** Names a link to read. */
export interface LinkGet extends LinkRef, LinkParts {}

/** Optional parts of a reply. */
export interface LinkParts {
  /** Counters, as `stats64`: those of `ip -s`. */
  readonly stats?: boolean;
}

/** Optional parts to include in a reply, or to omit. */
export type ExtMask =
  'vf' | 'brvlan' | 'brvlan_compressed' | 'skip_stats' | 'mrp' | 'cfm_config' | 'cfm_status' | 'mst';

/**
 * Changes to one link, named by `index`, or else `altname` or `ifname`; with an index, `ifname` is the new name.
 * Attributes of a kind need the kind beside them.
 */
export type LinkSet = LinkCommon &
  LinkAsSlave &
  Pick<LinkRef, 'altname'> &
  ({ readonly kind?: never; readonly data?: never } | LinkOfKind);

/** Filters a list in the kernel. */
export interface LinkFilter extends LinkParts {
  readonly master?: Device;
  readonly kind?: string;
  readonly extMask?: FlagSet<ExtMask>;
  readonly targetNetnsid?: number;
}

export type LinkFlag =
  | 'LOOPBACK'
  | 'BROADCAST'
  | 'POINTOPOINT'
  | 'MULTICAST'
  | 'NOARP'
  | 'ALLMULTI'
  | 'PROMISC'
  | 'MASTER'
  | 'SLAVE'
  | 'DEBUG'
  | 'DYNAMIC'
  | 'AUTOMEDIA'
  | 'PORTSEL'
  | 'NOTRAILERS'
  | 'UP'
  | 'RUNNING'
  | 'LOWER_UP'
  | 'DORMANT'
  | 'ECHO';

/** Never set: the kernel reports a peer by `link` and `linkNetnsid`. */
export interface VethInfo extends Unknown {
  readonly peer?: LinkInfo;
}

export interface NetkitInfo extends Omit<kinds.NetkitData, 'peer'>, Unknown {
  readonly peer?: LinkInfo;
  readonly primary?: boolean;
}

/** The kernel's data of a kind. */
export type LinkDataInfo =
  | BridgeInfo
  | BondInfo
  | kinds.MacvlanInfo
  | kinds.IpvlanInfo
  | kinds.VlanInfo
  | kinds.VrfInfo
  | NetkitInfo
  | kinds.TunInfo
  | tunnels.VxlanInfo
  | tunnels.GeneveInfo
  | tunnels.GreInfo
  | tunnels.IpipInfo
  | tunnels.SitInfo;

/** A link as reported by the kernel. */
export interface LinkInfo extends LinkBoth, Unknown {
  readonly family: AddressFamily;
  readonly type: Named<
    | 'ether'
    | 'loopback'
    | 'ppp'
    | 'ipip'
    | 'tunnel6'
    | 'sit'
    | 'gre'
    | 'gre6'
    | 'netlink'
    | 'infiniband'
    | 'none'
    | 'void'
  >;
  readonly index: number;
  readonly ifname: string;
  readonly up: boolean;
  readonly flags: FlagSet<LinkFlag>;
  /** The index of the device below or, for veth, of the peer; in the namespace `linkNetnsid` if set. */
  readonly link?: number;
  readonly master?: number;
  readonly qdisc?: string;
  readonly kind?: string;
  readonly data?: LinkDataInfo;
  readonly slaveKind?: string;
  readonly slaveData?: BridgePortInfo | BondSlaveInfo | kinds.VrfPortInfo;
  readonly inet?: Inet;
  readonly inet6?: Inet6Info;
  readonly numVf?: number;
  /** In lists and gets with `stats: true`, and in events. */
  readonly stats64?: LinkStats;
  readonly promiscuity?: number;
  readonly physPortId?: Uint8Array;
  readonly carrierChanges?: number;
  readonly physSwitchId?: Uint8Array;
  readonly physPortName?: string;
  readonly xdp?: XdpInfo;
  readonly event?: number;
  readonly newNetnsid?: number;
  readonly carrierUpCount?: number;
  readonly carrierDownCount?: number;
  readonly minMtu?: number;
  readonly maxMtu?: number;
  readonly altnames?: readonly string[];
  readonly permAddress?: string;
  readonly protoDownReason?: ProtoDownReasonInfo;
  readonly parentDevName?: string;
  readonly parentDevBusName?: string;
  readonly tsoMaxSize?: number;
  readonly tsoMaxSegs?: number;
  /** The number of users of all-multicast mode. */
  readonly allmulti?: number;
  readonly devlinkPort?: Uint8Array;
  readonly dpllPin?: DpllPin;
  /** Nanoseconds. */
  readonly maxPacingOffloadHorizon?: bigint;
  /** The link cannot leave its namespace. Since Linux 6.15. */
  readonly netnsImmutable?: boolean;
  /** Bytes. */
  readonly headroom?: number;
  /** Bytes. */
  readonly tailroom?: number;
}

/** Adds or removes alternative names of a link, named by `index` or `ifname`. Since Linux 5.5. */
export interface Altnames {
  readonly index?: number;
  readonly ifname?: string;
  /** Each at most 127 bytes. */
  readonly altnames?: readonly string[];
}
