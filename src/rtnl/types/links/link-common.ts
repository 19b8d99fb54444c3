import type { NamespaceRef } from '../../../nsfs/open';
import type { Device, FlagSet, Named } from '../common/common';
import type { Inet, Inet6 } from './inet';

/** What requests and answers have in common, for links of every kind. */
export interface LinkBoth {
  /** The link-layer address. */
  readonly address?: string;
  readonly broadcast?: string;
  /** At most 15 bytes. */
  readonly ifname?: string;
  /** Bytes. */
  readonly mtu?: number;
  /** Packets. */
  readonly txqlen?: number;
  readonly operstate?: Named<
    'UNKNOWN' | 'NOTPRESENT' | 'DOWN' | 'LOWERLAYERDOWN' | 'TESTING' | 'DORMANT' | 'UP'
  >;
  readonly linkmode?: Named<'DEFAULT' | 'DORMANT' | 'TESTING'>;
  /** Free text of at most 254 bytes. */
  readonly ifalias?: string;
  /** A number that groups links; 0 is everyone's. */
  readonly group?: number;
  readonly numTxQueues?: number;
  readonly numRxQueues?: number;
  readonly carrier?: boolean;
  /** The namespace of `link`, by its id in this one. */
  readonly linkNetnsid?: number;
  readonly protoDown?: boolean;
  readonly gsoMaxSegs?: number;
  /** Bytes. */
  readonly gsoMaxSize?: number;
  /** The namespace that the request is about, by its id in the socket's. */
  readonly targetNetnsid?: number;
  /** The index to get in the namespace moved to. */
  readonly newIfindex?: number;
  /** Bytes. */
  readonly groMaxSize?: number;
  /** Bytes. Since Linux 6.3. */
  readonly gsoIpv4MaxSize?: number;
  /** Bytes. Since Linux 6.3. */
  readonly groIpv4MaxSize?: number;
  readonly up?: boolean;
  readonly promisc?: boolean;
  readonly allmulticast?: boolean;
  readonly multicast?: boolean;
  readonly noarp?: boolean;
  readonly dynamic?: boolean;
  readonly notrailers?: boolean;
}

/** What can be said of links of every kind. */
export interface LinkCommon extends LinkBoth {
  /** Chosen by the kernel if left out. */
  readonly index?: number;
  /** The device below (macvlan, vlan). */
  readonly link?: Device | null;
  /** The bridge, bond or vrf above; null takes the link out of it. */
  readonly master?: Device | null;
  /** Where the link is to live. Moving one that exists costs about 20 ms. */
  readonly netns?: NamespaceRef;
  /** The namespace of a process, by its id. */
  readonly netnsPid?: number;
  readonly inet?: Inet;
  readonly inet6?: Inet6;
  readonly xdp?: XdpAttach;
  readonly protoDownReason?: ProtoDownReason;
}

/** Attaches a BPF program by its descriptor; -1 detaches. */
export interface XdpAttach {
  readonly fd?: number;
  readonly flags?: FlagSet<XdpFlag>;
  readonly expectedFd?: number;
}

export type XdpFlag = 'update_if_noexist' | 'skb' | 'drv' | 'hw' | 'replace';

/** `mask` says which reasons are meant. */
export interface ProtoDownReason {
  readonly mask?: number;
  readonly value?: number;
}
