// Network namespaces: creating, opening, pinning, entering and identifying them.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "../base/descriptor.h"

namespace netloom {

// An open namespace. It is shared by the handle in JavaScript and by running programs.
struct Namespace {
  Descriptor fd;
  uint64_t cookie = 0;  // SO_NETNS_COOKIE: never reused while the machine is up, unlike inode numbers
};

// The inode of a namespace's file, which identifies it as long as it is open; 0 if the descriptor is closed.
uint32_t inodeOfNamespace(int fd);

// All other functions return 0 or an errno.

// Moves the calling thread into a namespace.
int enterNamespace(int fd);
// Moves the calling thread into a new, empty namespace. ENOSPC: max_net_namespaces is reached.
int unshareNamespace();
// Opens the calling thread's namespace.
int openCurrentNamespace(Descriptor& out);
// Opens a file that must be a network namespace, which is checked on the descriptor (nsfs and CLONE_NEWNET).
int openNamespace(const std::string& path, Descriptor& out);
// The cookie of the calling thread's namespace, read from a socket in it.
int namespaceCookie(uint64_t& out);
// Whether the network namespace with that cookie and inode exists. ENOTSUP where the kernel has no file
// handles for namespaces (before Linux 6.18), EPERM without CAP_DAC_READ_SEARCH.
int namespaceExists(uint64_t cookie, uint32_t inode, bool& exists);
// Creates the directory for pinned names and makes it a shared mount, under the lock that `ip netns add`
// takes.
int prepareDirectory(const std::string& directory);
// Pins an open namespace to a file in such a directory as `ip netns add` does: creates the file with O_EXCL,
// then bind mounts. An empty file that a killed process left is reused; for any other EEXIST is returned.
int pinNamespace(int netns, const std::string& path);
// Unmounts and removes the name. An absent name is success; so is one that means another namespace than that
// of the inode, if one is given, and a file of somebody else's in its place: these stay.
int unpinNamespace(const std::string& path, uint32_t inode = 0);

}  // namespace netloom
