// Locks on a directory, which end with their descriptor and hence, whatever happens, with their holder.
#pragma once

#include <cstdint>
#include <string>

#include "../base/descriptor.h"

namespace netloom {

// What tells a directory from another that has its path later.
struct Place {
  uint64_t device = 0;
  uint64_t inode = 0;
};

// All return 0 or an errno.

// Locks a directory without waiting, for as long as the descriptor is open (flock). EWOULDBLOCK: another has
// it locked.
int lockDirectory(const std::string& directory, Descriptor& out);
// Gives a sign of life that others can look for: a read lock on one byte of the directory (an open file
// description lock, Linux 3.15), which is independent of flock. Read locks never wait for each other.
int showLife(const std::string& directory, uint64_t byte, Descriptor& out, Place& place);
// Whether anybody shows life by that byte.
int seekLife(const std::string& directory, uint64_t byte, bool& lives, Place& place);

}  // namespace netloom
