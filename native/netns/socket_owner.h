// Which network namespaces the sockets of a process belong to. No N-API in here.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace netloom {

// The cookie of the namespace of each descriptor; 0 for what is no socket, is closed by now, or may not be
// looked at. Takes pidfd_getfd (Linux 5.6) and the right to trace the process; without, all are 0.
std::vector<uint64_t> namespacesOfSockets(pid_t process, const std::vector<int>& descriptors);

// Shuts down the connections among these descriptors of this process that belong to the namespace: whoever
// reads from one finds its end.
void shutDownSockets(const std::vector<int>& descriptors, uint64_t cookie);

}  // namespace netloom
