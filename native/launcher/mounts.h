// Mounts in the mount namespace of a child process. Called in a process that has unshared its mount
// namespace.
#pragma once

#include <string>
#include <vector>

namespace netloom {

// All functions return 0 or an errno.

// Keeps later mounts inside this mount namespace. Mounts of the host still propagate into it.
int keepMountsInside();
// Mounts the files of a directory over those of /etc with the same names, as `ip netns exec` does. A file
// that cannot be mounted is reported on stderr and skipped. A missing directory counts as empty.
int showInEtc(const std::string& directory);
// Mounts a text over a file. Other mounts, including shared ones, keep their propagation.
int showText(const std::string& text, const std::string& file);
// Hides the sockets of name services of another network namespace, which the C library would ask before it
// reads resolv.conf. Missing ones are ignored.
void hideNameServices();
// Mounts the sysfs of the network namespace of this process, read-only if the previous one was.
int mountFreshSys();
// Makes a directory writable for this process: mounts a tmpfs on it that shows the previous entries, except
// `without`.
int makeOwn(const std::string& directory, const std::vector<std::string>& without);
int writeFile(const std::string& path, const std::string& text);

}  // namespace netloom
