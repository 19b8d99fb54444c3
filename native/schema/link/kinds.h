// Kinds of links that stand on this machine alone, and the table that chooses among all kinds.
#pragma once

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/if_vlan.h>
#include <linux/veth.h>

#include <cstddef>

#include "../common/compat.h"
#include "../common/names.h"
#include "bond.h"
#include "bridge.h"
#include "tunnels.h"

namespace netloom::schema {

// A veth's peer is a whole link: this table contains itself.
extern const AttrSet kLink;

inline constexpr Attr kVethAttrs[] = {nest(VETH_INFO_PEER, "peer", &kLink)};
inline constexpr AttrSet kVeth{"veth", kVethAttrs};

inline constexpr Name kNetkitPolicyRows[] = {{0, "forward"}, {2, "blackhole"}};
inline constexpr Names kNetkitPolicies{kNetkitPolicyRows};
inline constexpr Name kNetkitModeRows[] = {{0, "l2"}, {1, "l3"}};
inline constexpr Names kNetkitModes{kNetkitModeRows};
inline constexpr Name kNetkitScrubRows[] = {{0, "none"}, {1, "default"}};
inline constexpr Names kNetkitScrubs{kNetkitScrubRows};

inline constexpr Attr kNetkitAttrs[] = {
    nest(kIflaNetkitPeerInfo, "peer", &kLink),
    replyOnly({kIflaNetkitPrimary, "primary", Kind::kBool}),
    named(kIflaNetkitPolicy, "policy", Kind::kU32, &kNetkitPolicies),
    named(kIflaNetkitPeerPolicy, "peerPolicy", Kind::kU32, &kNetkitPolicies),
    named(kIflaNetkitMode, "mode", Kind::kU32, &kNetkitModes),
    named(kIflaNetkitScrub, "scrub", Kind::kU32, &kNetkitScrubs),
    named(kIflaNetkitPeerScrub, "peerScrub", Kind::kU32, &kNetkitScrubs),
    {kIflaNetkitHeadroom, "headroom", Kind::kU16},
    {kIflaNetkitTailroom, "tailroom", Kind::kU16},
};
inline constexpr AttrSet kNetkit{"netkit", kNetkitAttrs};

inline constexpr Name kMacvlanModeRows[] = {
    {MACVLAN_MODE_PRIVATE, "private"},   {MACVLAN_MODE_VEPA, "vepa"},     {MACVLAN_MODE_BRIDGE, "bridge"},
    {MACVLAN_MODE_PASSTHRU, "passthru"}, {MACVLAN_MODE_SOURCE, "source"},
};
inline constexpr Names kMacvlanModes{kMacvlanModeRows};
inline constexpr Name kMacvlanFlagRows[] = {{MACVLAN_FLAG_NOPROMISC, "nopromisc"},
                                            {MACVLAN_FLAG_NODST, "nodst"}};
inline constexpr Names kMacvlanFlags{kMacvlanFlagRows, true};
inline constexpr Name kMacaddrModeRows[] = {
    {MACVLAN_MACADDR_ADD, "add"},
    {MACVLAN_MACADDR_DEL, "del"},
    {MACVLAN_MACADDR_FLUSH, "flush"},
    {MACVLAN_MACADDR_SET, "set"},
};
inline constexpr Names kMacaddrModes{kMacaddrModeRows};
inline constexpr Attr kMacaddrElement[] = {{IFLA_MACVLAN_MACADDR, "macaddr", Kind::kMac}};
inline constexpr AttrSet kMacaddrList{"macaddrData", kMacaddrElement};

inline constexpr Attr kMacvlanAttrs[] = {
    named(IFLA_MACVLAN_MODE, "mode", Kind::kU32, &kMacvlanModes),
    named(IFLA_MACVLAN_FLAGS, "flags", Kind::kU16, &kMacvlanFlags),
    requestOnly(named(IFLA_MACVLAN_MACADDR_MODE, "macaddrMode", Kind::kU32, &kMacaddrModes)),
    requestOnly({IFLA_MACVLAN_MACADDR, "macaddr", Kind::kMac}),
    array(IFLA_MACVLAN_MACADDR_DATA, "macaddrData", &kMacaddrList),
    replyOnly({IFLA_MACVLAN_MACADDR_COUNT, "macaddrCount", Kind::kU32}),
    {IFLA_MACVLAN_BC_QUEUE_LEN, "bcQueueLen", Kind::kU32},
    replyOnly({IFLA_MACVLAN_BC_QUEUE_LEN_USED, "bcQueueLenUsed", Kind::kU32}),
    {kIflaMacvlanBcCutoff, "bcCutoff", Kind::kS32},
};
inline constexpr AttrSet kMacvlan{"macvlan", kMacvlanAttrs};
inline constexpr AttrSet kMacvtap{"macvtap", kMacvlanAttrs};

inline constexpr Name kIpvlanModeRows[] = {
    {IPVLAN_MODE_L2, "l2"}, {IPVLAN_MODE_L3, "l3"}, {IPVLAN_MODE_L3S, "l3s"}};
inline constexpr Names kIpvlanModes{kIpvlanModeRows};
inline constexpr Name kIpvlanFlagRows[] = {{IPVLAN_F_PRIVATE, "private"}, {IPVLAN_F_VEPA, "vepa"}};
inline constexpr Names kIpvlanFlags{kIpvlanFlagRows, true};

inline constexpr Attr kIpvlanAttrs[] = {
    named(IFLA_IPVLAN_MODE, "mode", Kind::kU16, &kIpvlanModes),
    named(IFLA_IPVLAN_FLAGS, "flags", Kind::kU16, &kIpvlanFlags),
};
inline constexpr AttrSet kIpvlan{"ipvlan", kIpvlanAttrs};

inline constexpr Name kVlanFlagRows[] = {
    {VLAN_FLAG_REORDER_HDR, "REORDER_HDR"},       {VLAN_FLAG_GVRP, "GVRP"},
    {VLAN_FLAG_LOOSE_BINDING, "LOOSE_BINDING"},   {VLAN_FLAG_MVRP, "MVRP"},
    {VLAN_FLAG_BRIDGE_BINDING, "BRIDGE_BINDING"},
};
inline constexpr Names kVlanFlags{kVlanFlagRows, true};
inline constexpr Attr kVlanFlagFields[] = {
    named(offsetof(ifla_vlan_flags, flags), "flags", Kind::kU32, &kVlanFlags),
    named(offsetof(ifla_vlan_flags, mask), "mask", Kind::kU32, &kVlanFlags),
};
inline constexpr AttrSet kVlanFlagPair{"vlanFlags", {}, kVlanFlagFields, sizeof(ifla_vlan_flags)};
inline constexpr Attr kVlanQosFields[] = {
    {offsetof(ifla_vlan_qos_mapping, from), "from", Kind::kU32},
    {offsetof(ifla_vlan_qos_mapping, to), "to", Kind::kU32},
};
inline constexpr AttrSet kVlanQos{"vlanQos", {}, kVlanQosFields, sizeof(ifla_vlan_qos_mapping)};

inline constexpr Attr kVlanAttrs[] = {
    {IFLA_VLAN_ID, "id", Kind::kU16},
    structure(IFLA_VLAN_FLAGS, "flags", &kVlanFlagPair),
    list(IFLA_VLAN_EGRESS_QOS, "egressQos", &kVlanQos, IFLA_VLAN_QOS_MAPPING),
    list(IFLA_VLAN_INGRESS_QOS, "ingressQos", &kVlanQos, IFLA_VLAN_QOS_MAPPING),
    named(IFLA_VLAN_PROTOCOL, "protocol", Kind::kBe16, &kVlanProtocols),
};
inline constexpr AttrSet kVlan{"vlan", kVlanAttrs};

inline constexpr Attr kVrfAttrs[] = {named(IFLA_VRF_TABLE, "table", Kind::kU32, &kRouteTables)};
inline constexpr AttrSet kVrf{"vrf", kVrfAttrs};
inline constexpr Attr kVrfPortAttrs[] = {
    replyOnly(named(IFLA_VRF_PORT_TABLE, "table", Kind::kU32, &kRouteTables))};
inline constexpr AttrSet kVrfPort{"vrfPort", kVrfPortAttrs};

// tun and tap devices are made through /dev/net/tun; rtnetlink only describes them.
inline constexpr Name kTunTypeRows[] = {{1, "tun"}, {2, "tap"}};
inline constexpr Names kTunTypes{kTunTypeRows};
inline constexpr Attr kTunAttrs[] = {
    replyOnly({IFLA_TUN_OWNER, "owner", Kind::kU32}),
    replyOnly({IFLA_TUN_GROUP, "group", Kind::kU32}),
    replyOnly(named(IFLA_TUN_TYPE, "type", Kind::kU8, &kTunTypes)),
    replyOnly({IFLA_TUN_PI, "pi", Kind::kBool}),
    replyOnly({IFLA_TUN_VNET_HDR, "vnetHdr", Kind::kBool}),
    replyOnly({IFLA_TUN_PERSIST, "persist", Kind::kBool}),
    replyOnly({IFLA_TUN_MULTI_QUEUE, "multiQueue", Kind::kBool}),
    replyOnly({IFLA_TUN_NUM_QUEUES, "numQueues", Kind::kU32}),
    replyOnly({IFLA_TUN_NUM_DISABLED_QUEUES, "numDisabledQueues", Kind::kU32}),
};
inline constexpr AttrSet kTun{"tun", kTunAttrs};

// Kinds without attributes of their own.
inline constexpr AttrSet kDummy{"dummy"};
inline constexpr AttrSet kIfb{"ifb"};
inline constexpr AttrSet kWireguard{"wireguard"};
inline constexpr AttrSet kNlmon{"nlmon"};

inline constexpr Variant kLinkKinds[] = {
    {"veth", &kVeth},
    {"bridge", &kBridge},
    {"macvlan", &kMacvlan},
    {"macvtap", &kMacvtap},
    {"ipvlan", &kIpvlan},
    {"vlan", &kVlan},
    {"vxlan", &kVxlan},
    {"dummy", &kDummy},
    {"ifb", &kIfb},
    {"vrf", &kVrf},
    {"bond", &kBond},
    {"geneve", &kGeneve},
    {"gre", &kGre},
    {"gretap", &kGretap},
    {"ipip", &kIpip},
    {"sit", &kSit},
    {"wireguard", &kWireguard},
    {"netkit", &kNetkit},
    {"nlmon", &kNlmon},
    {"tun", &kTun},
};
inline constexpr Variant kSlaveKinds[] = {
    {"bridge", &kBridgePort}, {"bond", &kBondSlave}, {"vrf", &kVrfPort}};

inline constexpr Attr kLinkInfoAttrs[] = {
    str(IFLA_INFO_KIND, "kind", 55),
    unionOf(IFLA_INFO_DATA, "data", "kind", kLinkKinds),
    skip(IFLA_INFO_XSTATS),
    str(IFLA_INFO_SLAVE_KIND, "slaveKind", 55),
    unionOf(IFLA_INFO_SLAVE_DATA, "slaveData", "slaveKind", kSlaveKinds),
};
inline constexpr AttrSet kLinkInfo{"linkinfo", kLinkInfoAttrs};

}  // namespace netloom::schema
