// Locks on a directory. A lock ends with its descriptor, and so with its process.
#pragma once

#include <cstdint>
#include <string>

#include "descriptor.h"

namespace netloom {

// Identifies a directory, unlike its path, which another one may have later.
struct Place {
  uint64_t device = 0;
  uint64_t inode = 0;
};

// All return 0 or an errno.

// Locks a directory without waiting, until the descriptor is closed (flock). EWOULDBLOCK: another process
// holds the lock.
int lockDirectory(const std::string& directory, Descriptor& out);
// Shows other processes that this one is alive: takes a read lock on one byte of the directory (an open file
// description lock, Linux 3.15), which is independent of flock. Read locks never wait for each other.
int takeLivenessLock(const std::string& directory, uint64_t byte, Descriptor& out, Place& place);
// Whether any process holds a read lock on that byte.
int readLivenessLock(const std::string& directory, uint64_t byte, bool& isHeld, Place& place);

}  // namespace netloom
