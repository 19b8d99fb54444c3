// Neighbours, and the forwarding entries of bridges and VXLANs, which are neighbours of AF_BRIDGE.
#pragma once

#include <linux/neighbour.h>

#include <cstddef>

#include "common/compat.h"
#include "common/names.h"

namespace netloom::schema {

inline constexpr Name kNeighStateRows[] = {
    {NUD_NONE, "none"},     {NUD_INCOMPLETE, "incomplete"}, {NUD_REACHABLE, "reachable"},
    {NUD_STALE, "stale"},   {NUD_DELAY, "delay"},           {NUD_PROBE, "probe"},
    {NUD_FAILED, "failed"}, {NUD_NOARP, "noarp"},           {NUD_PERMANENT, "permanent"},
};
inline constexpr Names kNeighStates{kNeighStateRows};
// Of a forwarding entry several hold at once: 'bridge fdb' means noarp and reachable by "static".
inline constexpr Names kFdbStates{std::span(kNeighStateRows).subspan(1), true};

inline constexpr Name kNeighFlagRows[] = {
    {NTF_USE, "use"},
    {NTF_SELF, "self"},
    {NTF_MASTER, "master"},
    {NTF_PROXY, "proxy"},
    {NTF_EXT_LEARNED, "extern_learn"},
    {NTF_OFFLOADED, "offload"},
    {NTF_STICKY, "sticky"},
    {NTF_ROUTER, "router"},
};
inline constexpr Names kNeighFlags{kNeighFlagRows, true};
inline constexpr Name kNeighExtFlagRows[] = {
    {NTF_EXT_MANAGED, "managed"}, {kNtfExtLocked, "locked"}, {kNtfExtExtValidated, "extern_valid"}};
inline constexpr Names kNeighExtFlags{kNeighExtFlagRows, true};

inline constexpr Attr kNeighCacheinfoFields[] = {
    {offsetof(nda_cacheinfo, ndm_confirmed), "confirmed", Kind::kU32},
    {offsetof(nda_cacheinfo, ndm_used), "used", Kind::kU32},
    {offsetof(nda_cacheinfo, ndm_updated), "updated", Kind::kU32},
    {offsetof(nda_cacheinfo, ndm_refcnt), "refcnt", Kind::kU32},
};
inline constexpr AttrSet kNeighCacheinfo{"neighCacheinfo", {}, kNeighCacheinfoFields, sizeof(nda_cacheinfo)};

inline constexpr Attr kFdbExtAttrs[] = {
    {NFEA_ACTIVITY_NOTIFY, "activityNotify", Kind::kU8},
    {NFEA_DONT_REFRESH, "dontRefresh", Kind::kFlag},
};
inline constexpr AttrSet kFdbExt{"fdbExtAttrs", kFdbExtAttrs};

inline constexpr Attr kNeighHeader[] = {
    named(offsetof(ndmsg, ndm_family), "family", Kind::kU8, &kAddressFamilies),
    {offsetof(ndmsg, ndm_ifindex), "dev", Kind::kDev},
    named(offsetof(ndmsg, ndm_state), "state", Kind::kU16, &kNeighStates),
    named(offsetof(ndmsg, ndm_flags), "flags", Kind::kU8, &kNeighFlags),
    replyOnly(named(offsetof(ndmsg, ndm_type), "type", Kind::kU8, &kRouteTypes)),
};
static_assert(sizeof(ndmsg) == 12);

inline constexpr Attr kNeighAttrs[] = {
    {NDA_DST, "to", Kind::kIp},
    {NDA_LLADDR, "lladdr", Kind::kMac},
    replyOnly(structure(NDA_CACHEINFO, "cacheinfo", &kNeighCacheinfo)),
    replyOnly({NDA_PROBES, "probes", Kind::kU32}),
    // A list is narrowed by these two; the device in the header is refused there.
    requestOnly({NDA_IFINDEX, "ifindex", Kind::kDev}),
    requestOnly({NDA_MASTER, "master", Kind::kDev}),
    named(NDA_PROTOCOL, "protocol", Kind::kU8, &kRouteProtocols),
    named(NDA_FLAGS_EXT, "flagsExt", Kind::kU32, &kNeighExtFlags),
};
inline constexpr AttrSet kNeigh{"neigh", kNeighAttrs, kNeighHeader, sizeof(ndmsg),
                                offsetof(ndmsg, ndm_family)};

inline constexpr Attr kFdbHeader[] = {
    named(offsetof(ndmsg, ndm_family), "family", Kind::kU8, &kAddressFamilies),
    {offsetof(ndmsg, ndm_ifindex), "dev", Kind::kDev},
    named(offsetof(ndmsg, ndm_state), "state", Kind::kU16, &kFdbStates),
    named(offsetof(ndmsg, ndm_flags), "flags", Kind::kU8, &kNeighFlags),
    replyOnly(named(offsetof(ndmsg, ndm_type), "type", Kind::kU8, &kRouteTypes)),
};
inline constexpr Attr kFdbAttrs[] = {
    {NDA_DST, "to", Kind::kIp},
    {NDA_LLADDR, "lladdr", Kind::kMac},
    replyOnly(structure(NDA_CACHEINFO, "cacheinfo", &kNeighCacheinfo)),
    {NDA_VLAN, "vlan", Kind::kU16},
    {NDA_PORT, "port", Kind::kBe16},
    {NDA_VNI, "vni", Kind::kU32},
    {NDA_IFINDEX, "ifindex", Kind::kDev},
    {NDA_MASTER, "master", Kind::kDev},
    replyOnly({NDA_LINK_NETNSID, "linkNetnsid", Kind::kS32}),
    {NDA_SRC_VNI, "srcVni", Kind::kU32},
    {NDA_NH_ID, "nhId", Kind::kU32},
    nest(NDA_FDB_EXT_ATTRS, "fdbExtAttrs", &kFdbExt),
    replyOnly(named(NDA_FLAGS_EXT, "flagsExt", Kind::kU32, &kNeighExtFlags)),
};
// An address in a forwarding entry is a tunnel's far end: it leaves the family alone.
inline constexpr AttrSet kFdb{"fdb", kFdbAttrs, kFdbHeader, sizeof(ndmsg)};

}  // namespace netloom::schema
