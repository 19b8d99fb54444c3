import type { Device, KindInfo, Named, Unknown } from './common/common';

/** A qdisc or a class: '1:' or '1:10', both halves in hexadecimal as in `tc`, or 'root'. */
export type TcHandle = string;

export type LinkLayer = Named<'unaware' | 'ethernet' | 'atm'>;

/** The bytes that a rate counts per frame. */
interface RateBoth {
  /** Bytes added to the size of each packet that the kernel sees. */
  readonly overhead?: number;
  /** The minimum size that a packet counts for, in bytes. */
  readonly mpu?: number;
  /** Default: 'ethernet'. */
  readonly linklayer?: LinkLayer;
}

/** Limits the rate, with bursts of `burst` bytes; packets that would wait beyond the limit are dropped. */
export interface TbfData extends RateBoth {
  /** Bytes per second. */
  readonly rate: number;
  /** Bytes that may be sent at once, at least one frame. */
  readonly burst: number;
  /** Bytes that may wait. */
  readonly limit: number;
  /** Bytes per second at which a burst is sent; needs `mtu`. */
  readonly peakrate?: number;
  /** The bucket of the peak rate in bytes, at least one frame. */
  readonly mtu?: number;
}

/** Divides a rate among classes. */
export interface HtbData {
  /** The minor number of the default class; 0: unshaped. */
  readonly defcls?: number;
  /** The divisor from a class's rate to its quantum; default 10. */
  readonly rate2quantum?: number;
  readonly directQlen?: number;
  readonly offload?: boolean;
}

export interface HtbInfo extends HtbData, Unknown {
  readonly directPkts?: number;
}

export interface HtbClassData extends RateBoth {
  /** The guaranteed rate of the class, in bytes per second. */
  readonly rate: number;
  /** The maximum rate with unused shares of others, in bytes per second; default: the rate. */
  readonly ceil?: number;
  /** Bytes that may be sent at once; default 1600. */
  readonly burst?: number;
  /** The same at the maximum rate. */
  readonly cburst?: number;
  /** Bytes that one class sends before the next one's turn. */
  readonly quantum?: number;
  readonly prio?: number;
}

export interface HtbClassInfo extends HtbClassData, Unknown {
  readonly level: number;
}

/** Percent, 0 to 100. */
export interface NetemCorrelation {
  readonly delay?: number;
  readonly loss?: number;
  readonly duplicate?: number;
}

/** Percent, 0 to 100. */
export interface NetemChance {
  readonly probability?: number;
  readonly correlation?: number;
}

export interface NetemRate {
  /** Bytes per second. */
  readonly rate?: number;
  readonly packetOverhead?: number;
  readonly cellSize?: number;
  readonly cellOverhead?: number;
}

/** Emulates a bad line. */
export interface NetemData {
  /** Microseconds. */
  readonly delay?: number;
  /** Variation of the delay in microseconds, up and down. */
  readonly jitter?: number;
  /** Percent of the packets. */
  readonly loss?: number;
  /** Percent of the packets. */
  readonly duplicate?: number;
  /** Packets that may wait; default 1000. */
  readonly limit?: number;
  /** The correlation with the previous packet. */
  readonly correlation?: NetemCorrelation;
  /** Packets that are sent at once while others are delayed. */
  readonly reorder?: NetemChance;
  /** One of this many packets is not delayed. */
  readonly gap?: number;
  readonly corrupt?: NetemChance;
  readonly rate?: NetemRate;
  /** Bytes per second, if 32 bits are not enough. */
  readonly rate64?: bigint;
  /** 1: mark packets instead of dropping them. */
  readonly ecn?: number;
}

/** Separates flows and keeps queues short. Times are in microseconds. */
export interface FqCodelData {
  readonly target?: number;
  /** Packets. */
  readonly limit?: number;
  readonly interval?: number;
  /** 1: mark packets before dropping them. */
  readonly ecn?: number;
  readonly flows?: number;
  /** Bytes. */
  readonly quantum?: number;
  readonly ceThreshold?: number;
  readonly dropBatchSize?: number;
  /** Bytes. */
  readonly memoryLimit?: number;
  readonly ceThresholdSelector?: number;
  readonly ceThresholdMask?: number;
}

