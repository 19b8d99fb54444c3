// A second thread that creates namespaces ahead of the programs that will need them. Most of a creation runs
// outside of the kernel lock under which links are configured, so the two run in parallel. This saves a third
// of the time of a program that creates hundreds of namespaces (Linux 6.18, two processors).
#pragma once

#include <pthread.h>

#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "../base/thread.h"
#include "../program/namespace_creation.h"

namespace netloom {

class NamespaceWorker {
 public:
  // A requested namespace. Accessed under the worker's lock only.
  class Order {
   public:
    explicit Order(std::string path) : path_(std::move(path)) {}

   private:
    friend class NamespaceWorker;
    enum class State : uint8_t { kQueued, kInProgress, kReady, kFailed } state_ = State::kQueued;
    const std::string path_;
    Creation made_;
  };

  // `home`: the namespace of the executor's thread, which outlives this object. `enabled`: false to take no
  // orders.
  explicit NamespaceWorker(int home, bool enabled = true) : enabled_(enabled), scope_(home) {}
  NamespaceWorker(const NamespaceWorker&) = delete;
  NamespaceWorker& operator=(const NamespaceWorker&) = delete;
  ~NamespaceWorker();

  // All methods are for the executor's thread, in its home namespace.

  // Requests a namespace, pinned if `path` is not empty. Null if it takes no orders, or the thread
  // cannot be started.
  std::shared_ptr<Order> order(const std::string& path);
  // Removes the order and returns its namespace, waiting while it is being created. False if there is none:
  // it was not begun, or it failed. The caller then creates the namespace itself and learns the reason of a
  // failure.
  bool take(const std::shared_ptr<Order>& order, Creation& out);
  // While the worker creates the namespace of `order`, creates the next one on the calling thread. False if
  // there is nothing left to do but wait.
  bool help(const Order& order, NamespaceScope& scope);

 private:
  bool start();
  bool isLost();
  void main();
  // Creates the first queued namespace, unless the queue is empty or enough are ready. Releases the lock
  // meanwhile.
  bool makeNext(std::unique_lock<std::mutex>& lock, NamespaceScope& scope);
  // Waits for the other thread; the lock is held.
  void wait(std::unique_lock<std::mutex>& lock);
  void wake();

  const bool enabled_;
  NamespaceScope scope_;  // of the worker's thread

  std::mutex mutex_;  // guards the members below, up to the thread
  pthread_cond_t changed_ = PTHREAD_COND_INITIALIZER;
  std::deque<std::shared_ptr<Order>> queue_;
  size_t ready_ = 0;      // namespaces that are created and not taken yet
  int executorCpu_ = -1;  // the processor that the executor's thread last ran on
  bool stopping_ = false;
  bool lost_ = false;  // the thread could not return from a namespace, and has ended

  Thread thread_;
};

}  // namespace netloom
