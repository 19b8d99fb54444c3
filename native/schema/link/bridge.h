// Bridges, their ports, and the messages of AF_BRIDGE about ports. Times are in clock ticks (1/100 s).
#pragma once

#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <cstddef>

#include "../common/compat.h"
#include "../common/names.h"

namespace netloom::schema {

inline constexpr Attr kBridgeIdFields[] = {
    {offsetof(ifla_bridge_id, prio), "priority", Kind::kBe16},
    {offsetof(ifla_bridge_id, addr), "address", Kind::kMac},
};
inline constexpr AttrSet kBridgeId{"bridgeId", {}, kBridgeIdFields, sizeof(ifla_bridge_id)};
static_assert(sizeof(ifla_bridge_id) == 8);

inline constexpr Name kBooloptRows[] = {
    {1U << BR_BOOLOPT_NO_LL_LEARN, "no_linklocal_learn"},
    {1U << BR_BOOLOPT_MCAST_VLAN_SNOOPING, "mcast_vlan_snooping"},
    {1U << BR_BOOLOPT_MST_ENABLE, "mst_enabled"},
    {1U << kBrBooloptMdbOfflFailNotification, "mdb_offload_fail_notification"},
    {1U << kBrBooloptFdbLocalVlan0, "fdb_local_vlan_0"},
};
inline constexpr Names kBoolopts{kBooloptRows, true};
inline constexpr Attr kBooloptFields[] = {
    named(offsetof(br_boolopt_multi, optval), "optval", Kind::kU32, &kBoolopts),
    named(offsetof(br_boolopt_multi, optmask), "optmask", Kind::kU32, &kBoolopts),
};
inline constexpr AttrSet kBooloptMulti{"booloptMulti", {}, kBooloptFields, sizeof(br_boolopt_multi)};

inline constexpr Attr kQuerierStateAttrs[] = {
    replyOnly({BRIDGE_QUERIER_IP_ADDRESS, "ipAddress", Kind::kIp4}),
    replyOnly({BRIDGE_QUERIER_IP_PORT, "ipPort", Kind::kDev}),
    replyOnly({BRIDGE_QUERIER_IP_OTHER_TIMER, "ipOtherTimer", Kind::kU64}),
    skip(BRIDGE_QUERIER_PAD),
    replyOnly({BRIDGE_QUERIER_IPV6_ADDRESS, "ipv6Address", Kind::kIp6}),
    replyOnly({BRIDGE_QUERIER_IPV6_PORT, "ipv6Port", Kind::kDev}),
    replyOnly({BRIDGE_QUERIER_IPV6_OTHER_TIMER, "ipv6OtherTimer", Kind::kU64}),
};
inline constexpr AttrSet kQuerierState{"mcastQuerierState", kQuerierStateAttrs};

inline constexpr Attr kBridgeAttrs[] = {
    {IFLA_BR_FORWARD_DELAY, "forwardDelay", Kind::kU32},
    {IFLA_BR_HELLO_TIME, "helloTime", Kind::kU32},
    {IFLA_BR_MAX_AGE, "maxAge", Kind::kU32},
    {IFLA_BR_AGEING_TIME, "ageingTime", Kind::kU32},
    {IFLA_BR_STP_STATE, "stpState", Kind::kU32},
    {IFLA_BR_PRIORITY, "priority", Kind::kU16},
    {IFLA_BR_VLAN_FILTERING, "vlanFiltering", Kind::kBool},
    named(IFLA_BR_VLAN_PROTOCOL, "vlanProtocol", Kind::kBe16, &kVlanProtocols),
    {IFLA_BR_GROUP_FWD_MASK, "groupFwdMask", Kind::kU16},
    replyOnly(structure(IFLA_BR_ROOT_ID, "rootId", &kBridgeId)),
    replyOnly(structure(IFLA_BR_BRIDGE_ID, "bridgeId", &kBridgeId)),
    replyOnly({IFLA_BR_ROOT_PORT, "rootPort", Kind::kU16}),
    replyOnly({IFLA_BR_ROOT_PATH_COST, "rootPathCost", Kind::kU32}),
    replyOnly({IFLA_BR_TOPOLOGY_CHANGE, "topologyChange", Kind::kBool}),
    replyOnly({IFLA_BR_TOPOLOGY_CHANGE_DETECTED, "topologyChangeDetected", Kind::kBool}),
    replyOnly({IFLA_BR_HELLO_TIMER, "helloTimer", Kind::kU64}),
    replyOnly({IFLA_BR_TCN_TIMER, "tcnTimer", Kind::kU64}),
    replyOnly({IFLA_BR_TOPOLOGY_CHANGE_TIMER, "topologyChangeTimer", Kind::kU64}),
    replyOnly({IFLA_BR_GC_TIMER, "gcTimer", Kind::kU64}),
    {IFLA_BR_GROUP_ADDR, "groupAddr", Kind::kMac},
    requestOnly({IFLA_BR_FDB_FLUSH, "fdbFlush", Kind::kFlag}),
    {IFLA_BR_MCAST_ROUTER, "mcastRouter", Kind::kU8},
    {IFLA_BR_MCAST_SNOOPING, "mcastSnooping", Kind::kBool},
    {IFLA_BR_MCAST_QUERY_USE_IFADDR, "mcastQueryUseIfaddr", Kind::kBool},
    {IFLA_BR_MCAST_QUERIER, "mcastQuerier", Kind::kBool},
    {IFLA_BR_MCAST_HASH_ELASTICITY, "mcastHashElasticity", Kind::kU32},
    {IFLA_BR_MCAST_HASH_MAX, "mcastHashMax", Kind::kU32},
    {IFLA_BR_MCAST_LAST_MEMBER_CNT, "mcastLastMemberCnt", Kind::kU32},
    {IFLA_BR_MCAST_STARTUP_QUERY_CNT, "mcastStartupQueryCnt", Kind::kU32},
    {IFLA_BR_MCAST_LAST_MEMBER_INTVL, "mcastLastMemberIntvl", Kind::kU64},
    {IFLA_BR_MCAST_MEMBERSHIP_INTVL, "mcastMembershipIntvl", Kind::kU64},
    {IFLA_BR_MCAST_QUERIER_INTVL, "mcastQuerierIntvl", Kind::kU64},
    {IFLA_BR_MCAST_QUERY_INTVL, "mcastQueryIntvl", Kind::kU64},
    {IFLA_BR_MCAST_QUERY_RESPONSE_INTVL, "mcastQueryResponseIntvl", Kind::kU64},
    {IFLA_BR_MCAST_STARTUP_QUERY_INTVL, "mcastStartupQueryIntvl", Kind::kU64},
    {IFLA_BR_NF_CALL_IPTABLES, "nfCallIptables", Kind::kBool},
    {IFLA_BR_NF_CALL_IP6TABLES, "nfCallIp6tables", Kind::kBool},
    {IFLA_BR_NF_CALL_ARPTABLES, "nfCallArptables", Kind::kBool},
    {IFLA_BR_VLAN_DEFAULT_PVID, "vlanDefaultPvid", Kind::kU16},
    skip(IFLA_BR_PAD),
    {IFLA_BR_VLAN_STATS_ENABLED, "vlanStatsEnabled", Kind::kBool},
    {IFLA_BR_MCAST_STATS_ENABLED, "mcastStatsEnabled", Kind::kBool},
    {IFLA_BR_MCAST_IGMP_VERSION, "mcastIgmpVersion", Kind::kU8},
    {IFLA_BR_MCAST_MLD_VERSION, "mcastMldVersion", Kind::kU8},
    {IFLA_BR_VLAN_STATS_PER_PORT, "vlanStatsPerPort", Kind::kBool},
    structure(IFLA_BR_MULTI_BOOLOPT, "multiBoolopt", &kBooloptMulti),
    replyOnly(nest(IFLA_BR_MCAST_QUERIER_STATE, "mcastQuerierState", &kQuerierState)),
    replyOnly({kIflaBrFdbNLearned, "fdbNLearned", Kind::kU32}),
    {kIflaBrFdbMaxLearned, "fdbMaxLearned", Kind::kU32},
};
inline constexpr AttrSet kBridge{"bridge", kBridgeAttrs};

inline constexpr Name kPortStateRows[] = {
    {BR_STATE_DISABLED, "disabled"},     {BR_STATE_LISTENING, "listening"}, {BR_STATE_LEARNING, "learning"},
    {BR_STATE_FORWARDING, "forwarding"}, {BR_STATE_BLOCKING, "blocking"},
};
inline constexpr Names kPortStates{kPortStateRows};

// The switches are bytes of 0 or 1, although the kernel's own specification calls them flags.
inline constexpr Attr kBridgePortAttrs[] = {
    named(IFLA_BRPORT_STATE, "state", Kind::kU8, &kPortStates),
    {IFLA_BRPORT_PRIORITY, "priority", Kind::kU16},
    {IFLA_BRPORT_COST, "cost", Kind::kU32},
    {IFLA_BRPORT_MODE, "mode", Kind::kBool},
    {IFLA_BRPORT_GUARD, "guard", Kind::kBool},
    {IFLA_BRPORT_PROTECT, "protect", Kind::kBool},
    {IFLA_BRPORT_FAST_LEAVE, "fastLeave", Kind::kBool},
    {IFLA_BRPORT_LEARNING, "learning", Kind::kBool},
    {IFLA_BRPORT_UNICAST_FLOOD, "unicastFlood", Kind::kBool},
    {IFLA_BRPORT_PROXYARP, "proxyarp", Kind::kBool},
    replyOnly({IFLA_BRPORT_LEARNING_SYNC, "learningSync", Kind::kBool}),
    {IFLA_BRPORT_PROXYARP_WIFI, "proxyarpWifi", Kind::kBool},
    replyOnly(structure(IFLA_BRPORT_ROOT_ID, "rootId", &kBridgeId)),
    replyOnly(structure(IFLA_BRPORT_BRIDGE_ID, "bridgeId", &kBridgeId)),
    replyOnly({IFLA_BRPORT_DESIGNATED_PORT, "designatedPort", Kind::kU16}),
    replyOnly({IFLA_BRPORT_DESIGNATED_COST, "designatedCost", Kind::kU16}),
    replyOnly({IFLA_BRPORT_ID, "id", Kind::kU16}),
    replyOnly({IFLA_BRPORT_NO, "no", Kind::kU16}),
    replyOnly({IFLA_BRPORT_TOPOLOGY_CHANGE_ACK, "topologyChangeAck", Kind::kBool}),
    replyOnly({IFLA_BRPORT_CONFIG_PENDING, "configPending", Kind::kBool}),
    replyOnly({IFLA_BRPORT_MESSAGE_AGE_TIMER, "messageAgeTimer", Kind::kU64}),
    replyOnly({IFLA_BRPORT_FORWARD_DELAY_TIMER, "forwardDelayTimer", Kind::kU64}),
    replyOnly({IFLA_BRPORT_HOLD_TIMER, "holdTimer", Kind::kU64}),
    requestOnly({IFLA_BRPORT_FLUSH, "flush", Kind::kFlag}),
    {IFLA_BRPORT_MULTICAST_ROUTER, "multicastRouter", Kind::kU8},
    skip(IFLA_BRPORT_PAD),
    {IFLA_BRPORT_MCAST_FLOOD, "mcastFlood", Kind::kBool},
    {IFLA_BRPORT_MCAST_TO_UCAST, "mcastToUcast", Kind::kBool},
    {IFLA_BRPORT_VLAN_TUNNEL, "vlanTunnel", Kind::kBool},
    {IFLA_BRPORT_BCAST_FLOOD, "bcastFlood", Kind::kBool},
    {IFLA_BRPORT_GROUP_FWD_MASK, "groupFwdMask", Kind::kU16},
    {IFLA_BRPORT_NEIGH_SUPPRESS, "neighSuppress", Kind::kBool},
    {IFLA_BRPORT_ISOLATED, "isolated", Kind::kBool},
    {IFLA_BRPORT_BACKUP_PORT, "backupPort", Kind::kDev},
    replyOnly({IFLA_BRPORT_MRP_RING_OPEN, "mrpRingOpen", Kind::kBool}),
    replyOnly({IFLA_BRPORT_MRP_IN_OPEN, "mrpInOpen", Kind::kBool}),
    {IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT, "mcastEhtHostsLimit", Kind::kU32},
    replyOnly({IFLA_BRPORT_MCAST_EHT_HOSTS_CNT, "mcastEhtHostsCnt", Kind::kU32}),
    {IFLA_BRPORT_LOCKED, "locked", Kind::kBool},
    {kIflaBrportMab, "mab", Kind::kBool},
    replyOnly({kIflaBrportMcastNGroups, "mcastNGroups", Kind::kU32}),
    {kIflaBrportMcastMaxGroups, "mcastMaxGroups", Kind::kU32},
    {kIflaBrportNeighVlanSuppress, "neighVlanSuppress", Kind::kBool},
    {kIflaBrportBackupNhid, "backupNhid", Kind::kU32},
};
inline constexpr AttrSet kBridgePort{"bridgePort", kBridgePortAttrs};

inline constexpr Name kBridgeVlanFlagRows[] = {
    {BRIDGE_VLAN_INFO_MASTER, "MASTER"},
    {BRIDGE_VLAN_INFO_PVID, "PVID"},
    {BRIDGE_VLAN_INFO_UNTAGGED, "Egress Untagged"},
    {BRIDGE_VLAN_INFO_RANGE_BEGIN, "RANGE_BEGIN"},
    {BRIDGE_VLAN_INFO_RANGE_END, "RANGE_END"},
    {BRIDGE_VLAN_INFO_BRENTRY, "BRENTRY"},
};
inline constexpr Names kBridgeVlanFlags{kBridgeVlanFlagRows, true};
inline constexpr Attr kBridgeVlanFields[] = {
    replyOnly(named(offsetof(bridge_vlan_info, flags), "flags", Kind::kU16, &kBridgeVlanFlags)),
    replyOnly({offsetof(bridge_vlan_info, vid), "vid", Kind::kU16}),
};
inline constexpr AttrSet kBridgeVlan{"bridgeVlan", {}, kBridgeVlanFields, sizeof(bridge_vlan_info)};

// A port as the bridge tells of it: RTM_NEWLINK of AF_BRIDGE, in which IFLA_AF_SPEC means something else than
// in links.
inline constexpr Attr kBridgeLinkHeader[] = {
    replyOnly({offsetof(ifinfomsg, ifi_index), "index", Kind::kS32}),
    replyOnly(bit32(offsetof(ifinfomsg, ifi_flags), "up", 1)),
};
inline constexpr Attr kBridgeLinkAttrs[] = {
    replyOnly({IFLA_ADDRESS, "address", Kind::kMac}),
    replyOnly(str(IFLA_IFNAME, "ifname", IFNAMSIZ - 1)),
    replyOnly({IFLA_MTU, "mtu", Kind::kU32}),
    replyOnly({IFLA_LINK, "link", Kind::kDev}),
    replyOnly({IFLA_MASTER, "master", Kind::kDev}),
    replyOnly({IFLA_OPERSTATE, "operstate", Kind::kU8}),
    replyOnly(nest(IFLA_PROTINFO, "protinfo", &kBridgePort)),
    replyOnly(list(IFLA_AF_SPEC, "vlans", &kBridgeVlan, IFLA_BRIDGE_VLAN_INFO)),
};
inline constexpr AttrSet kBridgeLink{"bridgeLink", kBridgeLinkAttrs, kBridgeLinkHeader, sizeof(ifinfomsg)};

}  // namespace netloom::schema
