// A thread of the addon's own. Not std::thread: the stack is smaller, and no signal of the process is handled
// on it.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <utility>

namespace netloom {

class Thread {
 public:
  Thread() = default;
  Thread(Thread&& other) noexcept
      : id_(std::exchange(other.id_, {})), joinable_(std::exchange(other.joinable_, false)) {}
  Thread& operator=(Thread&& other) noexcept {
    if (this != &other) {
      join();
      id_ = std::exchange(other.id_, {});
      joinable_ = std::exchange(other.joinable_, false);
    }
    return *this;
  }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread() { join(); }

  // Runs `body(argument)` on a new thread. `name` has 15 characters at most. Returns 0 or an errno.
  int start(const char* name, size_t stackSize, void (*body)(void*), void* argument);
  // Waits for the end of the thread. Does nothing if there is none.
  void join();
  [[nodiscard]] bool joinable() const { return joinable_; }

 private:
  pthread_t id_{};
  bool joinable_ = false;
};

}  // namespace netloom
