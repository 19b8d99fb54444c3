import type { FlagSet, Named, RouteTable, Unknown, VlanProtocol } from '../common/common';
import type { LinkCommon } from './link-common';

/** The other end of a pair. It is born where `netns` says; the kernel ignores `up` and `master` here. */
export type Peer = LinkCommon;

export interface VethLink {
  readonly kind: 'veth';
  readonly data?: VethData;
  /** Without it the kernel names the other end and leaves it beside the first. */
  readonly peer?: Peer;
}

/** The table's form of the other end; {@link VethLink.peer} is the one to write. */
export interface VethData {
  readonly peer?: Peer;
}

type NetkitPolicy = Named<'forward' | 'blackhole'>;
type NetkitScrub = Named<'none' | 'default'>;

interface NetkitBoth {
  /** What happens to packets that no program decides about. */
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
  /** Mode 'source': the addresses that may send. */
  readonly macaddrData?: readonly string[];
  readonly bcQueueLen?: number;
  /** Since Linux 6.4. */
  readonly bcCutoff?: number;
}

export interface MacvlanData extends MacvlanBoth {
  /** What to do with `macaddr` (add, del) or `macaddrData` (set). */
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

/** `mask` says which are meant, `flags` which of those are on. */
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
  /** From the packet's priority to that of the header. */
  readonly egressQos?: readonly VlanQos[];
  /** From the header's priority to that of the packet. */
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

/** A tun or tap device, which is made through /dev/net/tun. */
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
