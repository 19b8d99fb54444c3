// A thread's way into other namespaces and back. Used by that thread only.
#pragma once

#include <cerrno>

#include "../netns/namespace.h"

namespace netloom {

class Home {
 public:
  // The namespace stays open longer than this object.
  explicit Home(int netns) : netns_(netns) {}

  // Runs `body`, which returns 0 or an errno, inside the namespace and comes back.
  template <typename Body>
  int inside(int netns, Body body) {
    if (lost_) return EOWNERDEAD;
    if (const int error = enterNamespace(netns)) return error;
    const int error = body();
    return comeBack() ? EOWNERDEAD : error;
  }

  // Runs `body` inside a new namespace and comes back.
  template <typename Body>
  int insideNew(Body body) {
    if (lost_) return EOWNERDEAD;
    if (const int error = unshareNamespace()) return error;
    const int error = body();
    return comeBack() ? EOWNERDEAD : error;
  }

  // True once the way back was barred: the thread is in a foreign namespace and must not be used for new
  // work.
  [[nodiscard]] bool lost() const { return lost_; }

 private:
  int comeBack() {
    const int error = enterNamespace(netns_);
    if (error != 0) lost_ = true;
    return error;
  }

  const int netns_;
  bool lost_ = false;
};

}  // namespace netloom
