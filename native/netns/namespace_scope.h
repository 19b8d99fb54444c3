// A thread's way into other namespaces and back. Used by that thread only.
#pragma once

#include "namespace.h"

namespace netloom {

class Home {
 public:
  // The namespace stays open longer than this object.
  explicit Home(int netns) : netns_(netns) {}

  // Runs `body`, which returns 0 or an errno, inside the namespace and comes back. Returns the errno of the
  // way in or of `body`. A barred way back changes nothing about what was done inside: see lost().
  template <typename Body>
  int inside(int netns, Body body) {
    if (const int error = enterNamespace(netns)) return error;
    const int error = body();
    comeBack();
    return error;
  }

  // Runs `body` inside a new namespace and comes back.
  template <typename Body>
  int insideNew(Body body) {
    if (const int error = unshareNamespace()) return error;
    const int error = body();
    comeBack();
    return error;
  }

  void comeBack() { lost_ = enterNamespace(netns_) != 0; }

  // Whether the way back was barred: the thread is in a foreign namespace, which it keeps alive. It goes on,
  // as all its work is done inside of a namespace, until another thread takes its place.
  [[nodiscard]] bool lost() const { return lost_; }

  // Another thread begins to use this object, and is at home.
  void begin() { lost_ = false; }

 private:
  const int netns_;
  bool lost_ = false;
};

}  // namespace netloom
