// Internet sockets born in the calling thread's namespace. Node.js opens its own too late for that: in a
// callback, when the thread is back home. No N-API in here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "../base/descriptor.h"

namespace netloom {

struct InetSocket {
  int type = 0;  // SOCK_DGRAM or SOCK_STREAM
  std::string
      address;  // a literal of either family, which is the socket's; '%eth0' behind it ties it to a device
  std::optional<uint16_t> port;  // 0 lets the kernel choose; without one the socket is not bound
  bool reuseAddress = false;
  bool reusePort = false;
  bool ipv6Only = false;
  std::optional<int> backlog;  // of a socket that is to listen
};

// Opens a non-blocking socket. Returns 0 or an errno, and in `call` the system call that failed.
// EINVAL: no address.
int openInetSocket(const InetSocket& wanted, Descriptor& out, const char*& call);

// The connection behind `fd` is reset when it is closed, whatever its state: also when its end was sent and
// is not acknowledged, which would hold the namespace. Returns 0 or an errno.
int setResetOnClose(int fd);

}  // namespace netloom
