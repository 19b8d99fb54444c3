// Sockets that were passed to JavaScript as descriptor numbers, until Node.js takes them over.
#pragma once

#include <sys/types.h>

#include <unordered_map>

#include "../base/descriptor.h"

namespace netloom {

// A worker can be terminated between any two statements, also before Node.js has a handle for a descriptor.
// Node.js closes its handles before the hooks of addons run (Environment::RunCleanup in src/env.cc), so a
// descriptor that is still open then, and is still the same socket, was never taken over. Used by the
// environment's thread only.
class HandedOut {
 public:
  // Releases the descriptor, and records the identity of its socket.
  [[nodiscard]] int give(Descriptor descriptor);
  // Closes the sockets that were not taken over. Called after the environment's handles are closed.
  void closeLeft();

 private:
  std::unordered_map<int, ino_t> inodes_;
};

}  // namespace netloom
