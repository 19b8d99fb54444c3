// Orphans: TCP connections whose process is gone. The kernel retransmits the FIN until the peer acknowledges
// it, for more than a minute if it never does (tcp_orphan_retries). Each orphan pins its network namespace
// meanwhile.
#pragma once

namespace netloom {

// Whether the calling thread's namespace has TCP sockets, including orphans.
bool hasTcpSockets();
// Destroys the orphans of the calling thread's namespace; their peers receive a reset. Does nothing on a
// kernel without CONFIG_INET_DIAG_DESTROY.
void destroyOrphans();

}  // namespace netloom
