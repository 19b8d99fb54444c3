// Attribute tables of connection tracking: as much as it takes to find connections and to forget them.
#pragma once

#include <linux/netfilter/nfnetlink_conntrack.h>

#include "../common/names.h"
#include "nftables.h"

namespace netloom::schema {

inline constexpr Attr kCtIpAttrs[] = {
    {CTA_IP_V4_SRC, "src4", Kind::kIp4},
    {CTA_IP_V4_DST, "dst4", Kind::kIp4},
    {CTA_IP_V6_SRC, "src6", Kind::kIp6},
    {CTA_IP_V6_DST, "dst6", Kind::kIp6},
};
inline constexpr AttrSet kCtIp{"ctIp", kCtIpAttrs};

inline constexpr Attr kCtProtoAttrs[] = {
    named(CTA_PROTO_NUM, "protocol", Kind::kU8, &kIpProtocols),
    {CTA_PROTO_SRC_PORT, "sport", Kind::kBe16},
    {CTA_PROTO_DST_PORT, "dport", Kind::kBe16},
    {CTA_PROTO_ICMP_ID, "icmpId", Kind::kBe16},
    {CTA_PROTO_ICMP_TYPE, "icmpType", Kind::kU8},
    {CTA_PROTO_ICMP_CODE, "icmpCode", Kind::kU8},
    {CTA_PROTO_ICMPV6_ID, "icmp6Id", Kind::kBe16},
    {CTA_PROTO_ICMPV6_TYPE, "icmp6Type", Kind::kU8},
    {CTA_PROTO_ICMPV6_CODE, "icmp6Code", Kind::kU8},
};
inline constexpr AttrSet kCtProto{"ctProto", kCtProtoAttrs};

inline constexpr Attr kCtTupleAttrs[] = {
    nest(CTA_TUPLE_IP, "ip", &kCtIp),
    nest(CTA_TUPLE_PROTO, "proto", &kCtProto),
    {CTA_TUPLE_ZONE, "zone", Kind::kBe16},
};
inline constexpr AttrSet kCtTuple{"ctTuple", kCtTupleAttrs};

// Which parts of the request's tuple a dump compares, one bit each; kernels before 5.8 pass it over and
// answer with everything.
inline constexpr Name kCtFilterRows[] = {
    {1 << 0, "src"},      {1 << 1, "dst"},   {1 << 2, "zone"},
    {1 << 3, "protocol"}, {1 << 4, "sport"}, {1 << 5, "dport"},
};
inline constexpr Names kCtFilterNames{kCtFilterRows, true};
inline constexpr Attr kCtFilterAttrs[] = {
    named(CTA_FILTER_ORIG_FLAGS, "original", Kind::kU32, &kCtFilterNames),
    named(CTA_FILTER_REPLY_FLAGS, "reply", Kind::kU32, &kCtFilterNames),
};
inline constexpr AttrSet kCtFilter{"ctFilter", kCtFilterAttrs};

inline constexpr Attr kCtAttrs[] = {
    nest(CTA_TUPLE_ORIG, "original", &kCtTuple),
    nest(CTA_TUPLE_REPLY, "reply", &kCtTuple),
    {CTA_STATUS, "status", Kind::kBe32},
    {CTA_TIMEOUT, "timeout", Kind::kBe32},  // seconds
    {CTA_MARK, "mark", Kind::kBe32},
    replyOnly({CTA_USE, "use", Kind::kBe32}),
    {CTA_ID, "id", Kind::kBe32},
    {CTA_ZONE, "zone", Kind::kBe16},
    requestOnly(nest(CTA_FILTER, "filter", &kCtFilter)),
};
inline constexpr AttrSet kCt{"ct", kCtAttrs, kNftHeader, sizeof(nfgenmsg)};

constexpr uint16_t ctType(int message) { return NFNL_SUBSYS_CTNETLINK << 8 | message; }

inline constexpr std::string_view kCtIdentity[] = {"family", "original", "id"};

}  // namespace netloom::schema
