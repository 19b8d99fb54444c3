// Network namespaces: made, opened, pinned under a name, entered, told apart. No N-API in here.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "descriptor.h"

namespace netloom {

// An open namespace. Shared by the handle in JavaScript and the programs under way; it lives as long as
// either.
struct Namespace {
  Descriptor fd;
  uint64_t cookie = 0;  // SO_NETNS_COOKIE: never reused while the machine is up, unlike inode numbers
};

// All return 0 or an errno.

// The calling thread enters a namespace.
int enterNamespace(int fd);
// The calling thread moves into a new, empty namespace. ENOSPC: max_net_namespaces.
int unshareNamespace();
// The calling thread's own namespace.
int openCurrentNamespace(Descriptor& out);
// Opens a file that must be a network namespace (checked on the descriptor: nsfs and CLONE_NEWNET).
int openNamespace(const std::string& path, Descriptor& out);
// The calling thread's namespace, by the cookie of a socket born in it.
int namespaceCookie(uint64_t& out);
// Whether the network namespace of that cookie and inode is still there. ENOTSUP where the kernel has no file
// handles of namespaces (before Linux 6.18), EPERM without CAP_DAC_READ_SEARCH.
int seekNamespace(uint64_t cookie, uint32_t inode, bool& lives);
// Makes and shares the directory that names are pinned in, under the lock that `ip netns add` takes.
int prepareDirectory(const std::string& directory);
// Binds an open namespace to a file in such a directory as `ip netns add` does: O_EXCL file, bind mount last.
// An empty file that a killed process left is replaced. EEXIST otherwise.
int pinNamespace(int netns, const std::string& path);
// Unmounts and removes the name. An absent name is success; so is one that means another namespace than that
// of the inode, if one is given, and a file of somebody else's in its place: these stay.
int unpinNamespace(const std::string& path, uint32_t inode = 0);

}  // namespace netloom
