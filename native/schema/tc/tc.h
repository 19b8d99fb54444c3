// Traffic control: queueing disciplines, classes and filters, which share one header and one set of
// attributes.
#pragma once

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <cstddef>

#include "actions.h"
#include "filters.h"
#include "qdiscs.h"

namespace netloom::schema {

inline constexpr Attr kQdiscHeader[] = {
    {offsetof(tcmsg, tcm_ifindex), "dev", Kind::kDev},
    {offsetof(tcmsg, tcm_handle), "handle", Kind::kHandle},
    {offsetof(tcmsg, tcm_parent), "parent", Kind::kHandle},
    replyOnly({offsetof(tcmsg, tcm_info), "refcnt", Kind::kU32}),
};
static_assert(sizeof(tcmsg) == 20);

inline constexpr Attr kQdiscAttrs[] = {
    str(TCA_KIND, "kind", 15),
    unionOf(TCA_OPTIONS, "data", "kind", kQdiscKinds),
    skip(TCA_STATS),
    skip(TCA_XSTATS),
    replyOnly(nest(TCA_STATS2, "stats", &kTcStats)),
    skip(TCA_PAD),
    requestOnly({TCA_DUMP_INVISIBLE, "invisible", Kind::kFlag}),
    replyOnly({TCA_HW_OFFLOAD, "hwOffload", Kind::kBool}),
    {TCA_INGRESS_BLOCK, "ingressBlock", Kind::kU32},
    {TCA_EGRESS_BLOCK, "egressBlock", Kind::kU32},
    replyOnly(str(TCA_EXT_WARN_MSG, "warning", 4096)),
};
inline constexpr AttrSet kQdisc{"qdisc", kQdiscAttrs, kQdiscHeader, sizeof(tcmsg)};

inline constexpr Attr kClassHeader[] = {
    {offsetof(tcmsg, tcm_ifindex), "dev", Kind::kDev},
    {offsetof(tcmsg, tcm_handle), "handle", Kind::kHandle},
    {offsetof(tcmsg, tcm_parent), "parent", Kind::kHandle},
    replyOnly({offsetof(tcmsg, tcm_info), "leaf", Kind::kHandle}),
};
inline constexpr Attr kClassAttrs[] = {
    str(TCA_KIND, "kind", 15),
    unionOf(TCA_OPTIONS, "data", "kind", kClassKinds),
    skip(TCA_STATS),
    skip(TCA_XSTATS),
    replyOnly(nest(TCA_STATS2, "stats", &kTcStats)),
    skip(TCA_PAD),
    replyOnly(str(TCA_EXT_WARN_MSG, "warning", 4096)),
};
inline constexpr AttrSet kClass{"class", kClassAttrs, kClassHeader, sizeof(tcmsg)};

// The last field of the header is two: the protocol as it is in a frame, and the priority.
inline constexpr Attr kFilterHeader[] = {
    {offsetof(tcmsg, tcm_ifindex), "dev", Kind::kDev},
    {offsetof(tcmsg, tcm_handle), "handle", Kind::kU32},
    {offsetof(tcmsg, tcm_parent), "parent", Kind::kHandle},
    named(offsetof(tcmsg, tcm_info), "protocol", Kind::kBe16, &kEtherTypes),
    {offsetof(tcmsg, tcm_info) + 2, "priority", Kind::kU16},
};
inline constexpr Attr kFilterAttrs[] = {
    str(TCA_KIND, "kind", 15),
    unionOf(TCA_OPTIONS, "data", "kind", kFilterKinds),
    skip(TCA_STATS),
    skip(TCA_XSTATS),
    skip(TCA_STATS2),
    skip(TCA_PAD),
    {TCA_CHAIN, "chain", Kind::kU32},
    replyOnly(str(TCA_EXT_WARN_MSG, "warning", 4096)),
};
inline constexpr AttrSet kFilter{"filter", kFilterAttrs, kFilterHeader, sizeof(tcmsg)};

}  // namespace netloom::schema
