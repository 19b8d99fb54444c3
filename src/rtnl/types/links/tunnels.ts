import type { Device, FlagSet, Named, Unknown } from '../common/common';

export interface PortRange {
  readonly low?: number;
  readonly high?: number;
}

type DontFragment = Named<'unset' | 'set' | 'inherit'>;

interface VxlanBoth {
  /** The network identifier, 0 to 16777215. */
  readonly id?: number;
  /** The remote end, or a multicast group. */
  readonly group?: string;
  readonly group6?: string;
  readonly local?: string;
  readonly local6?: string;
  /** 0: the kernel's default. */
  readonly ttl?: number;
  readonly ttlInherit?: boolean;
  readonly tos?: number;
  readonly learning?: boolean;
  /** Seconds. */
  readonly ageing?: number;
  /** Maximum number of forwarding entries; 0: no limit. */
  readonly limit?: number;
  readonly portRange?: PortRange;
  readonly proxy?: boolean;
  readonly rsc?: boolean;
  readonly l2miss?: boolean;
  readonly l3miss?: boolean;
  /** The UDP port; the kernel's default is 8472, the assigned one 4789. */
  readonly port?: number;
  readonly udpCsum?: boolean;
  readonly udpZeroCsum6Tx?: boolean;
  readonly udpZeroCsum6Rx?: boolean;
  readonly remcsumTx?: boolean;
  readonly remcsumRx?: boolean;
  readonly remcsumNopartial?: boolean;
  readonly gbp?: boolean;
  readonly gpe?: boolean;
  readonly collectMetadata?: boolean;
  readonly label?: number;
  readonly df?: DontFragment;
  /** Since Linux 5.18. */
  readonly vnifilter?: boolean;
  /** Since Linux 6.5. */
  readonly localbypass?: boolean;
  /** Since Linux 6.7. */
  readonly labelPolicy?: Named<'fixed' | 'inherit'>;
  /** The bits of the 8-byte header that may be set. Since Linux 6.14. */
  readonly reservedBits?: Uint8Array;
  /** Since Linux 6.17. */
  readonly mcRoute?: boolean;
}

export interface VxlanData extends VxlanBoth {
  readonly link?: Device | null;
}

export interface VxlanInfo extends VxlanBoth, Unknown {
  readonly link?: number;
}

export interface VxlanLink {
  readonly kind: 'vxlan';
  readonly data: VxlanData;
}

export interface GeneveData {
  /** The network identifier, 0 to 16777215. */
  readonly id?: number;
  readonly remote?: string;
  readonly remote6?: string;
  readonly ttl?: number;
  readonly ttlInherit?: boolean;
  readonly tos?: number;
  readonly port?: number;
  readonly collectMetadata?: boolean;
  readonly udpCsum?: boolean;
  readonly udpZeroCsum6Tx?: boolean;
  readonly udpZeroCsum6Rx?: boolean;
  readonly label?: number;
  readonly df?: DontFragment;
  readonly innerProtoInherit?: boolean;
  /** Since Linux 6.15. */
  readonly portRange?: PortRange;
}

export interface GeneveInfo extends GeneveData, Unknown {}

export interface GeneveLink {
  readonly kind: 'geneve';
  readonly data: GeneveData;
}

interface IpTunnelBoth {
  readonly local?: string;
  readonly remote?: string;
  /** 0: the inner packet's. */
  readonly ttl?: number;
  readonly tos?: number;
  readonly pmtudisc?: boolean;
  readonly encapType?: Named<'none' | 'fou' | 'gue' | 'mpls'>;
  readonly encapFlags?: FlagSet<'csum' | 'csum6' | 'remcsum'>;
  readonly encapSport?: number;
  readonly encapDport?: number;
  readonly collectMetadata?: boolean;
  readonly fwmark?: number;
}

type GreFlag = 'csum' | 'key' | 'seq';

interface GreBoth extends IpTunnelBoth {
  readonly iflags?: FlagSet<GreFlag>;
  readonly oflags?: FlagSet<GreFlag>;
  /** Used only with 'key' among the flags of its direction. */
  readonly ikey?: number;
  readonly okey?: number;
  readonly ignoreDf?: boolean;
}

export interface GreData extends GreBoth {
  readonly link?: Device | null;
}

export interface GreInfo extends GreBoth, Unknown {
  readonly link?: number;
}

export interface GreLink {
  readonly kind: 'gre' | 'gretap';
  readonly data?: GreData;
}

interface IpipBoth extends IpTunnelBoth {
  readonly proto?: Named<'any' | 'ipip' | 'ip6ip' | 'mplsip'>;
}

export interface IpipData extends IpipBoth {
  readonly link?: Device | null;
}

export interface IpipInfo extends IpipBoth, Unknown {
  readonly link?: number;
}

export interface IpipLink {
  readonly kind: 'ipip';
  readonly data?: IpipData;
}

interface SitBoth extends Omit<IpipBoth, 'collectMetadata'> {
  readonly flags?: FlagSet<'isatap'>;
  readonly '6rdPrefix'?: string;
  readonly '6rdRelayPrefix'?: string;
  readonly '6rdPrefixlen'?: number;
  readonly '6rdRelayPrefixlen'?: number;
}

export interface SitData extends SitBoth {
  readonly link?: Device | null;
}

export interface SitInfo extends SitBoth, Unknown {
  readonly link?: number;
}

export interface SitLink {
  readonly kind: 'sit';
  readonly data?: SitData;
}
