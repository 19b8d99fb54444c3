// Attribute tables of nf_tables' objects: tables, chains, rules, sets and their elements.
#pragma once

#include <linux/netfilter/nfnetlink.h>

#include <cstddef>

#include "../common/compat.h"
#include "expressions.h"

namespace netloom::schema {

inline constexpr Name kNftFamilyRows[] = {
    {NFPROTO_UNSPEC, "unspec"}, {NFPROTO_INET, "inet"},     {NFPROTO_IPV4, "ip"},  {NFPROTO_ARP, "arp"},
    {NFPROTO_NETDEV, "netdev"}, {NFPROTO_BRIDGE, "bridge"}, {NFPROTO_IPV6, "ip6"},
};
inline constexpr Names kNftFamilyNames{kNftFamilyRows};

inline constexpr Attr kNftHeader[] = {
    named(offsetof(nfgenmsg, nfgen_family), "family", Kind::kU8, &kNftFamilyNames),
    {offsetof(nfgenmsg, version), "version", Kind::kU8},
    {offsetof(nfgenmsg, res_id), "resId", Kind::kBe16},
};

constexpr AttrSet nftObject(std::string_view name, std::span<const Attr> attrs) {
  return {name, attrs, kNftHeader, sizeof(nfgenmsg)};
}

inline constexpr Name kNftTableFlagRows[] = {
    {NFT_TABLE_F_DORMANT, "dormant"}, {NFT_TABLE_F_OWNER, "owner"}, {kNftTableFPersist, "persist"}};
inline constexpr Names kNftTableFlagNames{kNftTableFlagRows, true};

inline constexpr Attr kNftTableAttrs[] = {
    str(NFTA_TABLE_NAME, "name", kNftNameLength),
    named(NFTA_TABLE_FLAGS, "flags", Kind::kBe32, &kNftTableFlagNames),
    replyOnly({NFTA_TABLE_USE, "use", Kind::kBe32}),
    {NFTA_TABLE_HANDLE, "handle", Kind::kBe64},
    {NFTA_TABLE_USERDATA, "userdata", Kind::kBytes},
    replyOnly({NFTA_TABLE_OWNER, "owner", Kind::kBe32}),
};
inline constexpr AttrSet kNftTable = nftObject("nftTable", kNftTableAttrs);

// The hook is a number because its meaning hangs on the table's family (0 is prerouting for ip, ingress for
// netdev).
inline constexpr Attr kNftDeviceAttrs[] = {str(NFTA_DEVICE_NAME, "name", 15)};
inline constexpr AttrSet kNftDevice{"nftDevice", kNftDeviceAttrs};
inline constexpr Attr kNftHookAttrs[] = {
    {NFTA_HOOK_HOOKNUM, "hooknum", Kind::kBe32},
    {NFTA_HOOK_PRIORITY, "priority", Kind::kSBe32},
    str(NFTA_HOOK_DEV, "dev", 15),
    array(NFTA_HOOK_DEVS, "devs", &kNftDevice),
};
inline constexpr AttrSet kNftHook{"nftHook", kNftHookAttrs};

inline constexpr Name kNftPolicyRows[] = {{NF_DROP, "drop"}, {NF_ACCEPT, "accept"}};
inline constexpr Names kNftPolicyNames{kNftPolicyRows};
inline constexpr Name kNftChainFlagRows[] = {
    {NFT_CHAIN_BASE, "base"}, {NFT_CHAIN_HW_OFFLOAD, "hwOffload"}, {NFT_CHAIN_BINDING, "binding"}};
inline constexpr Names kNftChainFlagNames{kNftChainFlagRows, true};

inline constexpr Attr kNftChainAttrs[] = {
    str(NFTA_CHAIN_TABLE, "table", kNftNameLength),
    {NFTA_CHAIN_HANDLE, "handle", Kind::kBe64},
    str(NFTA_CHAIN_NAME, "name", kNftNameLength),
    nest(NFTA_CHAIN_HOOK, "hook", &kNftHook),
    named(NFTA_CHAIN_POLICY, "policy", Kind::kBe32, &kNftPolicyNames),
    replyOnly({NFTA_CHAIN_USE, "use", Kind::kBe32}),
    str(NFTA_CHAIN_TYPE, "type", 31),
    nest(NFTA_CHAIN_COUNTERS, "counters", &kNftCounter),
    named(NFTA_CHAIN_FLAGS, "flags", Kind::kBe32, &kNftChainFlagNames),
    {NFTA_CHAIN_ID, "id", Kind::kBe32},
    {NFTA_CHAIN_USERDATA, "userdata", Kind::kBytes},
};
inline constexpr AttrSet kNftChain = nftObject("nftChain", kNftChainAttrs);

inline constexpr Attr kNftRuleAttrs[] = {
    str(NFTA_RULE_TABLE, "table", kNftNameLength),
    str(NFTA_RULE_CHAIN, "chain", kNftNameLength),
    {NFTA_RULE_HANDLE, "handle", Kind::kBe64},
    list(NFTA_RULE_EXPRESSIONS, "expressions", &kNftExpression, NFTA_LIST_ELEM),
    {NFTA_RULE_POSITION, "position", Kind::kBe64},
    {NFTA_RULE_USERDATA, "userdata", Kind::kBytes},
    {NFTA_RULE_ID, "id", Kind::kBe32},
    {NFTA_RULE_POSITION_ID, "positionId", Kind::kBe32},
    {NFTA_RULE_CHAIN_ID, "chainId", Kind::kBe32},
};
inline constexpr AttrSet kNftRule = nftObject("nftRule", kNftRuleAttrs);

inline constexpr Name kNftSetFlagRows[] = {
    {NFT_SET_ANONYMOUS, "anonymous"}, {NFT_SET_CONSTANT, "constant"},
    {NFT_SET_INTERVAL, "interval"},   {NFT_SET_MAP, "map"},
    {NFT_SET_TIMEOUT, "timeout"},     {NFT_SET_EVAL, "dynamic"},
    {NFT_SET_OBJECT, "object"},       {NFT_SET_CONCAT, "concat"},
    {NFT_SET_EXPR, "expr"},
};
inline constexpr Names kNftSetFlagNames{kNftSetFlagRows, true};
inline constexpr Name kNftSetPolicyRows[] = {{NFT_SET_POL_PERFORMANCE, "performance"},
                                             {NFT_SET_POL_MEMORY, "memory"}};
inline constexpr Names kNftSetPolicyNames{kNftSetPolicyRows};

inline constexpr Attr kNftSetFieldAttrs[] = {{NFTA_SET_FIELD_LEN, "len", Kind::kBe32}};
inline constexpr AttrSet kNftSetField{"nftSetField", kNftSetFieldAttrs};
inline constexpr Attr kNftSetDescAttrs[] = {
    {NFTA_SET_DESC_SIZE, "size", Kind::kBe32},
    list(NFTA_SET_DESC_CONCAT, "concat", &kNftSetField, NFTA_LIST_ELEM),
};
inline constexpr AttrSet kNftSetDesc{"nftSetDesc", kNftSetDescAttrs};

inline constexpr Attr kNftSetAttrs[] = {
    str(NFTA_SET_TABLE, "table", kNftNameLength),
    str(NFTA_SET_NAME, "name", kNftNameLength),
    named(NFTA_SET_FLAGS, "flags", Kind::kBe32, &kNftSetFlagNames),
    {NFTA_SET_KEY_TYPE, "keyType", Kind::kBe32},  // nft's own numbers; the kernel only stores them
    {NFTA_SET_KEY_LEN, "keyLen", Kind::kBe32},
    {NFTA_SET_DATA_TYPE, "dataType", Kind::kBe32},
    {NFTA_SET_DATA_LEN, "dataLen", Kind::kBe32},
    named(NFTA_SET_POLICY, "policy", Kind::kBe32, &kNftSetPolicyNames),
    nest(NFTA_SET_DESC, "desc", &kNftSetDesc),
    {NFTA_SET_ID, "id", Kind::kBe32},
    {NFTA_SET_TIMEOUT, "timeout", Kind::kBe64},         // milliseconds
    {NFTA_SET_GC_INTERVAL, "gcInterval", Kind::kBe32},  // milliseconds
    {NFTA_SET_USERDATA, "userdata", Kind::kBytes},
    named(NFTA_SET_OBJ_TYPE, "objType", Kind::kBe32, &kNftObjectTypeNames),
    {NFTA_SET_HANDLE, "handle", Kind::kBe64},
    nest(NFTA_SET_EXPR, "expr", &kNftExpression),
    list(NFTA_SET_EXPRESSIONS, "expressions", &kNftExpression, NFTA_LIST_ELEM),
};
inline constexpr AttrSet kNftSet = nftObject("nftSet", kNftSetAttrs);

inline constexpr Name kNftElemFlagRows[] = {{NFT_SET_ELEM_INTERVAL_END, "intervalEnd"},
                                            {NFT_SET_ELEM_CATCHALL, "catchall"}};
inline constexpr Names kNftElemFlagNames{kNftElemFlagRows, true};

inline constexpr Attr kNftElementAttrs[] = {
    nest(NFTA_SET_ELEM_KEY, "key", &kNftData),
    nest(NFTA_SET_ELEM_DATA, "data", &kNftData),
    named(NFTA_SET_ELEM_FLAGS, "flags", Kind::kBe32, &kNftElemFlagNames),
    {NFTA_SET_ELEM_TIMEOUT, "timeout", Kind::kBe64},        // milliseconds
    {NFTA_SET_ELEM_EXPIRATION, "expiration", Kind::kBe64},  // milliseconds
    {NFTA_SET_ELEM_USERDATA, "userdata", Kind::kBytes},
    nest(NFTA_SET_ELEM_EXPR, "expr", &kNftExpression),
    str(NFTA_SET_ELEM_OBJREF, "objref", kNftNameLength),
    nest(NFTA_SET_ELEM_KEY_END, "keyEnd", &kNftData),
    list(NFTA_SET_ELEM_EXPRESSIONS, "expressions", &kNftExpression, NFTA_LIST_ELEM),
};
inline constexpr AttrSet kNftElement{"nftElement", kNftElementAttrs};

inline constexpr Attr kNftSetElemAttrs[] = {
    str(NFTA_SET_ELEM_LIST_TABLE, "table", kNftNameLength),
    str(NFTA_SET_ELEM_LIST_SET, "set", kNftNameLength),
    list(NFTA_SET_ELEM_LIST_ELEMENTS, "elements", &kNftElement, NFTA_LIST_ELEM),
    {NFTA_SET_ELEM_LIST_SET_ID, "setId", Kind::kBe32},
};
inline constexpr AttrSet kNftSetElem = nftObject("nftSetElem", kNftSetElemAttrs);

inline constexpr Attr kNftObjAttrs[] = {
    str(NFTA_OBJ_TABLE, "table", kNftNameLength),
    str(NFTA_OBJ_NAME, "name", kNftNameLength),
    named(NFTA_OBJ_TYPE, "type", Kind::kBe32, &kNftObjectTypeNames),
    unionOf(NFTA_OBJ_DATA, "data", "type", kNftObjectData),
    replyOnly({NFTA_OBJ_USE, "use", Kind::kBe32}),
    {NFTA_OBJ_HANDLE, "handle", Kind::kBe64},
    {NFTA_OBJ_USERDATA, "userdata", Kind::kBytes},
};
inline constexpr AttrSet kNftObj = nftObject("nftObj", kNftObjAttrs);

// nfnetlink numbers its messages subsystem by subsystem.
constexpr uint16_t nftType(int message) { return NFNL_SUBSYS_NFTABLES << 8 | message; }

inline constexpr std::string_view kNftTableIdentity[] = {"family", "name"};
inline constexpr std::string_view kNftChainIdentity[] = {"family", "table", "name"};
inline constexpr std::string_view kNftRuleIdentity[] = {"family", "table", "chain", "handle"};
inline constexpr std::string_view kNftObjIdentity[] = {"family", "table", "name", "type"};
inline constexpr std::string_view kNftSetElemIdentity[] = {"family", "table", "set"};

}  // namespace netloom::schema
