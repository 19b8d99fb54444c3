// Routes.
#pragma once

#include <linux/rtnetlink.h>

#include <cstddef>

#include "common/compat.h"
#include "common/names.h"

namespace netloom::schema {

inline constexpr Name kMetricLockRows[] = {
    {1U << RTAX_MTU, "mtu"},           {1U << RTAX_WINDOW, "window"},
    {1U << RTAX_RTT, "rtt"},           {1U << RTAX_RTTVAR, "rttvar"},
    {1U << RTAX_SSTHRESH, "ssthresh"}, {1U << RTAX_CWND, "cwnd"},
    {1U << RTAX_ADVMSS, "advmss"},     {1U << RTAX_REORDERING, "reordering"},
    {1U << RTAX_HOPLIMIT, "hoplimit"}, {1U << RTAX_INITCWND, "initcwnd"},
    {1U << RTAX_RTO_MIN, "rtoMin"},    {1U << RTAX_INITRWND, "initrwnd"},
    {1U << RTAX_QUICKACK, "quickack"}, {1U << RTAX_CC_ALGO, "ccAlgo"},
};
inline constexpr Names kMetricLocks{kMetricLockRows, true};
inline constexpr Name kMetricFeatureRows[] = {
    {RTAX_FEATURE_ECN, "ecn"},
    {RTAX_FEATURE_SACK, "sack"},
    {RTAX_FEATURE_TIMESTAMP, "timestamp"},
    {RTAX_FEATURE_ALLFRAG, "allfrag"},
    {kRtaxFeatureTcpUsecTs, "tcp_usec_ts"},
};
inline constexpr Names kMetricFeatures{kMetricFeatureRows, true};

inline constexpr Attr kMetricsAttrs[] = {
    named(RTAX_LOCK, "lock", Kind::kU32, &kMetricLocks),
    {RTAX_MTU, "mtu", Kind::kU32},
    {RTAX_WINDOW, "window", Kind::kU32},
    {RTAX_RTT, "rtt", Kind::kU32},
    {RTAX_RTTVAR, "rttvar", Kind::kU32},
    {RTAX_SSTHRESH, "ssthresh", Kind::kU32},
    {RTAX_CWND, "cwnd", Kind::kU32},
    {RTAX_ADVMSS, "advmss", Kind::kU32},
    {RTAX_REORDERING, "reordering", Kind::kU32},
    {RTAX_HOPLIMIT, "hoplimit", Kind::kU32},
    {RTAX_INITCWND, "initcwnd", Kind::kU32},
    named(RTAX_FEATURES, "features", Kind::kU32, &kMetricFeatures),
    {RTAX_RTO_MIN, "rtoMin", Kind::kU32},
    {RTAX_INITRWND, "initrwnd", Kind::kU32},
    {RTAX_QUICKACK, "quickack", Kind::kU32},
    str(RTAX_CC_ALGO, "ccAlgo", 15),
    {RTAX_FASTOPEN_NO_COOKIE, "fastopenNoCookie", Kind::kU32},
};
inline constexpr AttrSet kMetrics{"metrics", kMetricsAttrs};

inline constexpr Attr kRouteCacheinfoFields[] = {
    {offsetof(rta_cacheinfo, rta_clntref), "clntref", Kind::kU32},
    {offsetof(rta_cacheinfo, rta_lastuse), "lastuse", Kind::kU32},
    {offsetof(rta_cacheinfo, rta_expires), "expires", Kind::kS32},
    {offsetof(rta_cacheinfo, rta_error), "error", Kind::kU32},
    {offsetof(rta_cacheinfo, rta_used), "used", Kind::kU32},
    {offsetof(rta_cacheinfo, rta_id), "id", Kind::kU32},
    {offsetof(rta_cacheinfo, rta_ts), "ts", Kind::kU32},
    {offsetof(rta_cacheinfo, rta_tsage), "tsage", Kind::kU32},
};
inline constexpr AttrSet kRouteCacheinfo{"routeCacheinfo", {}, kRouteCacheinfoFields, sizeof(rta_cacheinfo)};
static_assert(sizeof(rta_cacheinfo) == 32);

inline constexpr Name kHopFlagRows[] = {
    {RTNH_F_DEAD, "dead"},       {RTNH_F_PERVASIVE, "pervasive"}, {RTNH_F_ONLINK, "onlink"},
    {RTNH_F_OFFLOAD, "offload"}, {RTNH_F_LINKDOWN, "linkdown"},   {RTNH_F_UNRESOLVED, "unresolved"},
    {RTNH_F_TRAP, "trap"},
};
inline constexpr Names kHopFlags{kHopFlagRows, true};

inline constexpr Attr kHopHeader[] = {
    bit8(offsetof(rtnexthop, rtnh_flags), "onlink", RTNH_F_ONLINK),
    replyOnly(named(offsetof(rtnexthop, rtnh_flags), "flags", Kind::kU8, &kHopFlags)),
    {offsetof(rtnexthop, rtnh_hops), "weight", Kind::kWeight, 1},
    {offsetof(rtnexthop, rtnh_ifindex), "dev", Kind::kDev},
};
static_assert(sizeof(rtnexthop) == 8);
inline constexpr Attr kHopAttrs[] = {
    {RTA_GATEWAY, "via", Kind::kIp},
    {RTA_VIA, "rtvia", Kind::kVia},
    {RTA_FLOW, "flow", Kind::kU32},
};
inline constexpr AttrSet kHop{"hop", kHopAttrs, kHopHeader, sizeof(rtnexthop)};

// rtm_flags has the flags of a single next hop in its low byte and the route's own above.
inline constexpr Name kRouteFlagRows[] = {
    {RTNH_F_DEAD, "dead"},         {RTNH_F_PERVASIVE, "pervasive"},
    {RTNH_F_ONLINK, "onlink"},     {RTNH_F_OFFLOAD, "offload"},
    {RTNH_F_LINKDOWN, "linkdown"}, {RTNH_F_UNRESOLVED, "unresolved"},
    {RTNH_F_TRAP, "trap"},         {RTM_F_NOTIFY, "notify"},
    {RTM_F_CLONED, "cloned"},      {RTM_F_EQUALIZE, "equalize"},
    {RTM_F_PREFIX, "prefix"},      {RTM_F_OFFLOAD, "rt_offload"},
    {RTM_F_TRAP, "rt_trap"},       {RTM_F_OFFLOAD_FAILED, "rt_offload_failed"},
};
inline constexpr Names kRouteFlags{kRouteFlagRows, true};

inline constexpr Name kRoutePrefRows[] = {{0, "medium"}, {1, "high"}, {3, "low"}};
inline constexpr Names kRoutePrefs{kRoutePrefRows};

inline constexpr Attr kRouteHeader[] = {
    named(offsetof(rtmsg, rtm_family), "family", Kind::kU8, &kAddressFamilies),
    {offsetof(rtmsg, rtm_tos), "tos", Kind::kU8},
    named(offsetof(rtmsg, rtm_protocol), "protocol", Kind::kU8, &kRouteProtocols),
    named(offsetof(rtmsg, rtm_scope), "scope", Kind::kU8, &kScopes),
    named(offsetof(rtmsg, rtm_type), "type", Kind::kU8, &kRouteTypes),
    bit32(offsetof(rtmsg, rtm_flags), "onlink", RTNH_F_ONLINK),
    requestOnly(bit32(offsetof(rtmsg, rtm_flags), "lookupTable", RTM_F_LOOKUP_TABLE)),
    requestOnly(bit32(offsetof(rtmsg, rtm_flags), "fibMatch", RTM_F_FIB_MATCH)),
    replyOnly(named(offsetof(rtmsg, rtm_flags), "flags", Kind::kU32, &kRouteFlags)),
};
static_assert(sizeof(rtmsg) == 12);

// The header's byte for the table stays 0: RTA_TABLE overrides it, and without either the kernel takes main.
inline constexpr Attr kRouteAttrs[] = {
    prefix(RTA_DST, "to", offsetof(rtmsg, rtm_dst_len)),
    prefix(RTA_SRC, "from", offsetof(rtmsg, rtm_src_len)),
    {RTA_IIF, "iif", Kind::kDev},
    {RTA_OIF, "dev", Kind::kDev},
    {RTA_GATEWAY, "via", Kind::kIp},
    {RTA_PRIORITY, "priority", Kind::kU32},
    {RTA_PREFSRC, "src", Kind::kIp},
    nest(RTA_METRICS, "metrics", &kMetrics),
    {RTA_MULTIPATH, "multipath", Kind::kMultipath, 0, &kHop},
    {RTA_FLOW, "flow", Kind::kU32},
    replyOnly(structure(RTA_CACHEINFO, "cacheinfo", &kRouteCacheinfo)),
    named(RTA_TABLE, "table", Kind::kU32, &kRouteTables),
    {RTA_MARK, "mark", Kind::kU32},
    {RTA_VIA, "rtvia", Kind::kVia},
    named(RTA_PREF, "pref", Kind::kU8, &kRoutePrefs),
    {RTA_EXPIRES, "expires", Kind::kU32},
    skip(RTA_PAD),
    {RTA_UID, "uid", Kind::kU32},
    named(RTA_IP_PROTO, "ipProto", Kind::kU8, &kIpProtocols),
    {RTA_SPORT, "sport", Kind::kBe16},
    {RTA_DPORT, "dport", Kind::kBe16},
    {RTA_NH_ID, "nhId", Kind::kU32},
    {kRtaFlowlabel, "flowlabel", Kind::kBe32},
};
inline constexpr AttrSet kRoute{"route", kRouteAttrs, kRouteHeader, sizeof(rtmsg),
                                offsetof(rtmsg, rtm_family)};

}  // namespace netloom::schema
