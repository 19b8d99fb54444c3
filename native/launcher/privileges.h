// Drops the privileges of a child process: changes its user and groups.
#pragma once

#include <sys/types.h>

#include <optional>
#include <vector>

namespace netloom {

// The ids to change to. Those left out stay as they are.
struct Identity {
  std::optional<std::vector<gid_t>> groups;
  std::optional<gid_t> gid;
  std::optional<uid_t> uid;
};

// Returns 0 or an errno, and in `call` the system call that failed. The user is changed last, because
// changing the groups needs its privileges.
int dropPrivileges(const Identity& identity, const char*& call);

}  // namespace netloom
