// Attribute tables of what nf_tables' registers hold: bytes, or a verdict.
#pragma once

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "../../netlink/schema.h"

namespace netloom::schema {

inline constexpr uint32_t kNftNameLength = NFT_NAME_MAXLEN - 1;

inline constexpr Name kNftVerdictRows[] = {
    {NF_DROP, "drop"},
    {NF_ACCEPT, "accept"},
    {static_cast<uint32_t>(NFT_CONTINUE), "continue"},
    {static_cast<uint32_t>(NFT_BREAK), "break"},
    {static_cast<uint32_t>(NFT_JUMP), "jump"},
    {static_cast<uint32_t>(NFT_GOTO), "goto"},
    {static_cast<uint32_t>(NFT_RETURN), "return"},
};
inline constexpr Names kNftVerdictNames{kNftVerdictRows};

inline constexpr Attr kNftVerdictAttrs[] = {
    named(NFTA_VERDICT_CODE, "code", Kind::kBe32, &kNftVerdictNames),
    str(NFTA_VERDICT_CHAIN, "chain", kNftNameLength),
    {NFTA_VERDICT_CHAIN_ID, "chainId", Kind::kBe32},
};
inline constexpr AttrSet kNftVerdict{"nftVerdict", kNftVerdictAttrs};

inline constexpr Attr kNftDataAttrs[] = {
    {NFTA_DATA_VALUE, "value", Kind::kBytes},
    nest(NFTA_DATA_VERDICT, "verdict", &kNftVerdict),
};
inline constexpr AttrSet kNftData{"nftData", kNftDataAttrs};

}  // namespace netloom::schema
