// Attribute tables of nf_tables' expressions that keep a state of their own, or take the packet elsewhere.
#pragma once

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>

#include "data.h"

namespace netloom::schema {

// In families.cc: an expression holds expressions, those that a set keeps for each element or a rule adds to
// one.
extern const AttrSet kNftExpression;

inline constexpr Attr kNftCounterAttrs[] = {
    {NFTA_COUNTER_BYTES, "bytes", Kind::kBe64},
    {NFTA_COUNTER_PACKETS, "packets", Kind::kBe64},
};
inline constexpr AttrSet kNftCounter{"nftCounter", kNftCounterAttrs};

inline constexpr Name kNftLimitTypeRows[] = {{NFT_LIMIT_PKTS, "packets"}, {NFT_LIMIT_PKT_BYTES, "bytes"}};
inline constexpr Names kNftLimitTypeNames{kNftLimitTypeRows};
inline constexpr Name kNftLimitFlagRows[] = {{NFT_LIMIT_F_INV, "inv"}};
inline constexpr Names kNftLimitFlagNames{kNftLimitFlagRows, true};

inline constexpr Attr kNftLimitAttrs[] = {
    {NFTA_LIMIT_RATE, "rate", Kind::kBe64},
    {NFTA_LIMIT_UNIT, "unit", Kind::kBe64},  // seconds
    {NFTA_LIMIT_BURST, "burst", Kind::kBe32},
    named(NFTA_LIMIT_TYPE, "type", Kind::kBe32, &kNftLimitTypeNames),
    named(NFTA_LIMIT_FLAGS, "flags", Kind::kBe32, &kNftLimitFlagNames),
};
inline constexpr AttrSet kNftLimit{"nftLimit", kNftLimitAttrs};

inline constexpr Name kNftQuotaFlagRows[] = {{NFT_QUOTA_F_INV, "inv"}, {NFT_QUOTA_F_DEPLETED, "depleted"}};
inline constexpr Names kNftQuotaFlagNames{kNftQuotaFlagRows, true};
inline constexpr Attr kNftQuotaAttrs[] = {
    {NFTA_QUOTA_BYTES, "bytes", Kind::kBe64},
    named(NFTA_QUOTA_FLAGS, "flags", Kind::kBe32, &kNftQuotaFlagNames),
    {NFTA_QUOTA_CONSUMED, "consumed", Kind::kBe64},
};
inline constexpr AttrSet kNftQuota{"nftQuota", kNftQuotaAttrs};

inline constexpr Name kNftConnlimitFlagRows[] = {{NFT_CONNLIMIT_F_INV, "inv"}};
inline constexpr Names kNftConnlimitFlagNames{kNftConnlimitFlagRows, true};
inline constexpr Attr kNftConnlimitAttrs[] = {
    {NFTA_CONNLIMIT_COUNT, "count", Kind::kBe32},
    named(NFTA_CONNLIMIT_FLAGS, "flags", Kind::kBe32, &kNftConnlimitFlagNames),
};
inline constexpr AttrSet kNftConnlimit{"nftConnlimit", kNftConnlimitAttrs};

inline constexpr Attr kNftLastAttrs[] = {
    {NFTA_LAST_SET, "set", Kind::kBe32},
    {NFTA_LAST_MSECS, "msecs", Kind::kBe64},
};
inline constexpr AttrSet kNftLast{"nftLast", kNftLastAttrs};

inline constexpr Name kNftDynsetOpRows[] = {
    {NFT_DYNSET_OP_ADD, "add"}, {NFT_DYNSET_OP_UPDATE, "update"}, {NFT_DYNSET_OP_DELETE, "delete"}};
inline constexpr Names kNftDynsetOpNames{kNftDynsetOpRows};
inline constexpr Name kNftDynsetFlagRows[] = {{NFT_DYNSET_F_INV, "inv"}, {NFT_DYNSET_F_EXPR, "expr"}};
inline constexpr Names kNftDynsetFlagNames{kNftDynsetFlagRows, true};
inline constexpr Attr kNftDynsetAttrs[] = {
    str(NFTA_DYNSET_SET_NAME, "set", kNftNameLength),
    {NFTA_DYNSET_SET_ID, "setId", Kind::kBe32},
    named(NFTA_DYNSET_OP, "op", Kind::kBe32, &kNftDynsetOpNames),
    {NFTA_DYNSET_SREG_KEY, "sregKey", Kind::kBe32},
    {NFTA_DYNSET_SREG_DATA, "sregData", Kind::kBe32},
    {NFTA_DYNSET_TIMEOUT, "timeout", Kind::kBe64},  // milliseconds
    nest(NFTA_DYNSET_EXPR, "expr", &kNftExpression),
    named(NFTA_DYNSET_FLAGS, "flags", Kind::kBe32, &kNftDynsetFlagNames),
    list(NFTA_DYNSET_EXPRESSIONS, "expressions", &kNftExpression, NFTA_LIST_ELEM),
};
inline constexpr AttrSet kNftDynset{"nftDynset", kNftDynsetAttrs};

inline constexpr Name kNftQueueFlagRows[] = {{NFT_QUEUE_FLAG_BYPASS, "bypass"},
                                             {NFT_QUEUE_FLAG_CPU_FANOUT, "fanout"}};
inline constexpr Names kNftQueueFlagNames{kNftQueueFlagRows, true};
inline constexpr Attr kNftQueueAttrs[] = {
    {NFTA_QUEUE_NUM, "num", Kind::kBe16},
    {NFTA_QUEUE_TOTAL, "total", Kind::kBe16},
    named(NFTA_QUEUE_FLAGS, "flags", Kind::kBe16, &kNftQueueFlagNames),
    {NFTA_QUEUE_SREG_QNUM, "sregQnum", Kind::kBe32},
};
inline constexpr AttrSet kNftQueue{"nftQueue", kNftQueueAttrs};

inline constexpr Attr kNftTproxyAttrs[] = {
    {NFTA_TPROXY_FAMILY, "family", Kind::kBe32},
    {NFTA_TPROXY_REG_ADDR, "regAddr", Kind::kBe32},
    {NFTA_TPROXY_REG_PORT, "regPort", Kind::kBe32},
};
inline constexpr AttrSet kNftTproxy{"nftTproxy", kNftTproxyAttrs};

inline constexpr Attr kNftDupAttrs[] = {
    {NFTA_DUP_SREG_ADDR, "sregAddr", Kind::kBe32},
    {NFTA_DUP_SREG_DEV, "sregDev", Kind::kBe32},
};
inline constexpr AttrSet kNftDup{"nftDup", kNftDupAttrs};

inline constexpr Attr kNftFwdAttrs[] = {
    {NFTA_FWD_SREG_DEV, "sregDev", Kind::kBe32},
    {NFTA_FWD_SREG_ADDR, "sregAddr", Kind::kBe32},
    {NFTA_FWD_NFPROTO, "nfproto", Kind::kBe32},
};
inline constexpr AttrSet kNftFwd{"nftFwd", kNftFwdAttrs};

inline constexpr Attr kNftSynproxyAttrs[] = {
    {NFTA_SYNPROXY_MSS, "mss", Kind::kBe16},
    {NFTA_SYNPROXY_WSCALE, "wscale", Kind::kU8},
    {NFTA_SYNPROXY_FLAGS, "flags", Kind::kBe32},
};
inline constexpr AttrSet kNftSynproxy{"nftSynproxy", kNftSynproxyAttrs};

inline constexpr Attr kNftFlowAttrs[] = {str(NFTA_FLOW_TABLE_NAME, "table", kNftNameLength)};
inline constexpr AttrSet kNftFlow{"nftFlow", kNftFlowAttrs};

inline constexpr Attr kNftMatchAttrs[] = {
    str(NFTA_MATCH_NAME, "name", 31),
    {NFTA_MATCH_REV, "rev", Kind::kBe32},
    {NFTA_MATCH_INFO, "info", Kind::kBytes},
};
inline constexpr AttrSet kNftMatch{"nftMatch", kNftMatchAttrs};
inline constexpr Attr kNftTargetAttrs[] = {
    str(NFTA_TARGET_NAME, "name", 31),
    {NFTA_TARGET_REV, "rev", Kind::kBe32},
    {NFTA_TARGET_INFO, "info", Kind::kBytes},
};
inline constexpr AttrSet kNftTarget{"nftTarget", kNftTargetAttrs};

}  // namespace netloom::schema
