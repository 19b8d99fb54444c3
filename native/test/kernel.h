// For tests that need a kernel: the test program runs in network and mount namespaces of its own.
#pragma once

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "netns/namespace_scope.h"
#include "program/slots.h"

namespace netloom::test {

inline void write(const char* path, const std::string& text) { std::ofstream(path) << text; }

// Called before main, while the program has one thread. Without privileges a user namespace provides them.
inline bool enterOwnNamespaces() {
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) != 0) return false;
    write("/proc/self/setgroups", "deny");
    write("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
    write("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
  }
  return mount("", "/", "none", MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("none", "/mnt", "tmpfs", 0, nullptr) == 0;
}

// Where this is false, tests are skipped: TEST_CASE("..." * doctest::skip(!kInOwnNamespaces)).
inline const bool kInOwnNamespaces = enterOwnNamespaces();

// A directory for names of namespaces, empty at first; nobody else sees it.
inline const std::string kNames = "/mnt/names";

inline std::shared_ptr<Namespace> currentNamespace() {
  auto out = std::make_shared<Namespace>();
  if (openCurrentNamespace(out->fd) != 0 || namespaceCookie(out->cookie) != 0) std::abort();
  return out;
}

// A new network namespace, and a program's view of it as slot 0.
class Sandbox {
 public:
  Sandbox() : home_(currentNamespace()), scope_(home_->fd.get()), slots_(scope_, std::vector<Slot>(1)) {
    if (slots_.create(0, {}).error != 0) std::abort();
  }

  NamespaceScope& scope() { return scope_; }
  Slots& slots() { return slots_; }
  const std::shared_ptr<Namespace>& netns() { return slots_.netns(0); }
  Slot slot() { return {netns(), nullptr, nullptr, nullptr}; }
  Socket& socket(int protocol = NETLINK_ROUTE) {
    Socket* out = nullptr;
    if (slots_.socket(0, protocol, out).error != 0) std::abort();
    return *out;
  }
  // The index of that device in the sandbox; 0 if there is none.
  uint32_t indexOf(const std::string& device) {
    uint32_t index = 0;
    (void)scope_.runInside(netns()->fd.get(), [&] {
      index = if_nametoindex(device.c_str());
      return 0;
    });
    return index;
  }
  std::string sysctl(const std::string& path) {
    std::string value;
    (void)scope_.runInside(netns()->fd.get(), [&] {
      std::getline(std::ifstream("/proc/sys/" + path), value);
      return 0;
    });
    return value;
  }

 private:
  std::shared_ptr<Namespace> home_;
  NamespaceScope scope_;
  Slots slots_;
};

inline bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

}  // namespace netloom::test
