// Tunnels over IP.
#pragma once

#include <linux/if_link.h>
#include <linux/if_tunnel.h>

#include <cstddef>

#include "../common/compat.h"
#include "../common/names.h"

namespace netloom::schema {

inline constexpr Name kTunnelDfRows[] = {
    {VXLAN_DF_UNSET, "unset"}, {VXLAN_DF_SET, "set"}, {VXLAN_DF_INHERIT, "inherit"}};
inline constexpr Names kTunnelDf{kTunnelDfRows};
static_assert(static_cast<int>(GENEVE_DF_SET) == VXLAN_DF_SET &&
              static_cast<int>(GENEVE_DF_INHERIT) == VXLAN_DF_INHERIT);

inline constexpr Attr kPortRangeFields[] = {
    {offsetof(ifla_vxlan_port_range, low), "low", Kind::kBe16},
    {offsetof(ifla_vxlan_port_range, high), "high", Kind::kBe16},
};
inline constexpr AttrSet kPortRange{"portRange", {}, kPortRangeFields, sizeof(ifla_vxlan_port_range)};

inline constexpr Name kLabelPolicyRows[] = {{0, "fixed"}, {1, "inherit"}};
inline constexpr Names kLabelPolicies{kLabelPolicyRows};

inline constexpr Attr kVxlanAttrs[] = {
    {IFLA_VXLAN_ID, "id", Kind::kU32},
    {IFLA_VXLAN_GROUP, "group", Kind::kIp4},
    {IFLA_VXLAN_LINK, "link", Kind::kDev},
    {IFLA_VXLAN_LOCAL, "local", Kind::kIp4},
    {IFLA_VXLAN_TTL, "ttl", Kind::kU8},
    {IFLA_VXLAN_TOS, "tos", Kind::kU8},
    {IFLA_VXLAN_LEARNING, "learning", Kind::kBool},
    {IFLA_VXLAN_AGEING, "ageing", Kind::kU32},
    {IFLA_VXLAN_LIMIT, "limit", Kind::kU32},
    structure(IFLA_VXLAN_PORT_RANGE, "portRange", &kPortRange),
    {IFLA_VXLAN_PROXY, "proxy", Kind::kBool},
    {IFLA_VXLAN_RSC, "rsc", Kind::kBool},
    {IFLA_VXLAN_L2MISS, "l2miss", Kind::kBool},
    {IFLA_VXLAN_L3MISS, "l3miss", Kind::kBool},
    {IFLA_VXLAN_PORT, "port", Kind::kBe16},
    {IFLA_VXLAN_GROUP6, "group6", Kind::kIp6},
    {IFLA_VXLAN_LOCAL6, "local6", Kind::kIp6},
    {IFLA_VXLAN_UDP_CSUM, "udpCsum", Kind::kBool},
    {IFLA_VXLAN_UDP_ZERO_CSUM6_TX, "udpZeroCsum6Tx", Kind::kBool},
    {IFLA_VXLAN_UDP_ZERO_CSUM6_RX, "udpZeroCsum6Rx", Kind::kBool},
    {IFLA_VXLAN_REMCSUM_TX, "remcsumTx", Kind::kBool},
    {IFLA_VXLAN_REMCSUM_RX, "remcsumRx", Kind::kBool},
    {IFLA_VXLAN_GBP, "gbp", Kind::kFlag},
    {IFLA_VXLAN_REMCSUM_NOPARTIAL, "remcsumNopartial", Kind::kFlag},
    {IFLA_VXLAN_COLLECT_METADATA, "collectMetadata", Kind::kBool},
    {IFLA_VXLAN_LABEL, "label", Kind::kBe32},
    {IFLA_VXLAN_GPE, "gpe", Kind::kFlag},
    {IFLA_VXLAN_TTL_INHERIT, "ttlInherit", Kind::kFlag},
    named(IFLA_VXLAN_DF, "df", Kind::kU8, &kTunnelDf),
    {IFLA_VXLAN_VNIFILTER, "vnifilter", Kind::kBool},
    {kIflaVxlanLocalbypass, "localbypass", Kind::kBool},
    named(kIflaVxlanLabelPolicy, "labelPolicy", Kind::kU32, &kLabelPolicies),
    {kIflaVxlanReservedBits, "reservedBits", Kind::kBytes, 8},
    {kIflaVxlanMcRoute, "mcRoute", Kind::kBool},
};
inline constexpr AttrSet kVxlan{"vxlan", kVxlanAttrs};

inline constexpr Attr kGeneveAttrs[] = {
    {IFLA_GENEVE_ID, "id", Kind::kU32},
    {IFLA_GENEVE_REMOTE, "remote", Kind::kIp4},
    {IFLA_GENEVE_TTL, "ttl", Kind::kU8},
    {IFLA_GENEVE_TOS, "tos", Kind::kU8},
    {IFLA_GENEVE_PORT, "port", Kind::kBe16},
    {IFLA_GENEVE_COLLECT_METADATA, "collectMetadata", Kind::kFlag},
    {IFLA_GENEVE_REMOTE6, "remote6", Kind::kIp6},
    {IFLA_GENEVE_UDP_CSUM, "udpCsum", Kind::kBool},
    {IFLA_GENEVE_UDP_ZERO_CSUM6_TX, "udpZeroCsum6Tx", Kind::kBool},
    {IFLA_GENEVE_UDP_ZERO_CSUM6_RX, "udpZeroCsum6Rx", Kind::kBool},
    {IFLA_GENEVE_LABEL, "label", Kind::kBe32},
    {IFLA_GENEVE_TTL_INHERIT, "ttlInherit", Kind::kBool},
    named(IFLA_GENEVE_DF, "df", Kind::kU8, &kTunnelDf),
    {IFLA_GENEVE_INNER_PROTO_INHERIT, "innerProtoInherit", Kind::kFlag},
    structure(kIflaGenevePortRange, "portRange", &kPortRange),
};
inline constexpr AttrSet kGeneve{"geneve", kGeneveAttrs};

inline constexpr Name kEncapTypeRows[] = {{TUNNEL_ENCAP_NONE, "none"},
                                          {TUNNEL_ENCAP_FOU, "fou"},
                                          {TUNNEL_ENCAP_GUE, "gue"},
                                          {TUNNEL_ENCAP_MPLS, "mpls"}};
inline constexpr Names kEncapTypes{kEncapTypeRows};
inline constexpr Name kEncapFlagRows[] = {{TUNNEL_ENCAP_FLAG_CSUM, "csum"},
                                          {TUNNEL_ENCAP_FLAG_CSUM6, "csum6"},
                                          {TUNNEL_ENCAP_FLAG_REMCSUM, "remcsum"}};
inline constexpr Names kEncapFlags{kEncapFlagRows, true};

// GRE_CSUM and its kin as linux/if_tunnel.h has them, there in network byte order.
inline constexpr Name kGreFlagRows[] = {{0x8000, "csum"}, {0x2000, "key"}, {0x1000, "seq"}};
inline constexpr Names kGreFlags{kGreFlagRows, true};

inline constexpr Attr kGreAttrs[] = {
    {IFLA_GRE_LINK, "link", Kind::kDev},
    named(IFLA_GRE_IFLAGS, "iflags", Kind::kBe16, &kGreFlags),
    named(IFLA_GRE_OFLAGS, "oflags", Kind::kBe16, &kGreFlags),
    {IFLA_GRE_IKEY, "ikey", Kind::kBe32},
    {IFLA_GRE_OKEY, "okey", Kind::kBe32},
    {IFLA_GRE_LOCAL, "local", Kind::kIp4},
    {IFLA_GRE_REMOTE, "remote", Kind::kIp4},
    {IFLA_GRE_TTL, "ttl", Kind::kU8},
    {IFLA_GRE_TOS, "tos", Kind::kU8},
    {IFLA_GRE_PMTUDISC, "pmtudisc", Kind::kBool},
    named(IFLA_GRE_ENCAP_TYPE, "encapType", Kind::kU16, &kEncapTypes),
    named(IFLA_GRE_ENCAP_FLAGS, "encapFlags", Kind::kU16, &kEncapFlags),
    {IFLA_GRE_ENCAP_SPORT, "encapSport", Kind::kBe16},
    {IFLA_GRE_ENCAP_DPORT, "encapDport", Kind::kBe16},
    {IFLA_GRE_COLLECT_METADATA, "collectMetadata", Kind::kFlag},
    {IFLA_GRE_IGNORE_DF, "ignoreDf", Kind::kBool},
    {IFLA_GRE_FWMARK, "fwmark", Kind::kU32},
};
inline constexpr AttrSet kGre{"gre", kGreAttrs};
inline constexpr AttrSet kGretap{"gretap", kGreAttrs};

inline constexpr Name kTunnelProtocolRows[] = {{0, "any"}, {4, "ipip"}, {41, "ip6ip"}, {137, "mplsip"}};
inline constexpr Names kTunnelProtocols{kTunnelProtocolRows};

inline constexpr Attr kIpipAttrs[] = {
    {IFLA_IPTUN_LINK, "link", Kind::kDev},
    {IFLA_IPTUN_LOCAL, "local", Kind::kIp4},
    {IFLA_IPTUN_REMOTE, "remote", Kind::kIp4},
    {IFLA_IPTUN_TTL, "ttl", Kind::kU8},
    {IFLA_IPTUN_TOS, "tos", Kind::kU8},
    named(IFLA_IPTUN_PROTO, "proto", Kind::kU8, &kTunnelProtocols),
    {IFLA_IPTUN_PMTUDISC, "pmtudisc", Kind::kBool},
    named(IFLA_IPTUN_ENCAP_TYPE, "encapType", Kind::kU16, &kEncapTypes),
    named(IFLA_IPTUN_ENCAP_FLAGS, "encapFlags", Kind::kU16, &kEncapFlags),
    {IFLA_IPTUN_ENCAP_SPORT, "encapSport", Kind::kBe16},
    {IFLA_IPTUN_ENCAP_DPORT, "encapDport", Kind::kBe16},
    {IFLA_IPTUN_COLLECT_METADATA, "collectMetadata", Kind::kFlag},
    {IFLA_IPTUN_FWMARK, "fwmark", Kind::kU32},
};
inline constexpr AttrSet kIpip{"ipip", kIpipAttrs};

inline constexpr Name kSitFlagRows[] = {{SIT_ISATAP, "isatap"}};
inline constexpr Names kSitFlags{kSitFlagRows, true};

// IFLA_IPTUN_FLAGS is 16 bits wide for sit, 32 for ip6tnl; the other kinds have none.
inline constexpr Attr kSitAttrs[] = {
    {IFLA_IPTUN_LINK, "link", Kind::kDev},
    {IFLA_IPTUN_LOCAL, "local", Kind::kIp4},
    {IFLA_IPTUN_REMOTE, "remote", Kind::kIp4},
    {IFLA_IPTUN_TTL, "ttl", Kind::kU8},
    {IFLA_IPTUN_TOS, "tos", Kind::kU8},
    named(IFLA_IPTUN_FLAGS, "flags", Kind::kU16, &kSitFlags),
    named(IFLA_IPTUN_PROTO, "proto", Kind::kU8, &kTunnelProtocols),
    {IFLA_IPTUN_PMTUDISC, "pmtudisc", Kind::kBool},
    {IFLA_IPTUN_6RD_PREFIX, "6rdPrefix", Kind::kIp6},
    {IFLA_IPTUN_6RD_RELAY_PREFIX, "6rdRelayPrefix", Kind::kIp4},
    {IFLA_IPTUN_6RD_PREFIXLEN, "6rdPrefixlen", Kind::kU16},
    {IFLA_IPTUN_6RD_RELAY_PREFIXLEN, "6rdRelayPrefixlen", Kind::kU16},
    named(IFLA_IPTUN_ENCAP_TYPE, "encapType", Kind::kU16, &kEncapTypes),
    named(IFLA_IPTUN_ENCAP_FLAGS, "encapFlags", Kind::kU16, &kEncapFlags),
    {IFLA_IPTUN_ENCAP_SPORT, "encapSport", Kind::kBe16},
    {IFLA_IPTUN_ENCAP_DPORT, "encapDport", Kind::kBe16},
    {IFLA_IPTUN_FWMARK, "fwmark", Kind::kU32},
};
inline constexpr AttrSet kSit{"sit", kSitAttrs};

}  // namespace netloom::schema
