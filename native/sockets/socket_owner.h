// The network namespaces of the sockets of a process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace netloom {

// The cookie of the namespace of each descriptor; 0 for a descriptor that is not a socket, is closed, or may
// not be accessed. Needs pidfd_getfd (Linux 5.6) and permission to trace the process; all cookies are 0
// otherwise.
std::vector<uint64_t> namespacesOfSockets(pid_t process, const std::vector<int>& descriptors);

// Shuts down the connections among these descriptors of this process that belong to the namespace. Readers
// see the end of the stream.
void shutDownConnections(const std::vector<int>& descriptors, uint64_t cookie);

}  // namespace netloom
