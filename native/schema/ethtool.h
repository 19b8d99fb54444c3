// Attribute tables of ethtool's generic netlink family: what a device computes for the kernel, and what not.
#pragma once

#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>

#include "../netlink/schema.h"

namespace netloom::schema {

inline constexpr Name kEthtoolFlagRows[] = {
    {ETHTOOL_FLAG_COMPACT_BITSETS, "compactBitsets"},
    {ETHTOOL_FLAG_OMIT_REPLY, "omitReply"},
    {ETHTOOL_FLAG_STATS, "stats"},
};
inline constexpr Names kEthtoolFlags{kEthtoolFlagRows, true};

inline constexpr Attr kEthtoolHeaderAttrs[] = {
    {ETHTOOL_A_HEADER_DEV_INDEX, "dev", Kind::kDev},
    replyOnly(str(ETHTOOL_A_HEADER_DEV_NAME, "ifname", 127)),
    named(ETHTOOL_A_HEADER_FLAGS, "flags", Kind::kU32, &kEthtoolFlags),
};
inline constexpr AttrSet kEthtoolHeader{"ethtoolHeader", kEthtoolHeaderAttrs};

inline constexpr Attr kEthtoolBitAttrs[] = {
    {ETHTOOL_A_BITSET_BIT_INDEX, "index", Kind::kU32},
    str(ETHTOOL_A_BITSET_BIT_NAME, "name", 31),
    {ETHTOOL_A_BITSET_BIT_VALUE, "value", Kind::kFlag},
};
inline constexpr AttrSet kEthtoolBit{"ethtoolBit", kEthtoolBitAttrs};

// In a request, bits that are not listed stay as they are, unless `nomask` says that they are off.
inline constexpr Attr kEthtoolBitsetAttrs[] = {
    {ETHTOOL_A_BITSET_NOMASK, "nomask", Kind::kFlag},
    {ETHTOOL_A_BITSET_SIZE, "size", Kind::kU32},
    list(ETHTOOL_A_BITSET_BITS, "bits", &kEthtoolBit, ETHTOOL_A_BITSET_BITS_BIT),
};
inline constexpr AttrSet kEthtoolBitset{"ethtoolBitset", kEthtoolBitsetAttrs};

inline constexpr Attr kEthtoolAttrs[] = {
    inlined(ETHTOOL_A_FEATURES_HEADER, &kEthtoolHeader),
    nest(ETHTOOL_A_FEATURES_WANTED, "wanted", &kEthtoolBitset),
};
inline constexpr AttrSet kEthtool{"ethtool", kEthtoolAttrs, {}, sizeof(genlmsghdr)};

inline constexpr std::string_view kEthtoolIdentity[] = {"dev"};

}  // namespace netloom::schema
