// Generic netlink: families whose messages have a type that the kernel chose when it loaded them.
#pragma once

#include "exchange.h"

namespace netloom {

// Puts the type of the request's family into its bytes; nothing if that is not generic. A kernel without the
// family answers ENOENT.
Failure patchType(Socket& socket, const schema::Family& family, Bytes& bytes);

}  // namespace netloom
