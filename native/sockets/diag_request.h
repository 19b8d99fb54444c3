// Requests to the kernel's list of sockets (sock_diag).
#pragma once

#include <linux/inet_diag.h>

#include <cstdint>

#include "../netlink/message.h"

namespace netloom {

// A message with its header filled in: asks about these sockets, or does something to them.
Bytes diagRequest(uint16_t type, uint16_t flags, const inet_diag_req_v2& about, uint32_t sequence,
                  uint32_t port);

}  // namespace netloom
