import type { NamespaceRef } from '../../../nsfs/open';
import type { Device, FlagSet, Named } from '../common/common';
import type { Inet, Inet6 } from './inet';

/** Properties that requests and replies share, for links of every kind. */
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
  /** A number that groups links; 0 is the default group. */
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
  /** The request's target namespace, by its id in the socket's namespace. */
  readonly targetNetnsid?: number;
  /** The index to assign in the new namespace. */
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

/** Request properties for links of every kind. */
export interface LinkCommon extends LinkBoth {
  /** Default: chosen by the kernel. */
  readonly index?: number;
  /** The device below (macvlan, vlan). */
  readonly link?: Device | null;
  /** The bridge, bond or vrf above; null removes the link from it. */
  readonly master?: Device | null;
  /** The namespace of the link. Moving an existing link takes about 20 ms. */
  readonly netns?: NamespaceRef;
  /** The namespace of a process, by PID. */
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

/** `mask` selects reasons. */
export interface ProtoDownReason {
  readonly mask?: number;
  readonly value?: number;
}
