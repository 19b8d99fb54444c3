import type { BondInfo, BondSlaveInfo } from './bond';
import type { BridgeInfo, BridgePortInfo } from './bridge';
import type { AddressFamily, FlagSet, KindInfo, Named, Unknown } from '../common/common';
import type { Inet, Inet6Info } from './inet';
import type * as kinds from './kinds';
import type { LinkBoth, XdpFlag } from './link-common';
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

/** The kinds with data of their own, and what the kernel reports of them. */
interface DataOfKind {
  bridge: BridgeInfo;
  bond: BondInfo;
  veth: VethInfo;
  netkit: NetkitInfo;
  macvlan: kinds.MacvlanInfo;
  macvtap: kinds.MacvlanInfo;
  ipvlan: kinds.IpvlanInfo;
  vlan: kinds.VlanInfo;
  vrf: kinds.VrfInfo;
  tun: kinds.TunInfo;
  vxlan: tunnels.VxlanInfo;
  geneve: tunnels.GeneveInfo;
  gre: tunnels.GreInfo;
  gretap: tunnels.GreInfo;
  ipip: tunnels.IpipInfo;
  sit: tunnels.SitInfo;
}

/** The kinds of masters, and what the kernel reports of their ports. */
interface DataOfPort {
  bridge: BridgePortInfo;
  bond: BondSlaveInfo;
  vrf: kinds.VrfPortInfo;
}

type PortInfo =
  | {
      [Kind in keyof DataOfPort]: { readonly slaveKind: Kind; readonly slaveData?: DataOfPort[Kind] };
    }[keyof DataOfPort]
  | { readonly slaveKind?: string; readonly slaveData?: never };

/**
 * A link as reported by the kernel. Comparing `kind` with a kind narrows `data`, and comparing `slaveKind` narrows
 * `slaveData`.
 */
export type LinkInfo = LinkBaseInfo &
  (KindInfo<DataOfKind> | { readonly kind?: never; readonly data?: never }) &
  PortInfo;

/** A link as reported by the kernel, without the data of its kind. */
export interface LinkBaseInfo extends LinkBoth, Unknown {
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
