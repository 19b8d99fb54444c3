// Addresses. IFA_LOCAL is the address itself; IFA_ADDRESS is the peer's of a point-to-point link, which IPv4
// repeats and IPv6 uses alone where there is no peer.
#pragma once

#include <linux/if.h>
#include <linux/if_addr.h>

#include <cstddef>

#include "common/names.h"

namespace netloom::schema {

inline constexpr Name kAddrFlagRows[] = {
    {IFA_F_SECONDARY, "secondary"},       {IFA_F_NODAD, "nodad"},
    {IFA_F_OPTIMISTIC, "optimistic"},     {IFA_F_DADFAILED, "dadfailed"},
    {IFA_F_HOMEADDRESS, "home"},          {IFA_F_DEPRECATED, "deprecated"},
    {IFA_F_TENTATIVE, "tentative"},       {IFA_F_PERMANENT, "permanent"},
    {IFA_F_MANAGETEMPADDR, "mngtmpaddr"}, {IFA_F_NOPREFIXROUTE, "noprefixroute"},
    {IFA_F_MCAUTOJOIN, "autojoin"},       {IFA_F_STABLE_PRIVACY, "stable-privacy"},
};
inline constexpr Names kAddrFlags{kAddrFlagRows, true};

inline constexpr Name kAddrProtoRows[] = {
    {IFAPROT_UNSPEC, "unspec"},
    {IFAPROT_KERNEL_LO, "kernel_lo"},
    {IFAPROT_KERNEL_RA, "kernel_ra"},
    {IFAPROT_KERNEL_LL, "kernel_ll"},
};
inline constexpr Names kAddrProtos{kAddrProtoRows};

inline constexpr Attr kAddrCacheinfoFields[] = {
    {offsetof(ifa_cacheinfo, ifa_prefered), "preferred", Kind::kU32},
    {offsetof(ifa_cacheinfo, ifa_valid), "valid", Kind::kU32},
    replyOnly({offsetof(ifa_cacheinfo, cstamp), "cstamp", Kind::kU32}),
    replyOnly({offsetof(ifa_cacheinfo, tstamp), "tstamp", Kind::kU32}),
};
inline constexpr AttrSet kAddrCacheinfo{"addrCacheinfo", {}, kAddrCacheinfoFields, sizeof(ifa_cacheinfo)};

inline constexpr Attr kAddrHeader[] = {
    named(offsetof(ifaddrmsg, ifa_family), "family", Kind::kU8, &kAddressFamilies),
    replyOnly({offsetof(ifaddrmsg, ifa_prefixlen), "prefixlen", Kind::kU8}),
    named(offsetof(ifaddrmsg, ifa_scope), "scope", Kind::kU8, &kScopes),
    {offsetof(ifaddrmsg, ifa_index), "dev", Kind::kDev},
};
static_assert(sizeof(ifaddrmsg) == 8);

inline constexpr Attr kAddrAttrs[] = {
    {IFA_ADDRESS, "peer", Kind::kIp},
    prefix(IFA_LOCAL, "address", offsetof(ifaddrmsg, ifa_prefixlen)),
    str(IFA_LABEL, "label", IFNAMSIZ - 1),
    {IFA_BROADCAST, "broadcast", Kind::kIp},
    replyOnly({IFA_ANYCAST, "anycast", Kind::kIp}),
    structure(IFA_CACHEINFO, "cacheinfo", &kAddrCacheinfo),
    replyOnly({IFA_MULTICAST, "multicast", Kind::kIp}),
    named(IFA_FLAGS, "flags", Kind::kU32, &kAddrFlags),
    {IFA_RT_PRIORITY, "rtPriority", Kind::kU32},
    {IFA_TARGET_NETNSID, "targetNetnsid", Kind::kS32},
    named(IFA_PROTO, "proto", Kind::kU8, &kAddrProtos),
};
inline constexpr AttrSet kAddr{"addr", kAddrAttrs, kAddrHeader, sizeof(ifaddrmsg),
                               offsetof(ifaddrmsg, ifa_family)};

}  // namespace netloom::schema
