// Sockets that JavaScript has by the number of their descriptor, until Node.js takes them over.
#pragma once

#include <sys/types.h>

#include <unordered_map>

#include "../base/descriptor.h"

namespace netloom {

// A worker can be terminated between any two of its statements, also before Node.js has a handle for a
// descriptor. It closes its handles before the hooks of addons run (Environment::RunCleanup of src/env.cc):
// what is open by then under the same number and is the same socket was never taken over. Used by the
// environment's thread alone.
class HandedOut {
 public:
  // Gives the descriptor away, and remembers which socket it is.
  [[nodiscard]] int give(Descriptor descriptor);
  // Closes those that nobody has taken over. To be called when the environment's handles are closed.
  void closeLeft();

 private:
  std::unordered_map<int, ino_t> inodes_;
};

}  // namespace netloom
