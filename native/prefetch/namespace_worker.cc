#include "namespace_worker.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "../base/cpu.h"

namespace netloom {
namespace {

// As many namespaces stand ready at most: each has two descriptors open.
constexpr size_t kMostAhead = 32;
constexpr size_t kStack = 256 << 10;
constexpr int kNice = 5;

}  // namespace

Maker::~Maker() {
  if (!started_) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake();
  }
  pthread_join(thread_, nullptr);
}

std::shared_ptr<Maker::Order> Maker::order(const std::string& path) {
  if (started_ && isLost()) {
    pthread_join(thread_, nullptr);
    started_ = false;
  }
  if (!started_ && !start()) return nullptr;
  auto order = std::make_shared<Order>(path);
  const std::lock_guard lock(mutex_);
  taken_ = currentProcessor();
  waiting_.push_back(order);
  wake();
  return order;
}

bool Maker::take(const std::shared_ptr<Order>& order, Creation& out) {
  std::unique_lock lock(mutex_);
  taken_ = currentProcessor();
  if (order->state_ == Order::State::kWaits) {
    waiting_.erase(std::find(waiting_.begin(), waiting_.end(), order));
    return false;
  }
  while (order->state_ == Order::State::kIsMade) wait(lock);
  if (order->state_ == Order::State::kFailed) return false;
  out = std::move(order->made_);
  there_--;
  wake();
  return true;
}

bool Maker::help(const Order& order, Home& home) {
  std::unique_lock lock(mutex_);
  return order.state_ == Order::State::kIsMade && makeNext(lock, home);
}

bool Maker::isLost() {
  const std::lock_guard lock(mutex_);
  return lost_;
}

bool Maker::start() {
  home_.begin();
  lost_ = false;
  // As the executor's thread, from which it has the mask: the process's signals are for other threads.
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStack);
  const auto body = [](void* self) -> void* {
    static_cast<Maker*>(self)->main();
    return nullptr;
  };
  started_ = pthread_create(&thread_, &attributes, body, this) == 0;
  pthread_attr_destroy(&attributes);
  if (started_) pthread_setname_np(thread_, "netloom-maker");
  return started_;
}

void Maker::main() {
  // What is ahead of need is not worth a delay of the event loop. The value is this thread's alone.
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    // It would keep a foreign namespace alive. The next order is another thread's.
    lost_ = home_.lost();
    if (lost_) return;
    if (!makeNext(lock, home_)) {
      wait(lock);
      continue;
    }
    const int taken = taken_;
    lock.unlock();
    sched_yield();  // as the executor's thread
    leaveProcessor(taken);
    lock.lock();
  }
}

bool Maker::makeNext(std::unique_lock<std::mutex>& lock, Home& home) {
  if (waiting_.empty() || there_ >= kMostAhead) return false;
  const std::shared_ptr<Order> order = std::move(waiting_.front());
  waiting_.pop_front();
  order->state_ = Order::State::kIsMade;
  lock.unlock();
  Creation made;
  const bool there = createNamespace(home, order->path_, made).error == 0;
  lock.lock();
  order->made_ = std::move(made);
  order->state_ = there ? Order::State::kThere : Order::State::kFailed;
  if (there) there_++;
  wake();
  return true;
}

// Not std::condition_variable, whose wait() takes a newer library than the addon asks for.
void Maker::wait(std::unique_lock<std::mutex>& lock) {
  pthread_cond_wait(&changed_, lock.mutex()->native_handle());
}

void Maker::wake() { pthread_cond_broadcast(&changed_); }

}  // namespace netloom
