#include "namespace_worker.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "../base/cpu.h"

namespace netloom {
namespace {

// Each ready namespace has two open descriptors.
constexpr size_t kMaxReady = 32;
constexpr size_t kStack = 256 << 10;
constexpr int kNice = 5;

}  // namespace

NamespaceWorker::~NamespaceWorker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake();
  }
  thread_.join();
}

std::shared_ptr<NamespaceWorker::Order> NamespaceWorker::order(const std::string& path) {
  if (!enabled_) return nullptr;
  if (thread_.joinable() && isLost()) thread_.join();
  if (!thread_.joinable() && !start()) return nullptr;
  auto order = std::make_shared<Order>(path);
  const std::lock_guard lock(mutex_);
  executorCpu_ = currentCpu();
  queue_.push_back(order);
  wake();
  return order;
}

bool NamespaceWorker::take(const std::shared_ptr<Order>& order, Creation& out) {
  std::unique_lock lock(mutex_);
  executorCpu_ = currentCpu();
  if (order->state_ == Order::State::kQueued) {
    queue_.erase(std::find(queue_.begin(), queue_.end(), order));
    return false;
  }
  while (order->state_ == Order::State::kInProgress) wait(lock);
  if (order->state_ == Order::State::kFailed) return false;
  out = std::move(order->made_);
  ready_--;
  wake();
  return true;
}

bool NamespaceWorker::help(const Order& order, NamespaceScope& scope) {
  std::unique_lock lock(mutex_);
  return order.state_ == Order::State::kInProgress && makeNext(lock, scope);
}

bool NamespaceWorker::isLost() {
  const std::lock_guard lock(mutex_);
  return lost_;
}

bool NamespaceWorker::start() {
  scope_.reset();
  lost_ = false;
  return thread_.start(
             "netloom-netns", kStack, [](void* self) { static_cast<NamespaceWorker*>(self)->main(); },
             this) == 0;
}

void NamespaceWorker::main() {
  // Work ahead of need must not delay the event loop. The nice value applies to this thread only.
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    // A lost thread keeps a foreign namespace alive, so it ends. The next order starts another thread.
    lost_ = scope_.lost();
    if (lost_) return;
    if (!makeNext(lock, scope_)) {
      wait(lock);
      continue;
    }
    const int cpu = executorCpu_;
    lock.unlock();
    sched_yield();  // for the same reason as the executor's thread: see Loop::main
    leaveCpu(cpu);
    lock.lock();
  }
}

bool NamespaceWorker::makeNext(std::unique_lock<std::mutex>& lock, NamespaceScope& scope) {
  if (queue_.empty() || ready_ >= kMaxReady) return false;
  const std::shared_ptr<Order> order = std::move(queue_.front());
  queue_.pop_front();
  order->state_ = Order::State::kInProgress;
  lock.unlock();
  Creation made;
  const bool succeeded = createNamespace(scope, order->path_, made).error == 0;
  lock.lock();
  order->made_ = std::move(made);
  order->state_ = succeeded ? Order::State::kReady : Order::State::kFailed;
  if (succeeded) ready_++;
  wake();
  return true;
}

// Not std::condition_variable: its wait() needs a newer libstdc++ than the addon requires.
void NamespaceWorker::wait(std::unique_lock<std::mutex>& lock) {
  pthread_cond_wait(&changed_, lock.mutex()->native_handle());
}

void NamespaceWorker::wake() { pthread_cond_broadcast(&changed_); }

}  // namespace netloom
