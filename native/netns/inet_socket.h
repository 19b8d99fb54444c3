// Internet sockets born in the calling thread's namespace. Node.js opens its own too late for that: in a
// callback, when the thread is back home. No N-API in here.
#pragma once

#include <cstdint>
#include <string>

#include "descriptor.h"

namespace netloom {

// Opens a non-blocking socket of the type SOCK_DGRAM or SOCK_STREAM, bound to an address literal of either
// family; port 0 lets the kernel choose. Returns 0 or an errno, and in `call` the system call that failed.
// EINVAL: no address.
int openInetSocket(int type, const std::string& address, uint16_t port, Descriptor& out, const char*& call);

}  // namespace netloom
