// The families of messages, and which keys tell one object of a family from another.
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>

#include "addr.h"
#include "ethtool.h"
#include "link/link.h"
#include "neigh.h"
#include "netconf.h"
#include "nexthop.h"
#include "nft/conntrack.h"
#include "nft/nftables.h"
#include "nsid.h"
#include "route.h"
#include "rule.h"
#include "tc/tc.h"

namespace netloom::schema {

constexpr AttrSet kNftExpression{"nftExpression", kNftExpressionAttrs};

constexpr AttrSet kLink{
    "link", kLinkAttrs, kLinkHeader, sizeof(ifinfomsg), -1, offsetof(ifinfomsg, ifi_change)};

namespace {

// How the executor uses `identity`: among the messages of a dump it takes the one in which every identity key
// that the request has carries the same wire value. A key that the request leaves out is not compared, except
// a prefix: leaving out `to` means the default route, so its absence (or length 0) must be met by absence
// there as well.
constexpr std::string_view kLinkIdentity[] = {"index", "ifname"};
constexpr std::string_view kAltnameIdentity[] = {"index", "ifname"};
constexpr std::string_view kAddrIdentity[] = {"family", "dev", "address", "peer"};
constexpr std::string_view kRouteIdentity[] = {"family", "table", "to", "from", "tos", "priority", "type"};
constexpr std::string_view kRuleIdentity[] = {"family",
                                              "priority",
                                              "to",
                                              "from",
                                              "tos",
                                              "iif",
                                              "oif",
                                              "fwmark",
                                              "fwmask",
                                              "action",
                                              "table",
                                              "goto",
                                              "tunId",
                                              "l3mdev",
                                              "uidRange",
                                              "protocol",
                                              "not",
                                              "ipProto",
                                              "sportRange",
                                              "dportRange",
                                              "dscp",
                                              "flowlabel",
                                              "suppressPrefixlen",
                                              "suppressIfgroup"};
constexpr std::string_view kNeighIdentity[] = {"family", "dev", "to"};
constexpr std::string_view kFdbIdentity[] = {"lladdr", "dev", "vlan", "to", "vni", "srcVni"};
constexpr std::string_view kNexthopIdentity[] = {"id"};
constexpr std::string_view kNetconfIdentity[] = {"index"};
constexpr std::string_view kNsidIdentity[] = {"nsid"};
constexpr std::string_view kQdiscIdentity[] = {"dev", "parent"};
constexpr std::string_view kClassIdentity[] = {"dev", "handle"};
constexpr std::string_view kFilterIdentity[] = {"dev", "parent", "priority", "handle", "chain"};

constexpr Family route(std::string_view name, uint16_t newType, const AttrSet* set,
                       std::span<const std::string_view> identity, uint8_t addressFamily = 0) {
  // rtnetlink numbers its messages in fours: new, delete, get, set.
  return {
      name, NETLINK_ROUTE, newType, static_cast<uint16_t>(newType + 1), static_cast<uint16_t>(newType + 2),
      set,  addressFamily, identity};
}

constexpr Family nft(std::string_view name, int newMessage, int deleteMessage, int getMessage,
                     const AttrSet* set, std::span<const std::string_view> identity) {
  return {name, NETLINK_NETFILTER, nftType(newMessage), nftType(deleteMessage), nftType(getMessage), set,
          0,    identity};
}

constexpr Family kFamilies[] = {
    route("link", RTM_NEWLINK, &kLink, kLinkIdentity),
    route("bridgeLink", RTM_NEWLINK, &kBridgeLink, kLinkIdentity, AF_BRIDGE),
    route("altname", RTM_NEWLINKPROP, &kAltname, kAltnameIdentity),
    route("addr", RTM_NEWADDR, &kAddr, kAddrIdentity),
    route("route", RTM_NEWROUTE, &kRoute, kRouteIdentity),
    route("rule", RTM_NEWRULE, &kRule, kRuleIdentity),
    route("neigh", RTM_NEWNEIGH, &kNeigh, kNeighIdentity),
    route("fdb", RTM_NEWNEIGH, &kFdb, kFdbIdentity, AF_BRIDGE),
    route("nexthop", RTM_NEWNEXTHOP, &kNexthop, kNexthopIdentity),
    route("netns", RTM_NEWNSID, &kNsid, kNsidIdentity),
    route("netconf", RTM_NEWNETCONF, &kNetconf, kNetconfIdentity),
    route("qdisc", RTM_NEWQDISC, &kQdisc, kQdiscIdentity),
    route("class", RTM_NEWTCLASS, &kClass, kClassIdentity),
    route("filter", RTM_NEWTFILTER, &kFilter, kFilterIdentity),
    nft("nftTable", NFT_MSG_NEWTABLE, NFT_MSG_DELTABLE, NFT_MSG_GETTABLE, &kNftTable, kNftTableIdentity),
    nft("nftChain", NFT_MSG_NEWCHAIN, NFT_MSG_DELCHAIN, NFT_MSG_GETCHAIN, &kNftChain, kNftChainIdentity),
    nft("nftRule", NFT_MSG_NEWRULE, NFT_MSG_DELRULE, NFT_MSG_GETRULE, &kNftRule, kNftRuleIdentity),
    nft("nftSet", NFT_MSG_NEWSET, NFT_MSG_DELSET, NFT_MSG_GETSET, &kNftSet, kNftChainIdentity),
    nft("nftSetElem", NFT_MSG_NEWSETELEM, NFT_MSG_DELSETELEM, NFT_MSG_GETSETELEM, &kNftSetElem,
        kNftSetElemIdentity),
    nft("nftObj", NFT_MSG_NEWOBJ, NFT_MSG_DELOBJ, NFT_MSG_GETOBJ, &kNftObj, kNftObjIdentity),
    {"ct", NETLINK_NETFILTER, ctType(IPCTNL_MSG_CT_NEW), ctType(IPCTNL_MSG_CT_DELETE),
     ctType(IPCTNL_MSG_CT_GET), &kCt, 0, kCtIdentity},
    // Nothing deletes features.
    {"ethtool", NETLINK_GENERIC, ETHTOOL_MSG_FEATURES_SET, ETHTOOL_MSG_USER_NONE, ETHTOOL_MSG_FEATURES_GET,
     &kEthtool, 0, kEthtoolIdentity, ETHTOOL_GENL_NAME},
};

}  // namespace

std::span<const Family> families() { return kFamilies; }

const Family* familyByName(std::string_view name) {
  const auto found = std::find_if(std::begin(kFamilies), std::end(kFamilies),
                                  [&](const Family& family) { return family.name == name; });
  return found == std::end(kFamilies) ? nullptr : found;
}

bool isLink(const Family& family) {
  return family.protocol == NETLINK_ROUTE && family.newType == RTM_NEWLINK;
}

}  // namespace netloom::schema
