// Small tables that have one row of each shape, for the tests of the walkers.
#pragma once

#include "netlink/schema.h"

namespace netloom::test {

using schema::Attr;
using schema::AttrSet;
using schema::Family;
using schema::Kind;
using schema::Variant;

inline constexpr Attr kInnerRows[] = {{1, "id", Kind::kU32}, {2, "port", Kind::kBe16}};
inline constexpr AttrSet kInner{"inner", kInnerRows};

inline constexpr Attr kPeerHeader[] = {{0, "index", Kind::kU32}};
inline constexpr AttrSet kPeer{"peer", kInnerRows, kPeerHeader, 4};

inline constexpr Attr kPeerRows[] = {schema::nest(1, "peer", &kPeer)};
inline constexpr AttrSet kWithPeer{"withPeer", kPeerRows};

inline constexpr Variant kVariants[] = {{"plain", &kInner}, {"paired", &kWithPeer}};
inline constexpr Attr kInfoRows[] = {schema::str(1, "kind", 15),
                                     schema::unionOf(2, "data", "kind", kVariants)};
inline constexpr AttrSet kInfo{"info", kInfoRows};

inline constexpr Attr kStructFields[] = {{0, "first", Kind::kU32}, {4, "second", Kind::kU32}};
inline constexpr AttrSet kStructure{"structure", {}, kStructFields, 8};

// Like struct rtnexthop: its length comes first.
inline constexpr Attr kHopFields[] = {{3, "weight", Kind::kWeight, 1}, {4, "dev", Kind::kDev}};
inline constexpr Attr kHopRows[] = {{5, "via", Kind::kIp}};
inline constexpr AttrSet kHop{"hop", kHopRows, kHopFields, 8};

inline constexpr Attr kTopHeader[] = {{0, "family", Kind::kU8}, {4, "index", Kind::kU32}};
inline constexpr Attr kTopRows[] = {
    schema::str(1, "name", 15),
    {2, "mtu", Kind::kU32},
    schema::inlined(3, &kInfo),
    schema::list(4, "items", &kInner, 1),
    schema::structure(5, "counters", &kStructure),
    {6, "hops", Kind::kMultipath, 0, &kHop},
    {7, "group", Kind::kGroup, 0, &kStructure},
    schema::nest(8, "options", &kInner),
};
inline constexpr AttrSet kTop{"top", kTopRows, kTopHeader, 8};

inline constexpr std::string_view kIdentity[] = {"name", "index"};
inline constexpr Family kFamily{"thing", 0, 16, 17, 18, &kTop, 0, kIdentity};

}  // namespace netloom::test
