// Attribute tables of nf_tables' expressions: what the rules and stateful sets are made of.
//
// Every number of nf_tables is in network byte order; the bytes of `value` stand as the registers hold them.
#pragma once

#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>

#include "actions.h"
#include "objects.h"
#include "sources.h"

namespace netloom::schema {

inline constexpr Attr kNftImmediateAttrs[] = {
    {NFTA_IMMEDIATE_DREG, "dreg", Kind::kBe32},
    nest(NFTA_IMMEDIATE_DATA, "data", &kNftData),
};
inline constexpr AttrSet kNftImmediate{"nftImmediate", kNftImmediateAttrs};

inline constexpr Name kNftPayloadBaseRows[] = {
    {NFT_PAYLOAD_LL_HEADER, "link"},
    {NFT_PAYLOAD_NETWORK_HEADER, "network"},
    {NFT_PAYLOAD_TRANSPORT_HEADER, "transport"},
    {NFT_PAYLOAD_INNER_HEADER, "inner"},
};
inline constexpr Names kNftPayloadBaseNames{kNftPayloadBaseRows};

inline constexpr Attr kNftPayloadAttrs[] = {
    {NFTA_PAYLOAD_DREG, "dreg", Kind::kBe32},
    named(NFTA_PAYLOAD_BASE, "base", Kind::kBe32, &kNftPayloadBaseNames),
    {NFTA_PAYLOAD_OFFSET, "offset", Kind::kBe32},
    {NFTA_PAYLOAD_LEN, "len", Kind::kBe32},
    {NFTA_PAYLOAD_SREG, "sreg", Kind::kBe32},
    {NFTA_PAYLOAD_CSUM_TYPE, "csumType", Kind::kBe32},
    {NFTA_PAYLOAD_CSUM_OFFSET, "csumOffset", Kind::kBe32},
    {NFTA_PAYLOAD_CSUM_FLAGS, "csumFlags", Kind::kBe32},
};
inline constexpr AttrSet kNftPayload{"nftPayload", kNftPayloadAttrs};

inline constexpr Name kNftMetaKeyRows[] = {
    {NFT_META_LEN, "len"},
    {NFT_META_PROTOCOL, "protocol"},
    {NFT_META_PRIORITY, "priority"},
    {NFT_META_MARK, "mark"},
    {NFT_META_IIF, "iif"},
    {NFT_META_OIF, "oif"},
    {NFT_META_IIFNAME, "iifname"},
    {NFT_META_OIFNAME, "oifname"},
    {NFT_META_IIFTYPE, "iiftype"},
    {NFT_META_OIFTYPE, "oiftype"},
    {NFT_META_SKUID, "skuid"},
    {NFT_META_SKGID, "skgid"},
    {NFT_META_NFTRACE, "nftrace"},
    {NFT_META_RTCLASSID, "rtclassid"},
    {NFT_META_SECMARK, "secmark"},
    {NFT_META_NFPROTO, "nfproto"},
    {NFT_META_L4PROTO, "l4proto"},
    {NFT_META_BRI_IIFNAME, "ibrname"},
    {NFT_META_BRI_OIFNAME, "obrname"},
    {NFT_META_PKTTYPE, "pkttype"},
    {NFT_META_CPU, "cpu"},
    {NFT_META_IIFGROUP, "iifgroup"},
    {NFT_META_OIFGROUP, "oifgroup"},
    {NFT_META_CGROUP, "cgroup"},
    {NFT_META_PRANDOM, "prandom"},
    {NFT_META_SECPATH, "secpath"},
    {NFT_META_IIFKIND, "iifkind"},
    {NFT_META_OIFKIND, "oifkind"},
    {NFT_META_BRI_IIFPVID, "ibrpvid"},
    {NFT_META_BRI_IIFVPROTO, "ibrvproto"},
    {NFT_META_TIME_NS, "time"},
    {NFT_META_TIME_DAY, "day"},
    {NFT_META_TIME_HOUR, "hour"},
    {NFT_META_SDIF, "sdif"},
    {NFT_META_SDIFNAME, "sdifname"},
    {kNftMetaBroute, "broute"},
};
inline constexpr Names kNftMetaKeyNames{kNftMetaKeyRows};

inline constexpr Attr kNftMetaAttrs[] = {
    {NFTA_META_DREG, "dreg", Kind::kBe32},
    named(NFTA_META_KEY, "key", Kind::kBe32, &kNftMetaKeyNames),
    {NFTA_META_SREG, "sreg", Kind::kBe32},
};
inline constexpr AttrSet kNftMeta{"nftMeta", kNftMetaAttrs};

inline constexpr Name kNftCmpOpRows[] = {
    {NFT_CMP_EQ, "eq"},   {NFT_CMP_NEQ, "neq"}, {NFT_CMP_LT, "lt"},
    {NFT_CMP_LTE, "lte"}, {NFT_CMP_GT, "gt"},   {NFT_CMP_GTE, "gte"},
};
inline constexpr Names kNftCmpOpNames{kNftCmpOpRows};

inline constexpr Attr kNftCmpAttrs[] = {
    {NFTA_CMP_SREG, "sreg", Kind::kBe32},
    named(NFTA_CMP_OP, "op", Kind::kBe32, &kNftCmpOpNames),
    nest(NFTA_CMP_DATA, "data", &kNftData),
};
inline constexpr AttrSet kNftCmp{"nftCmp", kNftCmpAttrs};

inline constexpr Name kNftRangeOpRows[] = {{NFT_RANGE_EQ, "eq"}, {NFT_RANGE_NEQ, "neq"}};
inline constexpr Names kNftRangeOpNames{kNftRangeOpRows};

inline constexpr Attr kNftRangeAttrs[] = {
    {NFTA_RANGE_SREG, "sreg", Kind::kBe32},
    named(NFTA_RANGE_OP, "op", Kind::kBe32, &kNftRangeOpNames),
    nest(NFTA_RANGE_FROM_DATA, "from", &kNftData),
    nest(NFTA_RANGE_TO_DATA, "to", &kNftData),
};
inline constexpr AttrSet kNftRange{"nftRange", kNftRangeAttrs};

inline constexpr Name kNftBitwiseOpRows[] = {
    {NFT_BITWISE_BOOL, "bool"}, {NFT_BITWISE_LSHIFT, "lshift"}, {NFT_BITWISE_RSHIFT, "rshift"}};
inline constexpr Names kNftBitwiseOpNames{kNftBitwiseOpRows};

inline constexpr Attr kNftBitwiseAttrs[] = {
    {NFTA_BITWISE_SREG, "sreg", Kind::kBe32},
    {NFTA_BITWISE_DREG, "dreg", Kind::kBe32},
    {NFTA_BITWISE_LEN, "len", Kind::kBe32},
    nest(NFTA_BITWISE_MASK, "mask", &kNftData),
    nest(NFTA_BITWISE_XOR, "xor", &kNftData),
    named(NFTA_BITWISE_OP, "op", Kind::kBe32, &kNftBitwiseOpNames),
    nest(NFTA_BITWISE_DATA, "data", &kNftData),
};
inline constexpr AttrSet kNftBitwise{"nftBitwise", kNftBitwiseAttrs};

inline constexpr Name kNftByteorderOpRows[] = {{NFT_BYTEORDER_NTOH, "ntoh"}, {NFT_BYTEORDER_HTON, "hton"}};
inline constexpr Names kNftByteorderOpNames{kNftByteorderOpRows};

inline constexpr Attr kNftByteorderAttrs[] = {
    {NFTA_BYTEORDER_SREG, "sreg", Kind::kBe32},
    {NFTA_BYTEORDER_DREG, "dreg", Kind::kBe32},
    named(NFTA_BYTEORDER_OP, "op", Kind::kBe32, &kNftByteorderOpNames),
    {NFTA_BYTEORDER_LEN, "len", Kind::kBe32},
    {NFTA_BYTEORDER_SIZE, "size", Kind::kBe32},
};
inline constexpr AttrSet kNftByteorder{"nftByteorder", kNftByteorderAttrs};

inline constexpr Name kNftLookupFlagRows[] = {{NFT_LOOKUP_F_INV, "inv"}};
inline constexpr Names kNftLookupFlagNames{kNftLookupFlagRows, true};

inline constexpr Attr kNftLookupAttrs[] = {
    str(NFTA_LOOKUP_SET, "set", kNftNameLength),
    {NFTA_LOOKUP_SREG, "sreg", Kind::kBe32},
    {NFTA_LOOKUP_DREG, "dreg", Kind::kBe32},
    {NFTA_LOOKUP_SET_ID, "setId", Kind::kBe32},
    named(NFTA_LOOKUP_FLAGS, "flags", Kind::kBe32, &kNftLookupFlagNames),
};
inline constexpr AttrSet kNftLookup{"nftLookup", kNftLookupAttrs};

inline constexpr Name kNftCtKeyRows[] = {
    {NFT_CT_STATE, "state"},
    {NFT_CT_DIRECTION, "direction"},
    {NFT_CT_STATUS, "status"},
    {NFT_CT_MARK, "mark"},
    {NFT_CT_SECMARK, "secmark"},
    {NFT_CT_EXPIRATION, "expiration"},
    {NFT_CT_HELPER, "helper"},
    {NFT_CT_L3PROTOCOL, "l3protocol"},
    {NFT_CT_SRC, "src"},
    {NFT_CT_DST, "dst"},
    {NFT_CT_PROTOCOL, "protocol"},
    {NFT_CT_PROTO_SRC, "protoSrc"},
    {NFT_CT_PROTO_DST, "protoDst"},
    {NFT_CT_LABELS, "labels"},
    {NFT_CT_PKTS, "pkts"},
    {NFT_CT_BYTES, "bytes"},
    {NFT_CT_AVGPKT, "avgpkt"},
    {NFT_CT_ZONE, "zone"},
    {NFT_CT_EVENTMASK, "eventmask"},
    {NFT_CT_SRC_IP, "srcIp"},
    {NFT_CT_DST_IP, "dstIp"},
    {NFT_CT_SRC_IP6, "srcIp6"},
    {NFT_CT_DST_IP6, "dstIp6"},
    {NFT_CT_ID, "id"},
};
inline constexpr Names kNftCtKeyNames{kNftCtKeyRows};

inline constexpr Attr kNftCtAttrs[] = {
    {NFTA_CT_DREG, "dreg", Kind::kBe32},
    named(NFTA_CT_KEY, "key", Kind::kBe32, &kNftCtKeyNames),
    {NFTA_CT_DIRECTION, "direction", Kind::kU8},
    {NFTA_CT_SREG, "sreg", Kind::kBe32},
};
inline constexpr AttrSet kNftCt{"nftCt", kNftCtAttrs};

inline constexpr Name kNftFibResultRows[] = {
    {NFT_FIB_RESULT_OIF, "oif"}, {NFT_FIB_RESULT_OIFNAME, "oifname"}, {NFT_FIB_RESULT_ADDRTYPE, "type"}};
inline constexpr Names kNftFibResultNames{kNftFibResultRows};
inline constexpr Name kNftFibFlagRows[] = {
    {NFTA_FIB_F_SADDR, "saddr"}, {NFTA_FIB_F_DADDR, "daddr"}, {NFTA_FIB_F_MARK, "mark"},
    {NFTA_FIB_F_IIF, "iif"},     {NFTA_FIB_F_OIF, "oif"},     {NFTA_FIB_F_PRESENT, "present"},
};
inline constexpr Names kNftFibFlagNames{kNftFibFlagRows, true};

inline constexpr Attr kNftFibAttrs[] = {
    {NFTA_FIB_DREG, "dreg", Kind::kBe32},
    named(NFTA_FIB_RESULT, "result", Kind::kBe32, &kNftFibResultNames),
    named(NFTA_FIB_FLAGS, "flags", Kind::kBe32, &kNftFibFlagNames),
};
inline constexpr AttrSet kNftFib{"nftFib", kNftFibAttrs};

inline constexpr Name kNftNatTypeRows[] = {{NFT_NAT_SNAT, "snat"}, {NFT_NAT_DNAT, "dnat"}};
inline constexpr Names kNftNatTypeNames{kNftNatTypeRows};
inline constexpr Name kNftNatFlagRows[] = {
    {NF_NAT_RANGE_MAP_IPS, "mapIps"},
    {NF_NAT_RANGE_PROTO_SPECIFIED, "protoSpecified"},
    {NF_NAT_RANGE_PROTO_RANDOM, "random"},
    {NF_NAT_RANGE_PERSISTENT, "persistent"},
    {NF_NAT_RANGE_PROTO_RANDOM_FULLY, "fullyRandom"},
    {NF_NAT_RANGE_NETMAP, "netmap"},
};
inline constexpr Names kNftNatFlagNames{kNftNatFlagRows, true};
inline constexpr Name kNftNatFamilyRows[] = {{NFPROTO_IPV4, "ip"}, {NFPROTO_IPV6, "ip6"}};
inline constexpr Names kNftNatFamilyNames{kNftNatFamilyRows};

inline constexpr Attr kNftNatAttrs[] = {
    named(NFTA_NAT_TYPE, "type", Kind::kBe32, &kNftNatTypeNames),
    named(NFTA_NAT_FAMILY, "family", Kind::kBe32, &kNftNatFamilyNames),
    {NFTA_NAT_REG_ADDR_MIN, "regAddrMin", Kind::kBe32},
    {NFTA_NAT_REG_ADDR_MAX, "regAddrMax", Kind::kBe32},
    {NFTA_NAT_REG_PROTO_MIN, "regProtoMin", Kind::kBe32},
    {NFTA_NAT_REG_PROTO_MAX, "regProtoMax", Kind::kBe32},
    named(NFTA_NAT_FLAGS, "flags", Kind::kBe32, &kNftNatFlagNames),
};
inline constexpr AttrSet kNftNat{"nftNat", kNftNatAttrs};

inline constexpr Attr kNftMasqAttrs[] = {
    named(NFTA_MASQ_FLAGS, "flags", Kind::kBe32, &kNftNatFlagNames),
    {NFTA_MASQ_REG_PROTO_MIN, "regProtoMin", Kind::kBe32},
    {NFTA_MASQ_REG_PROTO_MAX, "regProtoMax", Kind::kBe32},
};
inline constexpr AttrSet kNftMasq{"nftMasq", kNftMasqAttrs};

inline constexpr Attr kNftRedirAttrs[] = {
    {NFTA_REDIR_REG_PROTO_MIN, "regProtoMin", Kind::kBe32},
    {NFTA_REDIR_REG_PROTO_MAX, "regProtoMax", Kind::kBe32},
    named(NFTA_REDIR_FLAGS, "flags", Kind::kBe32, &kNftNatFlagNames),
};
inline constexpr AttrSet kNftRedir{"nftRedir", kNftRedirAttrs};

inline constexpr Name kNftRejectTypeRows[] = {
    {NFT_REJECT_ICMP_UNREACH, "icmp"}, {NFT_REJECT_TCP_RST, "tcpReset"}, {NFT_REJECT_ICMPX_UNREACH, "icmpx"}};
inline constexpr Names kNftRejectTypeNames{kNftRejectTypeRows};

inline constexpr Attr kNftRejectAttrs[] = {
    named(NFTA_REJECT_TYPE, "type", Kind::kBe32, &kNftRejectTypeNames),
    {NFTA_REJECT_ICMP_CODE, "icmpCode", Kind::kU8},
};
inline constexpr AttrSet kNftReject{"nftReject", kNftRejectAttrs};

inline constexpr Attr kNftLogAttrs[] = {
    {NFTA_LOG_GROUP, "group", Kind::kBe16},     str(NFTA_LOG_PREFIX, "prefix", 127),
    {NFTA_LOG_SNAPLEN, "snaplen", Kind::kBe32}, {NFTA_LOG_QTHRESHOLD, "qthreshold", Kind::kBe16},
    {NFTA_LOG_LEVEL, "level", Kind::kBe32},     {NFTA_LOG_FLAGS, "flags", Kind::kBe32},
};
inline constexpr AttrSet kNftLog{"nftLog", kNftLogAttrs};

inline constexpr Attr kNftObjrefAttrs[] = {
    named(NFTA_OBJREF_IMM_TYPE, "type", Kind::kBe32, &kNftObjectTypeNames),
    str(NFTA_OBJREF_IMM_NAME, "name", kNftNameLength),
    {NFTA_OBJREF_SET_SREG, "sreg", Kind::kBe32},
    str(NFTA_OBJREF_SET_NAME, "set", kNftNameLength),
    {NFTA_OBJREF_SET_ID, "setId", Kind::kBe32},
};
inline constexpr AttrSet kNftObjref{"nftObjref", kNftObjrefAttrs};

inline constexpr AttrSet kNftNotrack{"nftNotrack"};

inline constexpr Variant kNftExpressions[] = {
    {"immediate", &kNftImmediate},
    {"payload", &kNftPayload},
    {"meta", &kNftMeta},
    {"cmp", &kNftCmp},
    {"range", &kNftRange},
    {"bitwise", &kNftBitwise},
    {"byteorder", &kNftByteorder},
    {"lookup", &kNftLookup},
    {"ct", &kNftCt},
    {"fib", &kNftFib},
    {"nat", &kNftNat},
    {"masq", &kNftMasq},
    {"redir", &kNftRedir},
    {"reject", &kNftReject},
    {"counter", &kNftCounter},
    {"limit", &kNftLimit},
    {"log", &kNftLog},
    {"objref", &kNftObjref},
    {"notrack", &kNftNotrack},
    {"dynset", &kNftDynset},
    {"quota", &kNftQuota},
    {"connlimit", &kNftConnlimit},
    {"last", &kNftLast},
    {"queue", &kNftQueue},
    {"tproxy", &kNftTproxy},
    {"dup", &kNftDup},
    {"fwd", &kNftFwd},
    {"synproxy", &kNftSynproxy},
    {"flow_offload", &kNftFlow},
    {"exthdr", &kNftExthdr},
    {"rt", &kNftRt},
    {"socket", &kNftSocket},
    {"numgen", &kNftNumgen},
    {"hash", &kNftHash},
    {"osf", &kNftOsf},
    {"xfrm", &kNftXfrm},
    {"match", &kNftMatch},
    {"target", &kNftTarget},
};

inline constexpr Attr kNftExpressionAttrs[] = {
    str(NFTA_EXPR_NAME, "name", 127),
    unionOf(NFTA_EXPR_DATA, "data", "name", kNftExpressions),
};
}  // namespace netloom::schema
