#include "privileges.h"

#include <grp.h>
#include <unistd.h>

#include <cerrno>

namespace netloom {

int dropPrivileges(const Identity& identity, const char*& call) {
  const auto& [groups, gid, uid] = identity;
  call = "setgroups";
  if (groups && setgroups(groups->size(), groups->data()) < 0) return errno;
  call = "setgid";
  if (gid && setgid(*gid) < 0) return errno;
  call = "setuid";
  if (uid && setuid(*uid) < 0) return errno;
  return 0;
}

}  // namespace netloom
