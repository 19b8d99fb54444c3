// How a device, or by -1 and -2 all and those to come, treats packets of a family: a few of its settings
// below /proc/sys/net. The kernel tells of changes.
#pragma once

#include <linux/netconf.h>

#include <cstddef>

#include "../netlink/schema.h"
#include "common/compat.h"
#include "common/names.h"

namespace netloom::schema {

inline constexpr Attr kNetconfHeader[] = {
    named(offsetof(netconfmsg, ncm_family), "family", Kind::kU8, &kAddressFamilies),
};
inline constexpr Attr kNetconfAttrs[] = {
    replyOnly({NETCONFA_IFINDEX, "index", Kind::kS32}),
    replyOnly({NETCONFA_FORWARDING, "forwarding", Kind::kS32}),
    replyOnly({NETCONFA_RP_FILTER, "rpFilter", Kind::kS32}),
    replyOnly({kNetconfaForceForwarding, "forceForwarding", Kind::kS32}),
};
inline constexpr AttrSet kNetconf{"netconf", kNetconfAttrs, kNetconfHeader, sizeof(netconfmsg)};

}  // namespace netloom::schema