/** A queue: bfifo counts bytes, pfifo packets. */
export interface FifoData {
  readonly limit?: number;
}

export type QdiscKind =
  | { readonly kind: 'tbf'; readonly data: TbfData }
  | { readonly kind: 'htb'; readonly data: HtbData }
  | { readonly kind: 'netem'; readonly data: NetemData }
  | { readonly kind: 'fq_codel'; readonly data?: FqCodelData }
  | { readonly kind: 'pfifo' | 'bfifo'; readonly data?: FifoData }
  /** The hook for filters on received packets; clsact has one for sent packets as well. */
  | { readonly kind: 'ingress' | 'clsact'; readonly data?: never };

interface QdiscBoth {
  /** A filter block that several qdiscs share. */
  readonly ingressBlock?: number;
  readonly egressBlock?: number;
}

/** A queueing discipline. Kinds without options need only `kind`. */
export type QdiscAdd = QdiscBoth & {
  readonly dev: Device;
  /** The device itself ('root') or a class; default 'root'. */
  readonly parent?: TcHandle;
  /** Default: chosen by the kernel. */
  readonly handle?: TcHandle;
} & QdiscKind;

/** Names a qdisc by its parent: the root of the device, unless `parent` or the kind 'ingress' or 'clsact' is given. */
export interface QdiscRef {
  readonly dev: Device;
  readonly parent?: TcHandle;
  readonly handle?: TcHandle;
  readonly kind?: string;
}

/** The kernel always lists the qdiscs of all devices. */
export interface QdiscFilter {
  /** True: include those that the kernel created itself. */
  readonly invisible?: boolean;
}

/** Counters of packets and bytes. */
export interface TcStatsBasic {
  readonly bytes: bigint;
  readonly packets: number;
}

export interface TcStatsQueue {
  readonly qlen: number;
  /** Bytes. */
  readonly backlog: number;
  readonly drops: number;
  readonly requeues: number;
  readonly overlimits: number;
}

export interface TcStats extends Unknown {
  readonly basic?: TcStatsBasic;
  readonly queue?: TcStatsQueue;
  readonly basicHw?: TcStatsBasic;
  /** Set if the 32 bits of the packet counter are not enough. */
  readonly packets64?: bigint;
}

/** The kinds of qdiscs with data of their own. */
interface QdiscData {
  tbf: TbfData;
  htb: HtbInfo;
  netem: NetemData;
  fq_codel: FqCodelData;
  pfifo: FifoData;
  bfifo: FifoData;
}

interface QdiscBaseInfo extends QdiscBoth, Unknown {
  /** An index. */
  readonly dev: number;
  readonly handle: TcHandle;
  readonly parent: TcHandle;
  readonly refcnt: number;
  readonly stats?: TcStats;
  readonly hwOffload?: boolean;
  /** A message from a driver. Since Linux 6.3. */
  readonly warning?: string;
}

/** A qdisc as reported by the kernel; data of a kind without a table is in `unknown`. */
export type QdiscInfo = QdiscBaseInfo & KindInfo<QdiscData>;

/** A class of a qdisc; its name is its `handle`. */
export interface ClassAdd {
  readonly dev: Device;
  readonly handle: TcHandle;
  /** The qdisc, or the parent class. */
  readonly parent: TcHandle;
  readonly kind: 'htb';
  readonly data: HtbClassData;
}

export interface ClassRef {
  readonly dev: Device;
  readonly handle: TcHandle;
}

/** The kernel lists the classes of one device. */
export interface ClassFilter {
  readonly dev: Device;
  /** Only those of this qdisc. */
  readonly parent?: TcHandle;
}

interface ClassBaseInfo extends Unknown {
  /** An index. */
  readonly dev: number;
  readonly handle: TcHandle;
  readonly parent: TcHandle;
  /** The qdisc in the class. */
  readonly leaf: TcHandle;
  readonly stats?: TcStats;
  readonly warning?: string;
}

export type ClassInfo = ClassBaseInfo & KindInfo<{ htb: HtbClassInfo }>;
