// TCP connections whose process is gone. The kernel goes on to send their end until the other side
// acknowledges it, for more than a minute if nobody does (tcp_orphan_retries), and each holds its network
// namespace meanwhile.
#pragma once

namespace netloom {

// Whether the calling thread's namespace has TCP sockets, processes' own or orphans.
bool hasTcpSockets();
// Ends the orphans of the calling thread's namespace; the other sides get a reset. Needs
// CONFIG_INET_DIAG_DESTROY, and does nothing without.
void destroyOrphans();

}  // namespace netloom
