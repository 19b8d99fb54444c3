// Policy routing rules.
#pragma once

#include <linux/fib_rules.h>
#include <linux/if.h>

#include <cstddef>

#include "common/compat.h"
#include "common/names.h"

namespace netloom::schema {

inline constexpr Name kRuleActionRows[] = {
    {FR_ACT_UNSPEC, "unspec"},     {FR_ACT_TO_TBL, "lookup"},       {FR_ACT_GOTO, "goto"},
    {FR_ACT_NOP, "nop"},           {FR_ACT_BLACKHOLE, "blackhole"}, {FR_ACT_UNREACHABLE, "unreachable"},
    {FR_ACT_PROHIBIT, "prohibit"},
};
inline constexpr Names kRuleActions{kRuleActionRows};

inline constexpr Name kRuleFlagRows[] = {
    {FIB_RULE_PERMANENT, "permanent"},       {FIB_RULE_INVERT, "not"},
    {FIB_RULE_UNRESOLVED, "unresolved"},     {FIB_RULE_IIF_DETACHED, "iif_detached"},
    {FIB_RULE_OIF_DETACHED, "oif_detached"}, {FIB_RULE_FIND_SADDR, "find_saddr"},
};
inline constexpr Names kRuleFlags{kRuleFlagRows, true};

inline constexpr Attr kUidRangeFields[] = {
    {offsetof(fib_rule_uid_range, start), "start", Kind::kU32},
    {offsetof(fib_rule_uid_range, end), "end", Kind::kU32},
};
inline constexpr AttrSet kUidRange{"uidRange", {}, kUidRangeFields, sizeof(fib_rule_uid_range)};
inline constexpr Attr kRulePortRangeFields[] = {
    {offsetof(fib_rule_port_range, start), "start", Kind::kU16},
    {offsetof(fib_rule_port_range, end), "end", Kind::kU16},
};
inline constexpr AttrSet kRulePortRange{
    "rulePortRange", {}, kRulePortRangeFields, sizeof(fib_rule_port_range)};

inline constexpr Attr kRuleHeader[] = {
    named(offsetof(fib_rule_hdr, family), "family", Kind::kU8, &kAddressFamilies),
    {offsetof(fib_rule_hdr, tos), "tos", Kind::kU8},
    named(offsetof(fib_rule_hdr, action), "action", Kind::kU8, &kRuleActions),
    bit32(offsetof(fib_rule_hdr, flags), "not", FIB_RULE_INVERT),
    replyOnly(named(offsetof(fib_rule_hdr, flags), "flags", Kind::kU32, &kRuleFlags)),
};
static_assert(sizeof(fib_rule_hdr) == 12);

// The two suppressors are 32 bits in which the kernel answers -1 for none.
inline constexpr Attr kRuleAttrs[] = {
    prefix(FRA_DST, "to", offsetof(fib_rule_hdr, dst_len)),
    prefix(FRA_SRC, "from", offsetof(fib_rule_hdr, src_len)),
    str(FRA_IIFNAME, "iif", IFNAMSIZ - 1),
    {FRA_GOTO, "goto", Kind::kU32},
    {FRA_PRIORITY, "priority", Kind::kU32},
    {FRA_FWMARK, "fwmark", Kind::kU32},
    {FRA_FLOW, "flow", Kind::kU32},
    {FRA_TUN_ID, "tunId", Kind::kBe64},
    {FRA_SUPPRESS_IFGROUP, "suppressIfgroup", Kind::kS32},
    {FRA_SUPPRESS_PREFIXLEN, "suppressPrefixlen", Kind::kS32},
    named(FRA_TABLE, "table", Kind::kU32, &kRouteTables),
    {FRA_FWMASK, "fwmask", Kind::kU32},
    str(FRA_OIFNAME, "oif", IFNAMSIZ - 1),
    skip(FRA_PAD),
    {FRA_L3MDEV, "l3mdev", Kind::kBool},
    structure(FRA_UID_RANGE, "uidRange", &kUidRange),
    named(FRA_PROTOCOL, "protocol", Kind::kU8, &kRouteProtocols),
    named(FRA_IP_PROTO, "ipProto", Kind::kU8, &kIpProtocols),
    structure(FRA_SPORT_RANGE, "sportRange", &kRulePortRange),
    structure(FRA_DPORT_RANGE, "dportRange", &kRulePortRange),
    {kFraDscp, "dscp", Kind::kU8},
    {kFraFlowlabel, "flowlabel", Kind::kBe32},
    {kFraFlowlabelMask, "flowlabelMask", Kind::kBe32},
    {kFraSportMask, "sportMask", Kind::kU16},
    {kFraDportMask, "dportMask", Kind::kU16},
    {kFraDscpMask, "dscpMask", Kind::kU8},
};
inline constexpr AttrSet kRule{"rule", kRuleAttrs, kRuleHeader, sizeof(fib_rule_hdr),
                               offsetof(fib_rule_hdr, family)};

}  // namespace netloom::schema
