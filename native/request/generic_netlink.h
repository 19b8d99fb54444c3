// Generic netlink: families whose message type is assigned by the kernel when they are loaded.
#pragma once

#include "exchange.h"

namespace netloom {

// Writes the type of a generic family into the message. Does nothing for other families. ENOENT if the kernel
// does not have the family.
Failure patchType(Socket& socket, const schema::Family& family, Bytes& bytes);

}  // namespace netloom
