import type { Named, Unknown } from '../common/common';

/** The sysctls under net/ipv4/conf of one link. */
export interface InetConf {
  readonly forwarding?: number;
  readonly mcForwarding?: number;
  readonly proxyArp?: number;
  readonly acceptRedirects?: number;
  readonly secureRedirects?: number;
  readonly sendRedirects?: number;
  readonly sharedMedia?: number;
  readonly rpFilter?: number;
  readonly acceptSourceRoute?: number;
  readonly bootpRelay?: number;
  readonly logMartians?: number;
  readonly tag?: number;
  readonly arpFilter?: number;
  readonly mediumId?: number;
  readonly disableXfrm?: number;
  readonly disablePolicy?: number;
  readonly forceIgmpVersion?: number;
  readonly arpAnnounce?: number;
  readonly arpIgnore?: number;
  readonly promoteSecondaries?: number;
  readonly arpAccept?: number;
  readonly arpNotify?: number;
  readonly acceptLocal?: number;
  readonly srcValidMark?: number;
  readonly proxyArpPvlan?: number;
  readonly routeLocalnet?: number;
  /** Milliseconds. */
  readonly igmpv2UnsolicitedReportInterval?: number;
  /** Milliseconds. */
  readonly igmpv3UnsolicitedReportInterval?: number;
  readonly ignoreRoutesWithLinkdown?: number;
  readonly dropUnicastInL2Multicast?: number;
  readonly dropGratuitousArp?: number;
  readonly bcForwarding?: number;
  /** Since Linux 5.16. */
  readonly arpEvictNocarrier?: number;
}

/** The IPv4 settings of a link. */
export interface Inet {
  readonly conf?: InetConf;
}

/** The sysctls under net/ipv6/conf of one link; they can be set only there. */
export interface Inet6Conf {
  readonly forwarding?: number;
  readonly hopLimit?: number;
  readonly mtu?: number;
  readonly acceptRa?: number;
  readonly acceptRedirects?: number;
  readonly autoconf?: number;
  readonly dadTransmits?: number;
  readonly routerSolicitations?: number;
  /** Milliseconds. */
  readonly routerSolicitationInterval?: number;
  /** Milliseconds. */
  readonly routerSolicitationDelay?: number;
  readonly useTempaddr?: number;
  /** Seconds. */
  readonly tempValidLft?: number;
  /** Seconds. */
  readonly tempPreferedLft?: number;
  readonly regenMaxRetry?: number;
  readonly maxDesyncFactor?: number;
  readonly maxAddresses?: number;
  readonly forceMldVersion?: number;
  readonly acceptRaDefrtr?: number;
  readonly acceptRaPinfo?: number;
  readonly acceptRaRtrPref?: number;
  readonly proxyNdp?: number;
  readonly optimisticDad?: number;
  readonly acceptSourceRoute?: number;
  readonly mcForwarding?: number;
  readonly disableIpv6?: number;
  readonly acceptDad?: number;
  readonly forceTllao?: number;
  readonly ndiscNotify?: number;
  readonly acceptRaFromLocal?: number;
  readonly useOptimistic?: number;
  readonly acceptRaMtu?: number;
  readonly useOifAddrsOnly?: number;
  readonly acceptRaMinHopLimit?: number;
  readonly ignoreRoutesWithLinkdown?: number;
  readonly dropUnicastInL2Multicast?: number;
  readonly dropUnsolicitedNa?: number;
  readonly keepAddrOnDown?: number;
  readonly enhancedDad?: number;
  readonly addrGenMode?: number;
  readonly disablePolicy?: number;
  readonly ndiscTclass?: number;
}

export interface Inet6Cacheinfo {
  /** Bytes. */
  readonly maxReasmLen: number;
  /** Hundredths of a second since boot. */
  readonly tstamp: number;
  /** Milliseconds. */
  readonly reachableTime: number;
  /** Milliseconds. */
  readonly retransTime: number;
}

interface Inet6Both {
  /** The interface identifier, as an address of the form '::1', that autoconfigured addresses get. */
  readonly token?: string;
  /**
   * How link-local addresses are generated. 'none', set in a separate message before the link comes up, keeps the
   * link silent. The kernel rejects it (EAFNOSUPPORT) in the message that creates the link.
   */
  readonly addrGenMode?: Named<'eui64' | 'none' | 'stable_secret' | 'random'>;
}

/** The IPv6 settings of a link that can be set here. */
export type Inet6 = Inet6Both;

export interface Inet6Info extends Inet6Both, Unknown {
  readonly flags?: number;
  readonly conf?: Inet6Conf;
  readonly cacheinfo?: Inet6Cacheinfo;
  /** Bytes, from the last router advertisement; 0 if there was none. Since Linux 5.15. */
  readonly raMtu?: number;
}
