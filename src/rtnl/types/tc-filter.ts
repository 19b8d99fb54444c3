import type { Device, FlagSet, IpProtocol, KindInfo, Named, Unknown } from './common/common';
import type { TcHandle, TcStats } from './tc';

export type EtherType = Named<'all' | 'ip' | 'ipv6' | 'arp' | '802.1Q' | '802.1ad'>;

/** The verdict on a packet; 'drop' is the kernel's TC_ACT_SHOT. */
export type Verdict = Named<
  'ok' | 'reclassify' | 'drop' | 'pipe' | 'stolen' | 'queued' | 'repeat' | 'redirect' | 'trap' | 'continue'
>;

/** Sends a packet, or a copy of it, to another device. */
export interface MirredParms {
  readonly eaction?: Named<'egress_redirect' | 'egress_mirror' | 'ingress_redirect' | 'ingress_mirror'>;
  readonly dev?: Device;
  /** 'stolen' for a redirected packet, 'pipe' for a copied one. */
  readonly action?: Verdict;
  /** Actions with the same index are shared. */
  readonly index?: number;
}

export interface MirredData {
  readonly parms: MirredParms;
}

export interface MirredInfo extends MirredData, Unknown {}

export interface GactParms {
  readonly action?: Verdict;
  readonly index?: number;
}

/** Applies another verdict to one of `pval` packets. */
export interface GactProb {
  readonly ptype?: Named<'none' | 'random' | 'determ'>;
  readonly pval?: number;
  readonly paction?: Verdict;
}

/** Applies a verdict. */
export interface GactData {
  readonly parms: GactParms;
  readonly prob?: GactProb;
}

export interface GactInfo extends GactData, Unknown {}

interface ActionBoth {
  readonly index?: number;
  /** At most 16 bytes that the kernel only stores. */
  readonly cookie?: Uint8Array;
}

/** The action on a matching packet. */
export type Action = ActionBoth &
  (
    | { readonly kind: 'mirred'; readonly data: MirredData }
    | { readonly kind: 'gact'; readonly data: GactData }
  );

interface ActionBaseInfo extends ActionBoth, Unknown {
  readonly stats?: TcStats;
  readonly inHwCount?: number;
}

export type ActionInfo = ActionBaseInfo & KindInfo<{ mirred: MirredInfo; gact: GactInfo }>;

interface ClassifierBoth {
  /** The class for matching packets. */
  readonly classid?: TcHandle;
}

/** Runs its actions on matching packets, in order. */
interface Classifier extends ClassifierBoth {
  readonly actions?: readonly Action[];
}

interface ClassifierInfo extends ClassifierBoth, Unknown {
  readonly actions?: readonly ActionInfo[];
  readonly flags?: FlagSet<'skip_hw' | 'skip_sw' | 'in_hw' | 'not_in_hw' | 'verbose'>;
}

/** Four bytes of a packet: `at` is relative to the network header, as in `tc ... match u32 VALUE MASK at AT`. */
export interface U32Match {
  readonly at: number;
  readonly value: number;
  /** Default: all bits. */
  readonly mask?: number;
}

interface U32Both {
  /** All must match; an empty list matches every packet. */
  readonly match?: readonly U32Match[];
  readonly hash?: number;
  readonly link?: number;
  readonly divisor?: number;
  readonly indev?: string;
}

export interface U32Data extends U32Both, Classifier {}
export interface U32Info extends U32Both, ClassifierInfo {}

/** Matches every packet. Since Linux 4.8. */
export type MatchallData = Classifier;
export type MatchallInfo = ClassifierInfo;

/** The required values of a packet; a mask selects their bits, by default all. */
interface FlowerBoth {
  readonly indev?: string;
  readonly ethDst?: string;
  readonly ethDstMask?: string;
  readonly ethSrc?: string;
  readonly ethSrcMask?: string;
  readonly ethType?: EtherType;
  readonly ipProto?: IpProtocol;
  readonly ipv4Src?: string;
  readonly ipv4SrcMask?: string;
  readonly ipv4Dst?: string;
  readonly ipv4DstMask?: string;
  readonly ipv6Src?: string;
  readonly ipv6SrcMask?: string;
  readonly ipv6Dst?: string;
  readonly ipv6DstMask?: string;
  readonly tcpSrc?: number;
  readonly tcpSrcMask?: number;
  readonly tcpDst?: number;
  readonly tcpDstMask?: number;
  readonly udpSrc?: number;
  readonly udpSrcMask?: number;
  readonly udpDst?: number;
  readonly udpDstMask?: number;
  readonly sctpSrc?: number;
  readonly sctpSrcMask?: number;
  readonly sctpDst?: number;
  readonly sctpDstMask?: number;
  readonly vlanId?: number;
  readonly vlanPrio?: number;
  readonly vlanEthType?: EtherType;
  readonly icmpv4Code?: number;
  readonly icmpv4CodeMask?: number;
  readonly icmpv4Type?: number;
  readonly icmpv4TypeMask?: number;
  readonly icmpv6Code?: number;
  readonly icmpv6CodeMask?: number;
  readonly icmpv6Type?: number;
  readonly icmpv6TypeMask?: number;
  readonly tcpFlags?: number;
  readonly tcpFlagsMask?: number;
  readonly ipTos?: number;
  readonly ipTosMask?: number;
  readonly ipTtl?: number;
  readonly ipTtlMask?: number;
  /** Both ends are included. */
  readonly portSrcMin?: number;
  readonly portSrcMax?: number;
  readonly portDstMin?: number;
  readonly portDstMax?: number;
}

export interface FlowerData extends FlowerBoth, Classifier {}
export interface FlowerInfo extends FlowerBoth, ClassifierInfo {
  readonly inHwCount?: number;
}

/** A filter. The lowest `priority` is evaluated first. */
export type FilterAdd = {
  readonly dev: Device;
  /** 'ingress' and 'egress' are the hooks of a clsact; default: the device's root. */
  readonly parent?: TcHandle;
  /** Default: chosen by the kernel. Required in plans. */
  readonly priority?: number;
  /** Default: 'all'. */
  readonly protocol?: EtherType;
  /** Names the filter among those of its priority; default: chosen by the kernel. */
  readonly handle?: number;
  readonly chain?: number;
} & (
  | { readonly kind: 'u32'; readonly data: U32Data }
  | { readonly kind: 'flower'; readonly data: FlowerData }
  | { readonly kind: 'matchall'; readonly data: MatchallData }
);

/** Names filters to delete: all of a parent, those of a priority, or one by its handle, which get requires. */
export interface FilterRef {
  readonly dev: Device;
  readonly parent?: TcHandle;
  readonly priority?: number;
  readonly protocol?: EtherType;
  readonly handle?: number;
  readonly chain?: number;
  readonly kind?: string;
}

/** The kernel lists the filters of one parent. */
export interface FilterFilter {
  readonly dev: Device;
  readonly parent?: TcHandle;
  readonly chain?: number;
}

interface FilterBaseInfo extends Unknown {
  /** An index. */
  readonly dev: number;
  readonly parent: TcHandle;
  readonly priority: number;
  readonly protocol: EtherType;
  /** Of u32: 12 bits for the hash table, 8 for the bucket, 12 for the filter. */
  readonly handle: number;
  readonly chain?: number;
  readonly warning?: string;
}

/** The kinds of filters with data of their own. */
interface FilterData {
  u32: U32Info;
  flower: FlowerInfo;
  matchall: MatchallInfo;
}

export type FilterInfo = FilterBaseInfo & KindInfo<FilterData>;
