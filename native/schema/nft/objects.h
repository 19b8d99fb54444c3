// Attribute tables of nf_tables' named objects: counters, quotas and limits that rules share, helpers of
// connection tracking.
#pragma once

#include <linux/netfilter/nf_tables.h>

#include "actions.h"

namespace netloom::schema {

inline constexpr Attr kNftCtHelperAttrs[] = {
    str(NFTA_CT_HELPER_NAME, "name", 15),
    {NFTA_CT_HELPER_L3PROTO, "l3proto", Kind::kBe16},
    {NFTA_CT_HELPER_L4PROTO, "l4proto", Kind::kU8},
};
inline constexpr AttrSet kNftCtHelper{"nftCtHelper", kNftCtHelperAttrs};

inline constexpr Attr kNftCtTimeoutAttrs[] = {
    {NFTA_CT_TIMEOUT_L3PROTO, "l3proto", Kind::kBe16},
    {NFTA_CT_TIMEOUT_L4PROTO, "l4proto", Kind::kU8},
    {NFTA_CT_TIMEOUT_DATA, "data", Kind::kBytes},
};
inline constexpr AttrSet kNftCtTimeout{"nftCtTimeout", kNftCtTimeoutAttrs};

inline constexpr Attr kNftCtExpectAttrs[] = {
    {NFTA_CT_EXPECT_L3PROTO, "l3proto", Kind::kBe16}, {NFTA_CT_EXPECT_L4PROTO, "l4proto", Kind::kU8},
    {NFTA_CT_EXPECT_DPORT, "dport", Kind::kBe16},     {NFTA_CT_EXPECT_TIMEOUT, "timeout", Kind::kU32},
    {NFTA_CT_EXPECT_SIZE, "size", Kind::kU8},
};
inline constexpr AttrSet kNftCtExpect{"nftCtExpect", kNftCtExpectAttrs};

inline constexpr Attr kNftSecmarkAttrs[] = {str(NFTA_SECMARK_CTX, "ctx", 4095)};
inline constexpr AttrSet kNftSecmark{"nftSecmark", kNftSecmarkAttrs};

inline constexpr Name kNftObjectTypeRows[] = {
    {NFT_OBJECT_COUNTER, "counter"},      {NFT_OBJECT_QUOTA, "quota"},
    {NFT_OBJECT_CT_HELPER, "ctHelper"},   {NFT_OBJECT_LIMIT, "limit"},
    {NFT_OBJECT_CONNLIMIT, "connlimit"},  {NFT_OBJECT_TUNNEL, "tunnel"},
    {NFT_OBJECT_CT_TIMEOUT, "ctTimeout"}, {NFT_OBJECT_SECMARK, "secmark"},
    {NFT_OBJECT_CT_EXPECT, "ctExpect"},   {NFT_OBJECT_SYNPROXY, "synproxy"},
};
inline constexpr Names kNftObjectTypeNames{kNftObjectTypeRows};

inline constexpr Variant kNftObjectData[] = {
    {"counter", &kNftCounter}, {"quota", &kNftQuota},         {"ctHelper", &kNftCtHelper},
    {"limit", &kNftLimit},     {"connlimit", &kNftConnlimit}, {"ctTimeout", &kNftCtTimeout},
    {"secmark", &kNftSecmark}, {"ctExpect", &kNftCtExpect},   {"synproxy", &kNftSynproxy},
};

}  // namespace netloom::schema
