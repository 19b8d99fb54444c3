// Actions of filters: what becomes of a packet that matched.
#pragma once

#include <linux/gen_stats.h>
#include <linux/pkt_cls.h>
#include <linux/tc_act/tc_gact.h>
#include <linux/tc_act/tc_mirred.h>

#include <cstddef>

#include "../../netlink/schema.h"

namespace netloom::schema {

inline constexpr Attr kStatsBasicFields[] = {
    replyOnly({offsetof(gnet_stats_basic, bytes), "bytes", Kind::kU64}),
    replyOnly({offsetof(gnet_stats_basic, packets), "packets", Kind::kU32}),
};
inline constexpr AttrSet kStatsBasic{"tcStatsBasic", {}, kStatsBasicFields, sizeof(gnet_stats_basic)};
inline constexpr Attr kStatsQueueFields[] = {
    replyOnly({offsetof(gnet_stats_queue, qlen), "qlen", Kind::kU32}),
    replyOnly({offsetof(gnet_stats_queue, backlog), "backlog", Kind::kU32}),
    replyOnly({offsetof(gnet_stats_queue, drops), "drops", Kind::kU32}),
    replyOnly({offsetof(gnet_stats_queue, requeues), "requeues", Kind::kU32}),
    replyOnly({offsetof(gnet_stats_queue, overlimits), "overlimits", Kind::kU32}),
};
inline constexpr AttrSet kStatsQueue{"tcStatsQueue", {}, kStatsQueueFields, sizeof(gnet_stats_queue)};
// The packets of BASIC have 32 bits; PKT64 counts on where they are too few.
inline constexpr Attr kTcStatsAttrs[] = {
    replyOnly(structure(TCA_STATS_BASIC, "basic", &kStatsBasic)),
    replyOnly(structure(TCA_STATS_QUEUE, "queue", &kStatsQueue)),
    skip(TCA_STATS_RATE_EST),
    skip(TCA_STATS_APP),
    skip(TCA_STATS_RATE_EST64),
    skip(TCA_STATS_PAD),
    replyOnly(structure(TCA_STATS_BASIC_HW, "basicHw", &kStatsBasic)),
    replyOnly({TCA_STATS_PKT64, "packets64", Kind::kU64}),
};
inline constexpr AttrSet kTcStats{"tcStats", kTcStatsAttrs};

inline constexpr Name kVerdictRows[] = {
    {TC_ACT_OK, "ok"},         {TC_ACT_RECLASSIFY, "reclassify"},
    {TC_ACT_SHOT, "drop"},     {TC_ACT_PIPE, "pipe"},
    {TC_ACT_STOLEN, "stolen"}, {TC_ACT_QUEUED, "queued"},
    {TC_ACT_REPEAT, "repeat"}, {TC_ACT_REDIRECT, "redirect"},
    {TC_ACT_TRAP, "trap"},     {static_cast<uint32_t>(TC_ACT_UNSPEC), "continue"},
};
inline constexpr Names kVerdicts{kVerdictRows};

inline constexpr Name kMirredRows[] = {
    {TCA_EGRESS_REDIR, "egress_redirect"},
    {TCA_EGRESS_MIRROR, "egress_mirror"},
    {TCA_INGRESS_REDIR, "ingress_redirect"},
    {TCA_INGRESS_MIRROR, "ingress_mirror"},
};
inline constexpr Names kMirredActions{kMirredRows};

// Headers of nests without attributes, rather than structures: a device may be given by name.
inline constexpr Attr kMirredParmsFields[] = {
    {offsetof(tc_mirred, index), "index", Kind::kU32},
    named(offsetof(tc_mirred, action), "action", Kind::kS32, &kVerdicts),
    named(offsetof(tc_mirred, eaction), "eaction", Kind::kS32, &kMirredActions),
    {offsetof(tc_mirred, ifindex), "dev", Kind::kDev},
};
inline constexpr AttrSet kMirredParms{"mirredParms", {}, kMirredParmsFields, sizeof(tc_mirred)};
inline constexpr Attr kMirredAttrs[] = {
    skip(TCA_MIRRED_TM),
    nest(TCA_MIRRED_PARMS, "parms", &kMirredParms),
    skip(TCA_MIRRED_PAD),
};
inline constexpr AttrSet kMirred{"mirred", kMirredAttrs};

inline constexpr Attr kGactParmsFields[] = {
    {offsetof(tc_gact, index), "index", Kind::kU32},
    named(offsetof(tc_gact, action), "action", Kind::kS32, &kVerdicts),
};
inline constexpr AttrSet kGactParms{"gactParms", {}, kGactParmsFields, sizeof(tc_gact)};
inline constexpr Name kGactProbRows[] = {
    {PGACT_NONE, "none"}, {PGACT_NETRAND, "random"}, {PGACT_DETERM, "determ"}};
inline constexpr Names kGactProbs{kGactProbRows};
inline constexpr Attr kGactProbFields[] = {
    named(offsetof(tc_gact_p, ptype), "ptype", Kind::kU16, &kGactProbs),
    {offsetof(tc_gact_p, pval), "pval", Kind::kU16},
    named(offsetof(tc_gact_p, paction), "paction", Kind::kS32, &kVerdicts),
};
inline constexpr AttrSet kGactProb{"gactProb", {}, kGactProbFields, sizeof(tc_gact_p)};
inline constexpr Attr kGactAttrs[] = {
    skip(TCA_GACT_TM),
    nest(TCA_GACT_PARMS, "parms", &kGactParms),
    structure(TCA_GACT_PROB, "prob", &kGactProb),
    skip(TCA_GACT_PAD),
};
inline constexpr AttrSet kGact{"gact", kGactAttrs};

inline constexpr Variant kActionKinds[] = {{"mirred", &kMirred}, {"gact", &kGact}};
inline constexpr Attr kActionAttrs[] = {
    str(TCA_ACT_KIND, "kind", 15),
    unionOf(TCA_ACT_OPTIONS, "data", "kind", kActionKinds),
    {TCA_ACT_INDEX, "index", Kind::kU32},
    replyOnly(nest(TCA_ACT_STATS, "stats", &kTcStats)),
    skip(TCA_ACT_PAD),
    {TCA_ACT_COOKIE, "cookie", Kind::kBytes},
    skip(TCA_ACT_USED_HW_STATS),
    replyOnly({TCA_ACT_IN_HW_COUNT, "inHwCount", Kind::kU32}),
};
inline constexpr AttrSet kAction{"action", kActionAttrs};

}  // namespace netloom::schema
