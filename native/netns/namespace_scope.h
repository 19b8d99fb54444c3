// A thread's visits to other network namespaces. Used by that thread only.
#pragma once

#include "namespace.h"

namespace netloom {

class NamespaceScope {
 public:
  // `home`: the thread's own namespace, which outlives this object.
  explicit NamespaceScope(int home) : home_(home) {}

  // Runs `body`, which returns 0 or an errno, inside the namespace and returns home. Returns the errno of
  // entering or of `body`. A failure to return does not change the result, because the work inside was done:
  // see lost().
  template <typename Body>
  int runInside(int netns, Body body) {
    if (const int error = enterNamespace(netns)) return error;
    const int error = body();
    returnHome();
    return error;
  }

  // The same inside a new namespace.
  template <typename Body>
  int runInsideNew(Body body) {
    if (const int error = unshareNamespace()) return error;
    const int error = body();
    returnHome();
    return error;
  }

  // True if the thread could not return: it is in a foreign namespace and keeps that alive. It can go on
  // working, since everything it does is done inside of a namespace, until another thread replaces it.
  [[nodiscard]] bool lost() const { return lost_; }

  // Called by a new thread that takes over this object, and is at home.
  void reset() { lost_ = false; }

 private:
  void returnHome() { lost_ = enterNamespace(home_) != 0; }

  const int home_;
  bool lost_ = false;
};

}  // namespace netloom
