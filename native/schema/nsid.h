// Ids that one namespace gives to others.
#pragma once

#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>

#include "../netlink/schema.h"

namespace netloom::schema {

inline constexpr Attr kNsidAttrs[] = {
    {NETNSA_NSID, "nsid", Kind::kS32},
    requestOnly({NETNSA_PID, "pid", Kind::kU32}),
    requestOnly({NETNSA_FD, "netns", Kind::kNetns}),
    requestOnly({NETNSA_TARGET_NSID, "targetNsid", Kind::kS32}),
    replyOnly({NETNSA_CURRENT_NSID, "currentNsid", Kind::kS32}),
};
inline constexpr AttrSet kNsid{"netns", kNsidAttrs, {}, sizeof(rtgenmsg)};

}  // namespace netloom::schema
