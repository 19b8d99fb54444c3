#include "account.h"

#include <grp.h>
#include <pwd.h>

#include <cerrno>

namespace netloom {

namespace {

// `find` fills an entry whose strings are in a buffer. The buffer grows until they fit.
template <typename Entry, typename Find>
int withBuffer(Find find, Entry& entry, std::vector<char>& buffer) {
  for (buffer.resize(1024); buffer.size() <= 1U << 20; buffer.resize(buffer.size() * 2)) {
    Entry* found = nullptr;
    const int error = find(&entry, buffer.data(), buffer.size(), &found);
    if (error == ERANGE) continue;
    // Name services differ in their answer for unknown names.
    return found != nullptr ? 0 : ENOENT;
  }
  return ERANGE;
}

int accountOf(const passwd& entry, Account& out) {
  out.uid = entry.pw_uid;
  out.gid = entry.pw_gid;
  int count = 64;
  for (out.groups.resize(static_cast<size_t>(count));
       getgrouplist(entry.pw_name, entry.pw_gid, out.groups.data(), &count) < 0;
       out.groups.resize(static_cast<size_t>(count))) {
    if (static_cast<size_t>(count) <= out.groups.size()) return ENOMEM;
  }
  out.groups.resize(static_cast<size_t>(count));
  return 0;
}

}  // namespace

int findUser(const std::string& name, Account& out) {
  passwd entry{};
  std::vector<char> buffer;
  const auto find = [&](passwd* into, char* data, size_t size, passwd** found) {
    return getpwnam_r(name.c_str(), into, data, size, found);
  };
  const int error = withBuffer(find, entry, buffer);
  return error != 0 ? error : accountOf(entry, out);
}

int findUser(uid_t uid, Account& out) {
  passwd entry{};
  std::vector<char> buffer;
  const auto find = [&](passwd* into, char* data, size_t size, passwd** found) {
    return getpwuid_r(uid, into, data, size, found);
  };
  const int error = withBuffer(find, entry, buffer);
  return error != 0 ? error : accountOf(entry, out);
}

int findGroup(const std::string& name, gid_t& out) {
  group entry{};
  std::vector<char> buffer;
  const auto find = [&](group* into, char* data, size_t size, group** found) {
    return getgrnam_r(name.c_str(), into, data, size, found);
  };
  const int error = withBuffer(find, entry, buffer);
  if (error == 0) out = entry.gr_gid;
  return error;
}

}  // namespace netloom
