// Look-up of users and groups through the system's name services.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace netloom {

struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // all groups of the user, including `gid`
};

// Return 0 or an errno; ENOENT if there is none. They block until the name service has answered.
int findUser(const std::string& name, Account& out);
int findUser(uid_t uid, Account& out);
int findGroup(const std::string& name, gid_t& out);

}  // namespace netloom
