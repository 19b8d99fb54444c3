// A second thread, which makes namespaces ahead of the programs that will need them. The kernel makes a
// namespace mostly outside of the lock under which it configures links, so the two go on side by side: a
// third of the time of a program that makes hundreds (Linux 6.18, two processors).
#pragma once

#include <pthread.h>

#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "../program/namespace_creation.h"

namespace netloom {

class Maker {
 public:
  // A namespace that was asked for. Read and written under the maker's lock only.
  class Order {
   public:
    explicit Order(std::string path) : path_(std::move(path)) {}

   private:
    friend class Maker;
    enum class State : uint8_t { kWaits, kIsMade, kThere, kFailed } state_ = State::kWaits;
    const std::string path_;
    Creation made_;
  };

  // In whose namespace the executor's thread is at home; it stays open.
  explicit Maker(int netns) : home_(netns) {}
  Maker(const Maker&) = delete;
  Maker& operator=(const Maker&) = delete;
  ~Maker();

  // The rest is for the executor's thread, at home.

  // Asks for a namespace, pinned if `path` is not empty. Null if there is no thread to be had.
  std::shared_ptr<Order> order(const std::string& path);
  // Takes the order back, with what it came to; waits while it is being made. False if there is nothing: it
  // was not begun, or failed, which the caller finds out by trying for itself.
  bool take(const std::shared_ptr<Order>& order, Creation& out);
  // While that order is being made, makes the next on this thread. False if there is nothing to do but to
  // wait.
  bool help(const Order& order, Home& home);

 private:
  bool start();
  bool isLost();
  void main();
  // Makes the first that waits, if there is one and not too many stand ready; without the lock meanwhile.
  bool makeNext(std::unique_lock<std::mutex>& lock, Home& home);
  // Waits for the other side, the lock being held.
  void wait(std::unique_lock<std::mutex>& lock);
  void wake();

  pthread_t thread_{};
  bool started_ = false;
  Home home_;  // of its thread

  std::mutex mutex_;  // guards what follows
  pthread_cond_t changed_ = PTHREAD_COND_INITIALIZER;
  std::deque<std::shared_ptr<Order>> waiting_;
  size_t there_ = 0;  // made, and not taken yet
  int taken_ = -1;    // the processor that the executor's thread was on
  bool stopping_ = false;
  bool lost_ = false;  // the thread could not come back from a namespace, and has ended
};

}  // namespace netloom
