// Next hop objects, which routes name by id.
#pragma once

#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

#include <cstddef>

#include "common/compat.h"
#include "common/names.h"
#include "route.h"

namespace netloom::schema {

inline constexpr Name kGroupTypeRows[] = {{NEXTHOP_GRP_TYPE_MPATH, "mpath"},
                                          {NEXTHOP_GRP_TYPE_RES, "resilient"}};
inline constexpr Names kGroupTypes{kGroupTypeRows};
inline constexpr Name kNexthopOpFlagRows[] = {
    {1, "dump_stats"}, {2, "dump_hw_stats"}, {4, "resp_grp_resvd_0"}};
inline constexpr Names kNexthopOpFlags{kNexthopOpFlagRows, true};

// Linux 6.12 made the byte behind the weight its high one; older kernels insist that it is 0.
inline constexpr Attr kGroupMemberFields[] = {
    {offsetof(nexthop_grp, id), "id", Kind::kU32},
    {offsetof(nexthop_grp, weight), "weight", Kind::kWeight, 2},
};
inline constexpr AttrSet kGroupMember{"nexthopGroup", {}, kGroupMemberFields, sizeof(nexthop_grp)};
static_assert(sizeof(nexthop_grp) == 8);

inline constexpr Attr kResGroupAttrs[] = {
    skip(NHA_RES_GROUP_PAD),
    {NHA_RES_GROUP_BUCKETS, "buckets", Kind::kU16},
    {NHA_RES_GROUP_IDLE_TIMER, "idleTimer", Kind::kU32},
    {NHA_RES_GROUP_UNBALANCED_TIMER, "unbalancedTimer", Kind::kU32},
    replyOnly({NHA_RES_GROUP_UNBALANCED_TIME, "unbalancedTime", Kind::kU64}),
};
inline constexpr AttrSet kResGroup{"resGroup", kResGroupAttrs};

inline constexpr Attr kGroupStatsAttrs[] = {
    replyOnly({kNhaGroupStatsEntryId, "id", Kind::kU32}),
    replyOnly({kNhaGroupStatsEntryPackets, "packets", Kind::kUint}),
    replyOnly({kNhaGroupStatsEntryPacketsHw, "packetsHw", Kind::kUint}),
};
inline constexpr AttrSet kGroupStats{"groupStats", kGroupStatsAttrs};

inline constexpr Attr kNexthopHeader[] = {
    named(offsetof(nhmsg, nh_family), "family", Kind::kU8, &kAddressFamilies),
    replyOnly(named(offsetof(nhmsg, nh_scope), "scope", Kind::kU8, &kScopes)),
    named(offsetof(nhmsg, nh_protocol), "protocol", Kind::kU8, &kRouteProtocols),
    bit32(offsetof(nhmsg, nh_flags), "onlink", RTNH_F_ONLINK),
    replyOnly(named(offsetof(nhmsg, nh_flags), "flags", Kind::kU32, &kHopFlags)),
};
static_assert(sizeof(nhmsg) == 8);

inline constexpr Attr kNexthopAttrs[] = {
    {NHA_ID, "id", Kind::kU32},
    {NHA_GROUP, "group", Kind::kGroup, 0, &kGroupMember},
    named(NHA_GROUP_TYPE, "groupType", Kind::kU16, &kGroupTypes),
    {NHA_BLACKHOLE, "blackhole", Kind::kFlag},
    {NHA_OIF, "dev", Kind::kDev},
    {NHA_GATEWAY, "via", Kind::kIp},
    requestOnly({NHA_GROUPS, "groups", Kind::kFlag}),
    requestOnly({NHA_MASTER, "master", Kind::kDev}),
    {NHA_FDB, "fdb", Kind::kFlag},
    nest(NHA_RES_GROUP, "resGroup", &kResGroup),
    requestOnly(named(kNhaOpFlags, "opFlags", Kind::kU32, &kNexthopOpFlags)),
    replyOnly(list(kNhaGroupStats, "groupStats", &kGroupStats, kNhaGroupStatsEntry)),
    {kNhaHwStatsEnable, "hwStatsEnable", Kind::kU32},
    replyOnly({kNhaHwStatsUsed, "hwStatsUsed", Kind::kU32}),
};
inline constexpr AttrSet kNexthop{"nexthop", kNexthopAttrs, kNexthopHeader, sizeof(nhmsg),
                                  offsetof(nhmsg, nh_family)};

}  // namespace netloom::schema
