// What a mount namespace of a child process shows. To be called in a process that has unshared its mounts.
#pragma once

#include <string>
#include <vector>

namespace netloom {

// All return 0 or an errno.

// Mounts made from here on stay in this mount namespace, while those of the machine go on to arrive in it.
int keepMountsInside();
// Shows what lies in a directory in the place of what /etc has under the same names, as `ip netns exec` does:
// what cannot be shown is reported on stderr and left as it is. A directory that does not exist has nothing
// to show.
int showInEtc(const std::string& directory);
// Mounts a sysfs that shows the network namespace of this process, as read-only as the one before.
int mountFreshSys();
// Makes a directory ours to write in: a tmpfs on it, with all that was there before, but for some names.
int makeOwn(const std::string& directory, const std::vector<std::string>& without);
int writeFile(const std::string& path, const std::string& text);

}  // namespace netloom
