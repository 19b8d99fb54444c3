import type { FlagSet, Named, RouteTable, Unknown, VlanProtocol } from '../common/common';
import type { LinkCommon } from './link-common';

/** The other end of a pair. Created in the namespace `netns`; the kernel ignores `up` and `master` here. */
export type Peer = LinkCommon;

export interface VethLink {
  readonly kind: 'veth';
  readonly data?: VethData;
  /** If absent, the kernel names the other end and creates it in the same namespace. */
  readonly peer?: Peer;
}

/** The other end as in the tables; write {@link VethLink.peer} instead. */
export interface VethData {
  readonly peer?: Peer;
}

type NetkitPolicy = Named<'forward' | 'blackhole'>;
type NetkitScrub = Named<'none' | 'default'>;

interface NetkitBoth {
  /** The action for packets that no program handles. */
  readonly policy?: NetkitPolicy;
  readonly peerPolicy?: NetkitPolicy;
  readonly mode?: Named<'l2' | 'l3'>;
  /** Since Linux 6.13. */
  readonly scrub?: NetkitScrub;
  /** Since Linux 6.13. */
  readonly peerScrub?: NetkitScrub;
  /** Bytes. Since Linux 6.14. */
  readonly headroom?: number;
  /** Bytes. Since Linux 6.14. */
  readonly tailroom?: number;
}

export interface NetkitData extends NetkitBoth {
  readonly peer?: Peer;
}

/** Since Linux 6.7. */
export interface NetkitLink {
  readonly kind: 'netkit';
  readonly data?: NetkitData;
  readonly peer?: Peer;
}

interface MacvlanBoth {
  readonly mode?: Named<'private' | 'vepa' | 'bridge' | 'passthru' | 'source'>;
  readonly flags?: FlagSet<'nopromisc' | 'nodst'>;
  /** Mode 'source': the allowed source addresses. */
  readonly macaddrData?: readonly string[];
  readonly bcQueueLen?: number;
  /** Since Linux 6.4. */
  readonly bcCutoff?: number;
}

export interface MacvlanData extends MacvlanBoth {
  /** The operation on `macaddr` (add, del) or `macaddrData` (set). */
  readonly macaddrMode?: Named<'add' | 'del' | 'flush' | 'set'>;
  readonly macaddr?: string;
}

export interface MacvlanInfo extends MacvlanBoth, Unknown {
  readonly macaddrCount?: number;
  readonly bcQueueLenUsed?: number;
}

/** `link` names the device below. */
export interface MacvlanLink {
  readonly kind: 'macvlan' | 'macvtap';
  readonly data?: MacvlanData;
}

export interface IpvlanData {
  readonly mode?: Named<'l2' | 'l3' | 'l3s'>;
  readonly flags?: FlagSet<'private' | 'vepa'>;
}

export interface IpvlanInfo extends IpvlanData, Unknown {}

export interface IpvlanLink {
  readonly kind: 'ipvlan';
  readonly data?: IpvlanData;
}

export type VlanFlag = 'REORDER_HDR' | 'GVRP' | 'LOOSE_BINDING' | 'MVRP' | 'BRIDGE_BINDING';

/** `mask` selects flags, `flags` has their values. */
export interface VlanFlagPair {
  readonly flags?: FlagSet<VlanFlag>;
  readonly mask?: FlagSet<VlanFlag>;
}

export interface VlanQos {
  readonly from?: number;
  readonly to?: number;
}

export interface VlanData {
  readonly id?: number;
  readonly flags?: VlanFlagPair;
  /** Maps the packet's priority to the header's. */
  readonly egressQos?: readonly VlanQos[];
  /** Maps the header's priority to the packet's. */
  readonly ingressQos?: readonly VlanQos[];
  readonly protocol?: VlanProtocol;
}

export interface VlanInfo extends VlanData, Unknown {}

/** `link` names the device below. */
export interface VlanLink {
  readonly kind: 'vlan';
  readonly data: VlanData;
}

export interface VrfData {
  readonly table?: RouteTable;
}

export interface VrfInfo extends VrfData, Unknown {}

export interface VrfPortInfo extends Unknown {
  readonly table?: RouteTable;
}

export interface VrfLink {
  readonly kind: 'vrf';
  readonly data: VrfData;
}

/** A tun or tap device, which is created through /dev/net/tun. */
export interface TunInfo extends Unknown {
  readonly owner?: number;
  readonly group?: number;
  readonly type?: Named<'tun' | 'tap'>;
  readonly pi?: boolean;
  readonly vnetHdr?: boolean;
  readonly persist?: boolean;
  readonly multiQueue?: boolean;
  readonly numQueues?: number;
  readonly numDisabledQueues?: number;
}

/** Kinds without attributes of their own. */
export interface PlainLink {
  readonly kind: 'dummy' | 'ifb' | 'wireguard' | 'nlmon';
  readonly data?: Record<string, never>;
}
