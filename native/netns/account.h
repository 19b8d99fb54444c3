// Users and groups by name, as the system's name services know them.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace netloom {

struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // all of the user's, `gid` among them
};

// Return 0 or an errno; ENOENT: there is none. They block while a name service is asked.
int findUser(const std::string& name, Account& out);
int findUser(uid_t uid, Account& out);
int findGroup(const std::string& name, gid_t& out);

}  // namespace netloom
