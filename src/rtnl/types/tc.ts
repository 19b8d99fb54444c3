import type { Device, Named, Unknown } from './common/common';

/** A qdisc or a class: '1:' or '1:10', both halves in hexadecimal as `tc` has them, or 'root'. */
export type TcHandle = string;

export type LinkLayer = Named<'unaware' | 'ethernet' | 'atm'>;

/** What a rate counts of a frame. */
interface RateBoth {
  /** Bytes that every packet has beside those that the kernel sees. */
  readonly overhead?: number;
  /** The least bytes that a packet counts for. */
  readonly mpu?: number;
  /** 'ethernet' if left out. */
  readonly linklayer?: LinkLayer;
}

/** Lets a rate through, and bursts of so many bytes; what waits beyond the limit is dropped. */
export interface TbfData extends RateBoth {
  /** Bytes a second. */
  readonly rate: number;
  /** Bytes that may pass at once, at least one frame. */
  readonly burst: number;
  /** Bytes that may wait. */
  readonly limit: number;
  /** Bytes a second at which a burst may pass; needs `mtu`. */
  readonly peakrate?: number;
  /** The bucket of the peak rate, in bytes: at least one frame. */
  readonly mtu?: number;
}

/** Shares a rate among classes. */
export interface HtbData {
  /** The minor number of the class for what no filter sends elsewhere; 0: unshaped. */
  readonly defcls?: number;
  /** Divides the rate of a class into its quantum; 10 if left out. */
  readonly rate2quantum?: number;
  readonly directQlen?: number;
  readonly offload?: boolean;
}

export interface HtbInfo extends HtbData, Unknown {
  readonly directPkts?: number;
}

export interface HtbClassData extends RateBoth {
  /** Bytes a second that the class is sure of. */
  readonly rate: number;
  /** Bytes a second with what others leave over; the rate if left out. */
  readonly ceil?: number;
  /** Bytes that may pass at once: 1600 if left out. */
  readonly burst?: number;
  /** Likewise at the ceiling. */
  readonly cburst?: number;
  /** Bytes that one class sends before its neighbour's turn. */
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
  /** Bytes a second. */
  readonly rate?: number;
  readonly packetOverhead?: number;
  readonly cellSize?: number;
  readonly cellOverhead?: number;
}

/** Behaves like a bad line. */
export interface NetemData {
  /** Microseconds. */
  readonly delay?: number;
  /** Microseconds by which the delay varies, to both sides. */
  readonly jitter?: number;
  /** Percent of the packets. */
  readonly loss?: number;
  /** Percent of the packets. */
  readonly duplicate?: number;
  /** Packets that may wait; 1000 if left out. */
  readonly limit?: number;
  /** How much a packet's fate follows that of the one before. */
  readonly correlation?: NetemCorrelation;
  /** Packets that are sent at once while the others are delayed. */
  readonly reorder?: NetemChance;
  /** Every so many packets one is not delayed. */
  readonly gap?: number;
  readonly corrupt?: NetemChance;
  readonly rate?: NetemRate;
  /** Bytes a second, where 32 bits are too few. */
  readonly rate64?: bigint;
  /** 1: mark packets instead of losing them. */
  readonly ecn?: number;
}

/** Keeps flows apart and queues short. Times are microseconds. */
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
  /** Where filters see what a device receives; clsact has a place for what it sends as well. */
  | { readonly kind: 'ingress' | 'clsact'; readonly data?: never };

interface QdiscBoth {
  /** The block of filters that several qdiscs share. */
  readonly ingressBlock?: number;
  readonly egressBlock?: number;
}

/** A queueing discipline. Kinds without options of their own are named by `kind` alone. */
export type QdiscAdd = QdiscBoth & {
  readonly dev: Device;
  /** The device itself ('root') or a class; 'root' if left out. */
  readonly parent?: TcHandle;
  /** Chosen by the kernel if left out. */
  readonly handle?: TcHandle;
} & QdiscKind;

/** Names a qdisc by its place: the root of the device unless `parent`, or the kind 'ingress' or 'clsact', says otherwise. */
export interface QdiscRef {
  readonly dev: Device;
  readonly parent?: TcHandle;
  readonly handle?: TcHandle;
  readonly kind?: string;
}

/** The kernel always lists the qdiscs of all devices. */
export interface QdiscFilter {
  /** True: also those that the kernel made by itself. */
  readonly invisible?: boolean;
}

/** The packets and bytes that passed. */
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
  /** Where the 32 bits of the packets above are too few. */
  readonly packets64?: bigint;
}

/** A qdisc as the kernel tells of it; data of kinds without a table is among `unknown`. */
export interface QdiscInfo extends QdiscBoth, Unknown {
  /** An index. */
  readonly dev: number;
  readonly handle: TcHandle;
  readonly parent: TcHandle;
  readonly kind: string;
  readonly data?: object;
  readonly refcnt: number;
  readonly stats?: TcStats;
  readonly hwOffload?: boolean;
  /** What a driver had to say. Since Linux 6.3. */
  readonly warning?: string;
}

/** A class of a qdisc; its name is its `handle`. */
export interface ClassAdd {
  readonly dev: Device;
  readonly handle: TcHandle;
  /** The qdisc, or the class above. */
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

export interface ClassInfo extends Unknown {
  /** An index. */
  readonly dev: number;
  readonly handle: TcHandle;
  readonly parent: TcHandle;
  readonly kind: string;
  readonly data?: object;
  /** The qdisc in the class. */
  readonly leaf: TcHandle;
  readonly stats?: TcStats;
  readonly warning?: string;
}
