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
// Shows a text in the place of a file. All other mounts stay as they are, shared ones included: what the
// process mounts there goes on to appear outside, and the other way round.
int showText(const std::string& text, const std::string& file);
// Hides the sockets of services that would answer for names in the place of resolv.conf: they live in another
// network namespace, and the C library asks them first. What is not there needs no hiding.
void hideNameServices();
// Mounts a sysfs that shows the network namespace of this process, as read-only as the one before.
int mountFreshSys();
// Makes a directory ours to write in: a tmpfs on it, with all that was there before, but for some names.
int makeOwn(const std::string& directory, const std::vector<std::string>& without);
int writeFile(const std::string& path, const std::string& text);

}  // namespace netloom
