// Bonds and the links in them. Times are in milliseconds.
#pragma once

#include <linux/if_bonding.h>
#include <linux/if_link.h>

#include "../common/compat.h"
#include "../common/names.h"

namespace netloom::schema {

inline constexpr Name kBondModeRows[] = {
    {BOND_MODE_ROUNDROBIN, "balance-rr"}, {BOND_MODE_ACTIVEBACKUP, "active-backup"},
    {BOND_MODE_XOR, "balance-xor"},       {BOND_MODE_BROADCAST, "broadcast"},
    {BOND_MODE_8023AD, "802.3ad"},        {BOND_MODE_TLB, "balance-tlb"},
    {BOND_MODE_ALB, "balance-alb"},
};
inline constexpr Names kBondModes{kBondModeRows};
inline constexpr Name kArpValidateRows[] = {
    {0, "none"},   {1, "active"},        {2, "backup"},        {3, "all"},
    {4, "filter"}, {5, "filter_active"}, {6, "filter_backup"},
};
inline constexpr Names kArpValidates{kArpValidateRows};
inline constexpr Name kArpAllTargetRows[] = {{0, "any"}, {1, "all"}};
inline constexpr Names kArpAllTargets{kArpAllTargetRows};
inline constexpr Name kPrimaryReselectRows[] = {{0, "always"}, {1, "better"}, {2, "failure"}};
inline constexpr Names kPrimaryReselects{kPrimaryReselectRows};
inline constexpr Name kFailOverMacRows[] = {{0, "none"}, {1, "active"}, {2, "follow"}};
inline constexpr Names kFailOverMacs{kFailOverMacRows};
inline constexpr Name kXmitHashPolicyRows[] = {
    {BOND_XMIT_POLICY_LAYER2, "layer2"},    {BOND_XMIT_POLICY_LAYER34, "layer3+4"},
    {BOND_XMIT_POLICY_LAYER23, "layer2+3"}, {BOND_XMIT_POLICY_ENCAP23, "encap2+3"},
    {BOND_XMIT_POLICY_ENCAP34, "encap3+4"}, {BOND_XMIT_POLICY_VLAN_SRCMAC, "vlan+srcmac"},
};
inline constexpr Names kXmitHashPolicies{kXmitHashPolicyRows};
inline constexpr Name kLacpRateRows[] = {{0, "slow"}, {1, "fast"}};
inline constexpr Names kLacpRates{kLacpRateRows};
inline constexpr Name kAdSelectRows[] = {
    {0, "stable"}, {1, "bandwidth"}, {2, "count"}, {3, "actor_port_prio"}};
inline constexpr Names kAdSelects{kAdSelectRows};

inline constexpr Attr kArpIpTargetElement[] = {{0, "target", Kind::kIp4}};
inline constexpr AttrSet kArpIpTargetList{"arpIpTarget", kArpIpTargetElement};
inline constexpr Attr kNsIp6TargetElement[] = {{0, "target", Kind::kIp6}};
inline constexpr AttrSet kNsIp6TargetList{"nsIp6Target", kNsIp6TargetElement};

inline constexpr Attr kBondAdInfoAttrs[] = {
    replyOnly({IFLA_BOND_AD_INFO_AGGREGATOR, "aggregator", Kind::kU16}),
    replyOnly({IFLA_BOND_AD_INFO_NUM_PORTS, "numPorts", Kind::kU16}),
    replyOnly({IFLA_BOND_AD_INFO_ACTOR_KEY, "actorKey", Kind::kU16}),
    replyOnly({IFLA_BOND_AD_INFO_PARTNER_KEY, "partnerKey", Kind::kU16}),
    replyOnly({IFLA_BOND_AD_INFO_PARTNER_MAC, "partnerMac", Kind::kMac}),
};
inline constexpr AttrSet kBondAdInfo{"bondAdInfo", kBondAdInfoAttrs};

inline constexpr Attr kBondAttrs[] = {
    named(IFLA_BOND_MODE, "mode", Kind::kU8, &kBondModes),
    {IFLA_BOND_ACTIVE_SLAVE, "activeSlave", Kind::kDev},
    {IFLA_BOND_MIIMON, "miimon", Kind::kU32},
    {IFLA_BOND_UPDELAY, "updelay", Kind::kU32},
    {IFLA_BOND_DOWNDELAY, "downdelay", Kind::kU32},
    {IFLA_BOND_USE_CARRIER, "useCarrier", Kind::kBool},
    {IFLA_BOND_ARP_INTERVAL, "arpInterval", Kind::kU32},
    array(IFLA_BOND_ARP_IP_TARGET, "arpIpTarget", &kArpIpTargetList, true),
    named(IFLA_BOND_ARP_VALIDATE, "arpValidate", Kind::kU32, &kArpValidates),
    named(IFLA_BOND_ARP_ALL_TARGETS, "arpAllTargets", Kind::kU32, &kArpAllTargets),
    {IFLA_BOND_PRIMARY, "primary", Kind::kDev},
    named(IFLA_BOND_PRIMARY_RESELECT, "primaryReselect", Kind::kU8, &kPrimaryReselects),
    named(IFLA_BOND_FAIL_OVER_MAC, "failOverMac", Kind::kU8, &kFailOverMacs),
    named(IFLA_BOND_XMIT_HASH_POLICY, "xmitHashPolicy", Kind::kU8, &kXmitHashPolicies),
    {IFLA_BOND_RESEND_IGMP, "resendIgmp", Kind::kU32},
    {IFLA_BOND_NUM_PEER_NOTIF, "numPeerNotif", Kind::kU8},
    {IFLA_BOND_ALL_SLAVES_ACTIVE, "allSlavesActive", Kind::kBool},
    {IFLA_BOND_MIN_LINKS, "minLinks", Kind::kU32},
    {IFLA_BOND_LP_INTERVAL, "lpInterval", Kind::kU32},
    {IFLA_BOND_PACKETS_PER_SLAVE, "packetsPerSlave", Kind::kU32},
    named(IFLA_BOND_AD_LACP_RATE, "adLacpRate", Kind::kU8, &kLacpRates),
    named(IFLA_BOND_AD_SELECT, "adSelect", Kind::kU8, &kAdSelects),
    replyOnly(nest(IFLA_BOND_AD_INFO, "adInfo", &kBondAdInfo)),
    {IFLA_BOND_AD_ACTOR_SYS_PRIO, "adActorSysPrio", Kind::kU16},
    {IFLA_BOND_AD_USER_PORT_KEY, "adUserPortKey", Kind::kU16},
    {IFLA_BOND_AD_ACTOR_SYSTEM, "adActorSystem", Kind::kMac},
    {IFLA_BOND_TLB_DYNAMIC_LB, "tlbDynamicLb", Kind::kBool},
    {IFLA_BOND_PEER_NOTIF_DELAY, "peerNotifDelay", Kind::kU32},
    {IFLA_BOND_AD_LACP_ACTIVE, "adLacpActive", Kind::kBool},
    {IFLA_BOND_MISSED_MAX, "missedMax", Kind::kU8},
    array(IFLA_BOND_NS_IP6_TARGET, "nsIp6Target", &kNsIp6TargetList, true),
    {kIflaBondCoupledControl, "coupledControl", Kind::kBool},
    {kIflaBondBroadcastNeigh, "broadcastNeigh", Kind::kBool},
};
inline constexpr AttrSet kBond{"bond", kBondAttrs};

inline constexpr Name kBondSlaveStateRows[] = {{BOND_STATE_ACTIVE, "ACTIVE"}, {BOND_STATE_BACKUP, "BACKUP"}};
inline constexpr Names kBondSlaveStates{kBondSlaveStateRows};
inline constexpr Name kMiiStatusRows[] = {{BOND_LINK_UP, "UP"},
                                          {BOND_LINK_FAIL, "GOING_DOWN"},
                                          {BOND_LINK_DOWN, "DOWN"},
                                          {BOND_LINK_BACK, "GOING_BACK"}};
inline constexpr Names kMiiStatuses{kMiiStatusRows};

inline constexpr Attr kBondSlaveAttrs[] = {
    replyOnly(named(IFLA_BOND_SLAVE_STATE, "state", Kind::kU8, &kBondSlaveStates)),
    replyOnly(named(IFLA_BOND_SLAVE_MII_STATUS, "miiStatus", Kind::kU8, &kMiiStatuses)),
    replyOnly({IFLA_BOND_SLAVE_LINK_FAILURE_COUNT, "linkFailureCount", Kind::kU32}),
    replyOnly({IFLA_BOND_SLAVE_PERM_HWADDR, "permHwaddr", Kind::kMac}),
    {IFLA_BOND_SLAVE_QUEUE_ID, "queueId", Kind::kU16},
    replyOnly({IFLA_BOND_SLAVE_AD_AGGREGATOR_ID, "adAggregatorId", Kind::kU16}),
    replyOnly({IFLA_BOND_SLAVE_AD_ACTOR_OPER_PORT_STATE, "adActorOperPortState", Kind::kU8}),
    replyOnly({IFLA_BOND_SLAVE_AD_PARTNER_OPER_PORT_STATE, "adPartnerOperPortState", Kind::kU16}),
    {IFLA_BOND_SLAVE_PRIO, "prio", Kind::kS32},
    {kIflaBondSlaveActorPortPrio, "actorPortPrio", Kind::kU16},
};
inline constexpr AttrSet kBondSlave{"bondSlave", kBondSlaveAttrs};

}  // namespace netloom::schema
