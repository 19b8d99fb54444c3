// Links: what every kind has. The kinds' own attributes are in kinds.h, tunnels.h, bond.h and bridge.h.
#pragma once

#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include <cstddef>

#include "../common/compat.h"
#include "../common/names.h"
#include "bond.h"
#include "bridge.h"
#include "inet.h"
#include "kinds.h"
#include "tunnels.h"

namespace netloom::schema {

inline constexpr Name kOperstateRows[] = {
    {IF_OPER_UNKNOWN, "UNKNOWN"}, {IF_OPER_NOTPRESENT, "NOTPRESENT"},
    {IF_OPER_DOWN, "DOWN"},       {IF_OPER_LOWERLAYERDOWN, "LOWERLAYERDOWN"},
    {IF_OPER_TESTING, "TESTING"}, {IF_OPER_DORMANT, "DORMANT"},
    {IF_OPER_UP, "UP"},
};
inline constexpr Names kOperstates{kOperstateRows};

inline constexpr Name kLinkmodeRows[] = {
    {IF_LINK_MODE_DEFAULT, "DEFAULT"}, {IF_LINK_MODE_DORMANT, "DORMANT"}, {IF_LINK_MODE_TESTING, "TESTING"}};
inline constexpr Names kLinkmodes{kLinkmodeRows};

inline constexpr Name kLinkTypeRows[] = {
    {ARPHRD_ETHER, "ether"},     {ARPHRD_LOOPBACK, "loopback"},
    {ARPHRD_PPP, "ppp"},         {ARPHRD_TUNNEL, "ipip"},
    {ARPHRD_TUNNEL6, "tunnel6"}, {ARPHRD_SIT, "sit"},
    {ARPHRD_IPGRE, "gre"},       {ARPHRD_IP6GRE, "gre6"},
    {ARPHRD_NETLINK, "netlink"}, {ARPHRD_INFINIBAND, "infiniband"},
    {ARPHRD_NONE, "none"},       {ARPHRD_VOID, "void"},
};
inline constexpr Names kLinkTypes{kLinkTypeRows};

inline constexpr Name kLinkFlagRows[] = {
    {IFF_LOOPBACK, "LOOPBACK"},   {IFF_BROADCAST, "BROADCAST"},   {IFF_POINTOPOINT, "POINTOPOINT"},
    {IFF_MULTICAST, "MULTICAST"}, {IFF_NOARP, "NOARP"},           {IFF_ALLMULTI, "ALLMULTI"},
    {IFF_PROMISC, "PROMISC"},     {IFF_MASTER, "MASTER"},         {IFF_SLAVE, "SLAVE"},
    {IFF_DEBUG, "DEBUG"},         {IFF_DYNAMIC, "DYNAMIC"},       {IFF_AUTOMEDIA, "AUTOMEDIA"},
    {IFF_PORTSEL, "PORTSEL"},     {IFF_NOTRAILERS, "NOTRAILERS"}, {IFF_UP, "UP"},
    {IFF_RUNNING, "RUNNING"},     {IFF_LOWER_UP, "LOWER_UP"},     {IFF_DORMANT, "DORMANT"},
    {IFF_ECHO, "ECHO"},
};
inline constexpr Names kLinkFlags{kLinkFlagRows, true};

inline constexpr Name kExtMaskRows[] = {
    {RTEXT_FILTER_VF, "vf"},
    {RTEXT_FILTER_BRVLAN, "brvlan"},
    {RTEXT_FILTER_BRVLAN_COMPRESSED, "brvlan_compressed"},
    {RTEXT_FILTER_SKIP_STATS, "skip_stats"},
    {RTEXT_FILTER_MRP, "mrp"},
    {RTEXT_FILTER_CFM_CONFIG, "cfm_config"},
    {RTEXT_FILTER_CFM_STATUS, "cfm_status"},
    {RTEXT_FILTER_MST, "mst"},
};
inline constexpr Names kExtMasks{kExtMaskRows, true};

inline constexpr Name kXdpAttachedRows[] = {
    {XDP_ATTACHED_NONE, "none"}, {XDP_ATTACHED_DRV, "drv"},     {XDP_ATTACHED_SKB, "skb"},
    {XDP_ATTACHED_HW, "hw"},     {XDP_ATTACHED_MULTI, "multi"},
};
inline constexpr Names kXdpAttached{kXdpAttachedRows};

inline constexpr Name kXdpFlagRows[] = {
    {XDP_FLAGS_UPDATE_IF_NOEXIST, "update_if_noexist"},
    {XDP_FLAGS_SKB_MODE, "skb"},
    {XDP_FLAGS_DRV_MODE, "drv"},
    {XDP_FLAGS_HW_MODE, "hw"},
    {XDP_FLAGS_REPLACE, "replace"},
};
inline constexpr Names kXdpFlags{kXdpFlagRows, true};

inline constexpr Attr kXdpAttrs[] = {
    requestOnly({IFLA_XDP_FD, "fd", Kind::kS32}),
    replyOnly(named(IFLA_XDP_ATTACHED, "attached", Kind::kU8, &kXdpAttached)),
    named(IFLA_XDP_FLAGS, "flags", Kind::kU32, &kXdpFlags),
    replyOnly({IFLA_XDP_PROG_ID, "progId", Kind::kU32}),
    replyOnly({IFLA_XDP_DRV_PROG_ID, "drvProgId", Kind::kU32}),
    replyOnly({IFLA_XDP_SKB_PROG_ID, "skbProgId", Kind::kU32}),
    replyOnly({IFLA_XDP_HW_PROG_ID, "hwProgId", Kind::kU32}),
    requestOnly({IFLA_XDP_EXPECTED_FD, "expectedFd", Kind::kS32}),
};
inline constexpr AttrSet kXdp{"xdp", kXdpAttrs};

inline constexpr Attr kProtoDownReasonAttrs[] = {
    requestOnly({IFLA_PROTO_DOWN_REASON_MASK, "mask", Kind::kU32}),
    {IFLA_PROTO_DOWN_REASON_VALUE, "value", Kind::kU32},
};
inline constexpr AttrSet kProtoDownReason{"protoDownReason", kProtoDownReasonAttrs};

inline constexpr Attr kAltnameElement[] = {str(IFLA_ALT_IFNAME, "altname", ALTIFNAMSIZ - 1)};
inline constexpr AttrSet kAltnameList{"altnames", kAltnameElement};

inline constexpr Attr kDpllPinAttrs[] = {replyOnly({kDpllPinId, "id", Kind::kU32})};
inline constexpr AttrSet kDpllPin{"dpllPin", kDpllPinAttrs};

#define NETLOOM_STAT(field, key) \
  { offsetof(rtnl_link_stats64, field), key, Kind::kU64 }
inline constexpr Attr kStats64Fields[] = {
    NETLOOM_STAT(rx_packets, "rxPackets"),
    NETLOOM_STAT(tx_packets, "txPackets"),
    NETLOOM_STAT(rx_bytes, "rxBytes"),
    NETLOOM_STAT(tx_bytes, "txBytes"),
    NETLOOM_STAT(rx_errors, "rxErrors"),
    NETLOOM_STAT(tx_errors, "txErrors"),
    NETLOOM_STAT(rx_dropped, "rxDropped"),
    NETLOOM_STAT(tx_dropped, "txDropped"),
    NETLOOM_STAT(multicast, "multicast"),
    NETLOOM_STAT(collisions, "collisions"),
    NETLOOM_STAT(rx_length_errors, "rxLengthErrors"),
    NETLOOM_STAT(rx_over_errors, "rxOverErrors"),
    NETLOOM_STAT(rx_crc_errors, "rxCrcErrors"),
    NETLOOM_STAT(rx_frame_errors, "rxFrameErrors"),
    NETLOOM_STAT(rx_fifo_errors, "rxFifoErrors"),
    NETLOOM_STAT(rx_missed_errors, "rxMissedErrors"),
    NETLOOM_STAT(tx_aborted_errors, "txAbortedErrors"),
    NETLOOM_STAT(tx_carrier_errors, "txCarrierErrors"),
    NETLOOM_STAT(tx_fifo_errors, "txFifoErrors"),
    NETLOOM_STAT(tx_heartbeat_errors, "txHeartbeatErrors"),
    NETLOOM_STAT(tx_window_errors, "txWindowErrors"),
    NETLOOM_STAT(rx_compressed, "rxCompressed"),
    NETLOOM_STAT(tx_compressed, "txCompressed"),
    NETLOOM_STAT(rx_nohandler, "rxNohandler"),
    NETLOOM_STAT(rx_otherhost_dropped, "rxOtherhostDropped"),
};
#undef NETLOOM_STAT
inline constexpr AttrSet kStats64{"stats64", {}, kStats64Fields, sizeof(rtnl_link_stats64)};
static_assert(sizeof(rtnl_link_stats64) == 25 * sizeof(uint64_t));

inline constexpr Attr kLinkHeader[] = {
    replyOnly(named(offsetof(ifinfomsg, ifi_family), "family", Kind::kU8, &kAddressFamilies)),
    replyOnly(named(offsetof(ifinfomsg, ifi_type), "type", Kind::kU16, &kLinkTypes)),
    {offsetof(ifinfomsg, ifi_index), "index", Kind::kS32},
    bit32(offsetof(ifinfomsg, ifi_flags), "up", IFF_UP),
    bit32(offsetof(ifinfomsg, ifi_flags), "promisc", IFF_PROMISC),
    bit32(offsetof(ifinfomsg, ifi_flags), "allmulticast", IFF_ALLMULTI),
    bit32(offsetof(ifinfomsg, ifi_flags), "multicast", IFF_MULTICAST),
    bit32(offsetof(ifinfomsg, ifi_flags), "noarp", IFF_NOARP),
    bit32(offsetof(ifinfomsg, ifi_flags), "dynamic", IFF_DYNAMIC),
    bit32(offsetof(ifinfomsg, ifi_flags), "notrailers", IFF_NOTRAILERS),
    replyOnly(named(offsetof(ifinfomsg, ifi_flags), "flags", Kind::kU32, &kLinkFlags)),
};
static_assert(sizeof(ifinfomsg) == 16);

// IFLA_STATS is a 32-bit copy of IFLA_STATS64, IFLA_MAP the I/O ports of ISA cards.
inline constexpr Attr kLinkAttrs[] = {
    {IFLA_ADDRESS, "address", Kind::kMac},
    {IFLA_BROADCAST, "broadcast", Kind::kMac},
    str(IFLA_IFNAME, "ifname", IFNAMSIZ - 1),
    {IFLA_MTU, "mtu", Kind::kU32},
    {IFLA_LINK, "link", Kind::kDev},
    replyOnly(str(IFLA_QDISC, "qdisc", IFNAMSIZ - 1)),
    skip(IFLA_STATS),
    {IFLA_MASTER, "master", Kind::kDev},
    {IFLA_TXQLEN, "txqlen", Kind::kU32},
    skip(IFLA_MAP),
    named(IFLA_OPERSTATE, "operstate", Kind::kU8, &kOperstates),
    named(IFLA_LINKMODE, "linkmode", Kind::kU8, &kLinkmodes),
    inlined(IFLA_LINKINFO, &kLinkInfo),
    requestOnly({IFLA_NET_NS_PID, "netnsPid", Kind::kU32}),
    // The kernel counts the NUL into the 255 bytes that an alias may have.
    str(IFLA_IFALIAS, "ifalias", 254),
    replyOnly({IFLA_NUM_VF, "numVf", Kind::kU32}),
    replyOnly(structure(IFLA_STATS64, "stats64", &kStats64)),
    inlined(IFLA_AF_SPEC, &kAfSpec),
    {IFLA_GROUP, "group", Kind::kU32},
    requestOnly({IFLA_NET_NS_FD, "netns", Kind::kNetns}),
    requestOnly(named(IFLA_EXT_MASK, "extMask", Kind::kU32, &kExtMasks)),
    replyOnly({IFLA_PROMISCUITY, "promiscuity", Kind::kU32}),
    {IFLA_NUM_TX_QUEUES, "numTxQueues", Kind::kU32},
    {IFLA_NUM_RX_QUEUES, "numRxQueues", Kind::kU32},
    {IFLA_CARRIER, "carrier", Kind::kBool},
    replyOnly({IFLA_PHYS_PORT_ID, "physPortId", Kind::kBytes}),
    replyOnly({IFLA_CARRIER_CHANGES, "carrierChanges", Kind::kU32}),
    replyOnly({IFLA_PHYS_SWITCH_ID, "physSwitchId", Kind::kBytes}),
    {IFLA_LINK_NETNSID, "linkNetnsid", Kind::kS32},
    replyOnly(str(IFLA_PHYS_PORT_NAME, "physPortName", IFNAMSIZ - 1)),
    {IFLA_PROTO_DOWN, "protoDown", Kind::kBool},
    {IFLA_GSO_MAX_SEGS, "gsoMaxSegs", Kind::kU32},
    {IFLA_GSO_MAX_SIZE, "gsoMaxSize", Kind::kU32},
    skip(IFLA_PAD),
    nest(IFLA_XDP, "xdp", &kXdp),
    replyOnly({IFLA_EVENT, "event", Kind::kU32}),
    replyOnly({IFLA_NEW_NETNSID, "newNetnsid", Kind::kS32}),
    {IFLA_TARGET_NETNSID, "targetNetnsid", Kind::kS32},
    replyOnly({IFLA_CARRIER_UP_COUNT, "carrierUpCount", Kind::kU32}),
    replyOnly({IFLA_CARRIER_DOWN_COUNT, "carrierDownCount", Kind::kU32}),
    {IFLA_NEW_IFINDEX, "newIfindex", Kind::kS32},
    replyOnly({IFLA_MIN_MTU, "minMtu", Kind::kU32}),
    replyOnly({IFLA_MAX_MTU, "maxMtu", Kind::kU32}),
    replyOnly(array(IFLA_PROP_LIST, "altnames", &kAltnameList)),
    requestOnly(str(IFLA_ALT_IFNAME, "altname", ALTIFNAMSIZ - 1)),
    replyOnly({IFLA_PERM_ADDRESS, "permAddress", Kind::kMac}),
    nest(IFLA_PROTO_DOWN_REASON, "protoDownReason", &kProtoDownReason),
    replyOnly(str(IFLA_PARENT_DEV_NAME, "parentDevName", 255)),
    replyOnly(str(IFLA_PARENT_DEV_BUS_NAME, "parentDevBusName", 255)),
    {IFLA_GRO_MAX_SIZE, "groMaxSize", Kind::kU32},
    replyOnly({IFLA_TSO_MAX_SIZE, "tsoMaxSize", Kind::kU32}),
    replyOnly({IFLA_TSO_MAX_SEGS, "tsoMaxSegs", Kind::kU32}),
    replyOnly({IFLA_ALLMULTI, "allmulti", Kind::kU32}),
    replyOnly({kIflaDevlinkPort, "devlinkPort", Kind::kBytes}),
    {kIflaGsoIpv4MaxSize, "gsoIpv4MaxSize", Kind::kU32},
    {kIflaGroIpv4MaxSize, "groIpv4MaxSize", Kind::kU32},
    replyOnly(nest(kIflaDpllPin, "dpllPin", &kDpllPin)),
    replyOnly({kIflaMaxPacingOffloadHorizon, "maxPacingOffloadHorizon", Kind::kUint}),
    replyOnly({kIflaNetnsImmutable, "netnsImmutable", Kind::kBool}),
    replyOnly({kIflaHeadroom, "headroom", Kind::kU16}),
    replyOnly({kIflaTailroom, "tailroom", Kind::kU16}),
};

// Alternative names are added and removed by messages of their own (RTM_NEWLINKPROP).
inline constexpr Attr kAltnameAttrs[] = {
    str(IFLA_IFNAME, "ifname", IFNAMSIZ - 1),
    array(IFLA_PROP_LIST, "altnames", &kAltnameList),
};
inline constexpr Attr kAltnameHeader[] = {{offsetof(ifinfomsg, ifi_index), "index", Kind::kS32}};
inline constexpr AttrSet kAltname{"altname", kAltnameAttrs, kAltnameHeader, sizeof(ifinfomsg)};

}  // namespace netloom::schema
