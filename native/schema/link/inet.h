// IFLA_AF_SPEC: what the address families keep per link.
#pragma once

#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <sys/socket.h>

#include <cstddef>

#include "../../netlink/schema.h"

namespace netloom::schema {

// The sysctls of net/ipv4/conf/<link>, by the names that they have there.
inline constexpr Attr kInetConfAttrs[] = {
    {IPV4_DEVCONF_FORWARDING, "forwarding", Kind::kS32},
    {IPV4_DEVCONF_MC_FORWARDING, "mcForwarding", Kind::kS32},
    {IPV4_DEVCONF_PROXY_ARP, "proxyArp", Kind::kS32},
    {IPV4_DEVCONF_ACCEPT_REDIRECTS, "acceptRedirects", Kind::kS32},
    {IPV4_DEVCONF_SECURE_REDIRECTS, "secureRedirects", Kind::kS32},
    {IPV4_DEVCONF_SEND_REDIRECTS, "sendRedirects", Kind::kS32},
    {IPV4_DEVCONF_SHARED_MEDIA, "sharedMedia", Kind::kS32},
    {IPV4_DEVCONF_RP_FILTER, "rpFilter", Kind::kS32},
    {IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE, "acceptSourceRoute", Kind::kS32},
    {IPV4_DEVCONF_BOOTP_RELAY, "bootpRelay", Kind::kS32},
    {IPV4_DEVCONF_LOG_MARTIANS, "logMartians", Kind::kS32},
    {IPV4_DEVCONF_TAG, "tag", Kind::kS32},
    {IPV4_DEVCONF_ARPFILTER, "arpFilter", Kind::kS32},
    {IPV4_DEVCONF_MEDIUM_ID, "mediumId", Kind::kS32},
    {IPV4_DEVCONF_NOXFRM, "disableXfrm", Kind::kS32},
    {IPV4_DEVCONF_NOPOLICY, "disablePolicy", Kind::kS32},
    {IPV4_DEVCONF_FORCE_IGMP_VERSION, "forceIgmpVersion", Kind::kS32},
    {IPV4_DEVCONF_ARP_ANNOUNCE, "arpAnnounce", Kind::kS32},
    {IPV4_DEVCONF_ARP_IGNORE, "arpIgnore", Kind::kS32},
    {IPV4_DEVCONF_PROMOTE_SECONDARIES, "promoteSecondaries", Kind::kS32},
    {IPV4_DEVCONF_ARP_ACCEPT, "arpAccept", Kind::kS32},
    {IPV4_DEVCONF_ARP_NOTIFY, "arpNotify", Kind::kS32},
    {IPV4_DEVCONF_ACCEPT_LOCAL, "acceptLocal", Kind::kS32},
    {IPV4_DEVCONF_SRC_VMARK, "srcValidMark", Kind::kS32},
    {IPV4_DEVCONF_PROXY_ARP_PVLAN, "proxyArpPvlan", Kind::kS32},
    {IPV4_DEVCONF_ROUTE_LOCALNET, "routeLocalnet", Kind::kS32},
    {IPV4_DEVCONF_IGMPV2_UNSOLICITED_REPORT_INTERVAL, "igmpv2UnsolicitedReportInterval", Kind::kS32},
    {IPV4_DEVCONF_IGMPV3_UNSOLICITED_REPORT_INTERVAL, "igmpv3UnsolicitedReportInterval", Kind::kS32},
    {IPV4_DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN, "ignoreRoutesWithLinkdown", Kind::kS32},
    {IPV4_DEVCONF_DROP_UNICAST_IN_L2_MULTICAST, "dropUnicastInL2Multicast", Kind::kS32},
    {IPV4_DEVCONF_DROP_GRATUITOUS_ARP, "dropGratuitousArp", Kind::kS32},
    {IPV4_DEVCONF_BC_FORWARDING, "bcForwarding", Kind::kS32},
    {IPV4_DEVCONF_ARP_EVICT_NOCARRIER, "arpEvictNocarrier", Kind::kS32},
};
inline constexpr AttrSet kInetConf{"inetConf", kInetConfAttrs};

inline constexpr Attr kInetAttrs[] = {{IFLA_INET_CONF, "conf", Kind::kDevconf, 0, &kInetConf}};
inline constexpr AttrSet kInet{"inet", kInetAttrs};

// The kernel's IPv6 entries count from 0 where those of IPv4 count from 1. They are set through net/ipv6/conf
// only.
constexpr Attr inet6Conf(int entry, std::string_view key) {
  return {static_cast<uint16_t>(entry + 1), key, Kind::kS32, 0, nullptr, nullptr, Access::kReply};
}
inline constexpr Attr kInet6ConfAttrs[] = {
    inet6Conf(DEVCONF_FORWARDING, "forwarding"),
    inet6Conf(DEVCONF_HOPLIMIT, "hopLimit"),
    inet6Conf(DEVCONF_MTU6, "mtu"),
    inet6Conf(DEVCONF_ACCEPT_RA, "acceptRa"),
    inet6Conf(DEVCONF_ACCEPT_REDIRECTS, "acceptRedirects"),
    inet6Conf(DEVCONF_AUTOCONF, "autoconf"),
    inet6Conf(DEVCONF_DAD_TRANSMITS, "dadTransmits"),
    inet6Conf(DEVCONF_RTR_SOLICITS, "routerSolicitations"),
    inet6Conf(DEVCONF_RTR_SOLICIT_INTERVAL, "routerSolicitationInterval"),
    inet6Conf(DEVCONF_RTR_SOLICIT_DELAY, "routerSolicitationDelay"),
    inet6Conf(DEVCONF_USE_TEMPADDR, "useTempaddr"),
    inet6Conf(DEVCONF_TEMP_VALID_LFT, "tempValidLft"),
    inet6Conf(DEVCONF_TEMP_PREFERED_LFT, "tempPreferedLft"),
    inet6Conf(DEVCONF_REGEN_MAX_RETRY, "regenMaxRetry"),
    inet6Conf(DEVCONF_MAX_DESYNC_FACTOR, "maxDesyncFactor"),
    inet6Conf(DEVCONF_MAX_ADDRESSES, "maxAddresses"),
    inet6Conf(DEVCONF_FORCE_MLD_VERSION, "forceMldVersion"),
    inet6Conf(DEVCONF_ACCEPT_RA_DEFRTR, "acceptRaDefrtr"),
    inet6Conf(DEVCONF_ACCEPT_RA_PINFO, "acceptRaPinfo"),
    inet6Conf(DEVCONF_ACCEPT_RA_RTR_PREF, "acceptRaRtrPref"),
    inet6Conf(DEVCONF_PROXY_NDP, "proxyNdp"),
    inet6Conf(DEVCONF_OPTIMISTIC_DAD, "optimisticDad"),
    inet6Conf(DEVCONF_ACCEPT_SOURCE_ROUTE, "acceptSourceRoute"),
    inet6Conf(DEVCONF_MC_FORWARDING, "mcForwarding"),
    inet6Conf(DEVCONF_DISABLE_IPV6, "disableIpv6"),
    inet6Conf(DEVCONF_ACCEPT_DAD, "acceptDad"),
    inet6Conf(DEVCONF_FORCE_TLLAO, "forceTllao"),
    inet6Conf(DEVCONF_NDISC_NOTIFY, "ndiscNotify"),
    inet6Conf(DEVCONF_ACCEPT_RA_FROM_LOCAL, "acceptRaFromLocal"),
    inet6Conf(DEVCONF_USE_OPTIMISTIC, "useOptimistic"),
    inet6Conf(DEVCONF_ACCEPT_RA_MTU, "acceptRaMtu"),
    inet6Conf(DEVCONF_USE_OIF_ADDRS_ONLY, "useOifAddrsOnly"),
    inet6Conf(DEVCONF_ACCEPT_RA_MIN_HOP_LIMIT, "acceptRaMinHopLimit"),
    inet6Conf(DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN, "ignoreRoutesWithLinkdown"),
    inet6Conf(DEVCONF_DROP_UNICAST_IN_L2_MULTICAST, "dropUnicastInL2Multicast"),
    inet6Conf(DEVCONF_DROP_UNSOLICITED_NA, "dropUnsolicitedNa"),
    inet6Conf(DEVCONF_KEEP_ADDR_ON_DOWN, "keepAddrOnDown"),
    inet6Conf(DEVCONF_ENHANCED_DAD, "enhancedDad"),
    inet6Conf(DEVCONF_ADDR_GEN_MODE, "addrGenMode"),
    inet6Conf(DEVCONF_DISABLE_POLICY, "disablePolicy"),
    inet6Conf(DEVCONF_NDISC_TCLASS, "ndiscTclass"),
};
inline constexpr AttrSet kInet6Conf{"inet6Conf", kInet6ConfAttrs};

inline constexpr Attr kInet6CacheinfoFields[] = {
    {offsetof(ifla_cacheinfo, max_reasm_len), "maxReasmLen", Kind::kU32},
    {offsetof(ifla_cacheinfo, tstamp), "tstamp", Kind::kU32},
    {offsetof(ifla_cacheinfo, reachable_time), "reachableTime", Kind::kU32},
    {offsetof(ifla_cacheinfo, retrans_time), "retransTime", Kind::kU32},
};
inline constexpr AttrSet kInet6Cacheinfo{"inet6Cacheinfo", {}, kInet6CacheinfoFields, sizeof(ifla_cacheinfo)};

inline constexpr Name kAddrGenModeRows[] = {
    {IN6_ADDR_GEN_MODE_EUI64, "eui64"},
    {IN6_ADDR_GEN_MODE_NONE, "none"},
    {IN6_ADDR_GEN_MODE_STABLE_PRIVACY, "stable_secret"},
    {IN6_ADDR_GEN_MODE_RANDOM, "random"},
};
inline constexpr Names kAddrGenModes{kAddrGenModeRows};

inline constexpr Attr kInet6Attrs[] = {
    replyOnly({IFLA_INET6_FLAGS, "flags", Kind::kU32}),
    replyOnly({IFLA_INET6_CONF, "conf", Kind::kDevconf, 0, &kInet6Conf}),
    skip(IFLA_INET6_STATS),
    replyOnly(structure(IFLA_INET6_CACHEINFO, "cacheinfo", &kInet6Cacheinfo)),
    skip(IFLA_INET6_ICMP6STATS),
    {IFLA_INET6_TOKEN, "token", Kind::kIp6},
    named(IFLA_INET6_ADDR_GEN_MODE, "addrGenMode", Kind::kU8, &kAddrGenModes),
    replyOnly({IFLA_INET6_RA_MTU, "raMtu", Kind::kU32}),
};
inline constexpr AttrSet kInet6{"inet6", kInet6Attrs};

inline constexpr Attr kAfSpecAttrs[] = {
    nest(AF_INET, "inet", &kInet),
    nest(AF_INET6, "inet6", &kInet6),
};
inline constexpr AttrSet kAfSpec{"afSpec", kAfSpecAttrs};

}  // namespace netloom::schema
