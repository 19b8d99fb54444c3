// The server sockets of the calling thread's namespace: listening TCP sockets, and bound UDP sockets without
// a peer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace netloom {

struct BoundSocket {
  bool tcp = false;     // otherwise UDP
  std::string address;  // a literal; for a mapped address (::ffff:10.0.0.1) its IPv4 part
  uint16_t port = 0;
  bool both = false;  // bound to '::' and accepts IPv4 as well
};

// Reads them through sock_diag. Returns 0 or an errno: ENOENT where the kernel lacks the protocol's
// diagnostics (CONFIG_INET_DIAG, CONFIG_INET_UDP_DIAG).
int readBoundSockets(bool tcp, bool udp, std::vector<BoundSocket>& out);

}  // namespace netloom
