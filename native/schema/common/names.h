// Values with names that several tables share, spelled as iproute2 prints them.
#pragma once

#include <linux/if_ether.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "../../netlink/schema.h"

namespace netloom::schema {

inline constexpr Name kAddressFamilyRows[] = {
    {AF_UNSPEC, "unspec"}, {AF_INET, "inet"}, {AF_INET6, "inet6"}, {AF_BRIDGE, "bridge"}, {AF_MPLS, "mpls"},
};
inline constexpr Names kAddressFamilies{kAddressFamilyRows};

inline constexpr Name kRouteProtocolRows[] = {
    {RTPROT_UNSPEC, "unspec"},
    {RTPROT_REDIRECT, "redirect"},
    {RTPROT_KERNEL, "kernel"},
    {RTPROT_BOOT, "boot"},
    {RTPROT_STATIC, "static"},
    {RTPROT_GATED, "gated"},
    {RTPROT_RA, "ra"},
    {RTPROT_MRT, "mrt"},
    {RTPROT_ZEBRA, "zebra"},
    {RTPROT_BIRD, "bird"},
    {RTPROT_DNROUTED, "dnrouted"},
    {RTPROT_XORP, "xorp"},
    {RTPROT_NTK, "ntk"},
    {RTPROT_DHCP, "dhcp"},
    {RTPROT_MROUTED, "mrouted"},
    {RTPROT_KEEPALIVED, "keepalived"},
    {RTPROT_BABEL, "babel"},
    {RTPROT_OPENR, "openr"},
    {RTPROT_BGP, "bgp"},
    {RTPROT_ISIS, "isis"},
    {RTPROT_OSPF, "ospf"},
    {RTPROT_RIP, "rip"},
    {RTPROT_EIGRP, "eigrp"},
};
inline constexpr Names kRouteProtocols{kRouteProtocolRows};

inline constexpr Name kScopeRows[] = {
    {RT_SCOPE_UNIVERSE, "global"}, {RT_SCOPE_SITE, "site"},       {RT_SCOPE_LINK, "link"},
    {RT_SCOPE_HOST, "host"},       {RT_SCOPE_NOWHERE, "nowhere"},
};
inline constexpr Names kScopes{kScopeRows};

inline constexpr Name kRouteTypeRows[] = {
    {RTN_UNSPEC, "unspec"},
    {RTN_UNICAST, "unicast"},
    {RTN_LOCAL, "local"},
    {RTN_BROADCAST, "broadcast"},
    {RTN_ANYCAST, "anycast"},
    {RTN_MULTICAST, "multicast"},
    {RTN_BLACKHOLE, "blackhole"},
    {RTN_UNREACHABLE, "unreachable"},
    {RTN_PROHIBIT, "prohibit"},
    {RTN_THROW, "throw"},
    {RTN_NAT, "nat"},
    {RTN_XRESOLVE, "xresolve"},
};
inline constexpr Names kRouteTypes{kRouteTypeRows};

inline constexpr Name kRouteTableRows[] = {
    {RT_TABLE_UNSPEC, "unspec"},
    {RT_TABLE_DEFAULT, "default"},
    {RT_TABLE_MAIN, "main"},
    {RT_TABLE_LOCAL, "local"},
};
inline constexpr Names kRouteTables{kRouteTableRows};

inline constexpr Name kIpProtocolRows[] = {
    {1, "icmp"}, {6, "tcp"}, {17, "udp"}, {47, "gre"}, {58, "ipv6-icmp"}, {132, "sctp"},
};
inline constexpr Names kIpProtocols{kIpProtocolRows};

inline constexpr Name kVlanProtocolRows[] = {{ETH_P_8021Q, "802.1Q"}, {ETH_P_8021AD, "802.1ad"}};
inline constexpr Names kVlanProtocols{kVlanProtocolRows};

}  // namespace netloom::schema
