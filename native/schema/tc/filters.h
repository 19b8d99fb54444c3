// The data of filters.
#pragma once

#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>

#include "../common/names.h"
#include "actions.h"

namespace netloom::schema {

inline constexpr Name kEtherTypeRows[] = {{ETH_P_ALL, "all"},      {ETH_P_IP, "ip"},
                                          {ETH_P_IPV6, "ipv6"},    {ETH_P_ARP, "arp"},
                                          {ETH_P_8021Q, "802.1Q"}, {ETH_P_8021AD, "802.1ad"}};
inline constexpr Names kEtherTypes{kEtherTypeRows};

// Told, never asked for: what the hardware takes over is the driver's choice, and the kernel refuses the bits
// that it reports.
inline constexpr Name kClassifierFlagRows[] = {{TCA_CLS_FLAGS_SKIP_HW, "skip_hw"},
                                               {TCA_CLS_FLAGS_SKIP_SW, "skip_sw"},
                                               {TCA_CLS_FLAGS_IN_HW, "in_hw"},
                                               {TCA_CLS_FLAGS_NOT_IN_HW, "not_in_hw"},
                                               {TCA_CLS_FLAGS_VERBOSE, "verbose"}};
inline constexpr Names kClassifierFlags{kClassifierFlagRows, true};

// `sel` is struct tc_u32_sel and the keys behind it, which src/rtnl/families/tc/u32.ts writes and reads.
inline constexpr Attr kU32Attrs[] = {
    {TCA_U32_CLASSID, "classid", Kind::kHandle},
    {TCA_U32_HASH, "hash", Kind::kU32},
    {TCA_U32_LINK, "link", Kind::kU32},
    {TCA_U32_DIVISOR, "divisor", Kind::kU32},
    {TCA_U32_SEL, "sel", Kind::kBytes},
    list(TCA_U32_ACT, "actions", &kAction, 0),
    str(TCA_U32_INDEV, "indev", IFNAMSIZ - 1),
    skip(TCA_U32_PCNT),
    replyOnly(named(TCA_U32_FLAGS, "flags", Kind::kU32, &kClassifierFlags)),
    skip(TCA_U32_PAD),
};
inline constexpr AttrSet kU32{"u32", kU32Attrs};

inline constexpr Attr kMatchallAttrs[] = {
    {TCA_MATCHALL_CLASSID, "classid", Kind::kHandle},
    list(TCA_MATCHALL_ACT, "actions", &kAction, 0),
    replyOnly(named(TCA_MATCHALL_FLAGS, "flags", Kind::kU32, &kClassifierFlags)),
    skip(TCA_MATCHALL_PCNT),
    skip(TCA_MATCHALL_PAD),
};
inline constexpr AttrSet kMatchall{"matchall", kMatchallAttrs};

inline constexpr Attr kFlowerAttrs[] = {
    {TCA_FLOWER_CLASSID, "classid", Kind::kHandle},
    str(TCA_FLOWER_INDEV, "indev", IFNAMSIZ - 1),
    list(TCA_FLOWER_ACT, "actions", &kAction, 0),
    {TCA_FLOWER_KEY_ETH_DST, "ethDst", Kind::kMac},
    {TCA_FLOWER_KEY_ETH_DST_MASK, "ethDstMask", Kind::kMac},
    {TCA_FLOWER_KEY_ETH_SRC, "ethSrc", Kind::kMac},
    {TCA_FLOWER_KEY_ETH_SRC_MASK, "ethSrcMask", Kind::kMac},
    named(TCA_FLOWER_KEY_ETH_TYPE, "ethType", Kind::kBe16, &kEtherTypes),
    named(TCA_FLOWER_KEY_IP_PROTO, "ipProto", Kind::kU8, &kIpProtocols),
    {TCA_FLOWER_KEY_IPV4_SRC, "ipv4Src", Kind::kIp4},
    {TCA_FLOWER_KEY_IPV4_SRC_MASK, "ipv4SrcMask", Kind::kIp4},
    {TCA_FLOWER_KEY_IPV4_DST, "ipv4Dst", Kind::kIp4},
    {TCA_FLOWER_KEY_IPV4_DST_MASK, "ipv4DstMask", Kind::kIp4},
    {TCA_FLOWER_KEY_IPV6_SRC, "ipv6Src", Kind::kIp6},
    {TCA_FLOWER_KEY_IPV6_SRC_MASK, "ipv6SrcMask", Kind::kIp6},
    {TCA_FLOWER_KEY_IPV6_DST, "ipv6Dst", Kind::kIp6},
    {TCA_FLOWER_KEY_IPV6_DST_MASK, "ipv6DstMask", Kind::kIp6},
    {TCA_FLOWER_KEY_TCP_SRC, "tcpSrc", Kind::kBe16},
    {TCA_FLOWER_KEY_TCP_SRC_MASK, "tcpSrcMask", Kind::kBe16},
    {TCA_FLOWER_KEY_TCP_DST, "tcpDst", Kind::kBe16},
    {TCA_FLOWER_KEY_TCP_DST_MASK, "tcpDstMask", Kind::kBe16},
    {TCA_FLOWER_KEY_UDP_SRC, "udpSrc", Kind::kBe16},
    {TCA_FLOWER_KEY_UDP_SRC_MASK, "udpSrcMask", Kind::kBe16},
    {TCA_FLOWER_KEY_UDP_DST, "udpDst", Kind::kBe16},
    {TCA_FLOWER_KEY_UDP_DST_MASK, "udpDstMask", Kind::kBe16},
    {TCA_FLOWER_KEY_SCTP_SRC, "sctpSrc", Kind::kBe16},
    {TCA_FLOWER_KEY_SCTP_SRC_MASK, "sctpSrcMask", Kind::kBe16},
    {TCA_FLOWER_KEY_SCTP_DST, "sctpDst", Kind::kBe16},
    {TCA_FLOWER_KEY_SCTP_DST_MASK, "sctpDstMask", Kind::kBe16},
    {TCA_FLOWER_KEY_VLAN_ID, "vlanId", Kind::kU16},
    {TCA_FLOWER_KEY_VLAN_PRIO, "vlanPrio", Kind::kU8},
    named(TCA_FLOWER_KEY_VLAN_ETH_TYPE, "vlanEthType", Kind::kBe16, &kEtherTypes),
    {TCA_FLOWER_KEY_ICMPV4_CODE, "icmpv4Code", Kind::kU8},
    {TCA_FLOWER_KEY_ICMPV4_CODE_MASK, "icmpv4CodeMask", Kind::kU8},
    {TCA_FLOWER_KEY_ICMPV4_TYPE, "icmpv4Type", Kind::kU8},
    {TCA_FLOWER_KEY_ICMPV4_TYPE_MASK, "icmpv4TypeMask", Kind::kU8},
    {TCA_FLOWER_KEY_ICMPV6_CODE, "icmpv6Code", Kind::kU8},
    {TCA_FLOWER_KEY_ICMPV6_CODE_MASK, "icmpv6CodeMask", Kind::kU8},
    {TCA_FLOWER_KEY_ICMPV6_TYPE, "icmpv6Type", Kind::kU8},
    {TCA_FLOWER_KEY_ICMPV6_TYPE_MASK, "icmpv6TypeMask", Kind::kU8},
    {TCA_FLOWER_KEY_TCP_FLAGS, "tcpFlags", Kind::kBe16},
    {TCA_FLOWER_KEY_TCP_FLAGS_MASK, "tcpFlagsMask", Kind::kBe16},
    {TCA_FLOWER_KEY_IP_TOS, "ipTos", Kind::kU8},
    {TCA_FLOWER_KEY_IP_TOS_MASK, "ipTosMask", Kind::kU8},
    {TCA_FLOWER_KEY_IP_TTL, "ipTtl", Kind::kU8},
    {TCA_FLOWER_KEY_IP_TTL_MASK, "ipTtlMask", Kind::kU8},
    {TCA_FLOWER_KEY_PORT_SRC_MIN, "portSrcMin", Kind::kBe16},
    {TCA_FLOWER_KEY_PORT_SRC_MAX, "portSrcMax", Kind::kBe16},
    {TCA_FLOWER_KEY_PORT_DST_MIN, "portDstMin", Kind::kBe16},
    {TCA_FLOWER_KEY_PORT_DST_MAX, "portDstMax", Kind::kBe16},
    replyOnly(named(TCA_FLOWER_FLAGS, "flags", Kind::kU32, &kClassifierFlags)),
    replyOnly({TCA_FLOWER_IN_HW_COUNT, "inHwCount", Kind::kU32}),
};
inline constexpr AttrSet kFlower{"flower", kFlowerAttrs};

inline constexpr Variant kFilterKinds[] = {{"u32", &kU32}, {"flower", &kFlower}, {"matchall", &kMatchall}};

}  // namespace netloom::schema
