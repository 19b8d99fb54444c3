// Opens internet sockets in the calling thread's namespace. Node.js would open them later, in a callback,
// when the thread is back in its home namespace.
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
  std::optional<int> backlog;  // for a listening socket
};

// Opens a non-blocking socket. Returns 0 or an errno, and in `call` the system call that failed.
// EINVAL: no address.
int openInetSocket(const InetSocket& wanted, Descriptor& out, const char*& call);

// Makes close() reset the connection in any state. Otherwise a connection whose FIN is not acknowledged would
// pin the namespace. Returns 0 or an errno.
int setResetOnClose(int fd);

}  // namespace netloom
