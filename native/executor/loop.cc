#include "loop.h"

#include <sched.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "../base/clock.h"

namespace netloom {
namespace {

constexpr uint32_t kShutdownTimeoutMs = 5'000;  // for programs that are undone when the environment ends
constexpr size_t kStack = 1 << 20;              // far more than needed; only touched pages are allocated

// Tags in the epoll set, beside the ids of monitors.
constexpr uint64_t kWake = std::numeric_limits<uint64_t>::max();
constexpr uint64_t kRelease = kWake - 1;

}  // namespace

Loop::Loop(std::function<void()> notify, Descriptor home, Descriptor wake, Epoll epoll)
    : notify_(std::move(notify)),
      home_(std::move(home)),
      scope_(home_.get()),
      worker_(home_.get(), prefetches_),
      wake_(std::move(wake)),
      epoll_(std::move(epoll)),
      monitors_(scope_, epoll_, [this](Completion completion) { complete(std::move(completion)); }),
      reaper_(scope_),
      reserve_(scope_) {}

int Loop::start(std::function<void()> notify, std::unique_ptr<Loop>& out) {
  Descriptor home;
  if (const int error = openCurrentNamespace(home)) return error;
  Descriptor wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return errno;
  Epoll epoll;
  if (const int error = epoll.open()) return error;
  if (const int error = epoll.add(wake.get(), kWake)) return error;
  std::unique_ptr<Loop> loop(new Loop(std::move(notify), std::move(home), std::move(wake), std::move(epoll)));
  if (const int error = loop->startThread<&Loop::main>()) return error;
  out = std::move(loop);
  return 0;
}

template <Loop::Body body>
int Loop::startThread() {
  return thread_.start(
      "netloom", kStack, [](void* self) { (static_cast<Loop*>(self)->*body)(); }, this);
}

Loop::~Loop() {
  stopping_ = true;
  wakeUp();
  thread_.join();
}

// If no thread can be started the lost one goes on, and the next call tries again.
void Loop::replaceLost() {
  auto expected = Place::kLost;
  if (!place_.compare_exchange_strong(expected, Place::kReplaced)) return;
  predecessor_ = std::move(thread_);
  if (startThread<&Loop::takeOver>() != 0) {
    thread_ = std::move(predecessor_);
    place_ = Place::kLost;
  }
}

void Loop::takeOver() {
  retired_ = true;
  wakeUp();
  predecessor_.join();
  retired_ = false;
  scope_.reset();
  place_ = Place::kHome;
  main();
}

void Loop::reportLost() {
  auto expected = Place::kHome;
  if (scope_.lost() && place_.compare_exchange_strong(expected, Place::kLost)) notify_();
}

void Loop::wakeUp() {
  // The write fails if the counter is full; the thread is woken then, too.
  [[maybe_unused]] const int ignored = eventfd_write(wake_.get(), 1);
}

void Loop::post(Command command) {
  {
    const std::lock_guard lock(mutex_);
    inbox_.push_back(std::move(command));
  }
  if (spin_.mustWake()) wakeUp();
}

std::vector<Completion> Loop::take() {
  replaceLost();
  const std::lock_guard lock(mutex_);
  return std::exchange(outbox_, {});
}

void Loop::complete(Completion completion) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = outbox_.empty();
    outbox_.push_back(std::move(completion));
  }
  if (first) notify_();
}

void Loop::main() {
  int64_t shutdownDeadline = std::numeric_limits<int64_t>::max();
  for (;;) {
    if (retired_) return;
    takeCommands();
    if (stopping_) {
      if (shutdownDeadline == std::numeric_limits<int64_t>::max())
        shutdownDeadline = deadlineIn(kShutdownTimeoutMs);
      for (const auto& runner : runners_) runner->abort();
      if (runners_.empty() || monotonicNow() >= shutdownDeadline) break;
    }
    const bool busy = advance() || reserve_.makeNext();
    // A kernel without preemption leaves other runnable threads of this processor, the event loop included,
    // waiting until the next tick: 4 ms at 250 Hz.
    if (busy) sched_yield();
    wait(busy);
    reaper_.expire(monotonicNow());
    collectReleases();
    reportLost();
  }
  // Sockets and namespaces are closed on the thread that worked with them.
  runners_.clear();
  monitors_.closeAll();
}

void Loop::takeCommands() {
  std::vector<Command> commands;
  {
    const std::lock_guard lock(mutex_);
    commands.swap(inbox_);
  }
  for (Command& command : commands) {
    std::visit([this](auto& each) { accept(each); }, command);
  }
}

void Loop::accept(PrefetchCommand& command) {
  if (prefetches_) reserve_.order(command.job, command.namespaces);
}

void Loop::accept(CancelPrefetchCommand& command) { reserve_.cancel(command.job); }

void Loop::accept(RunCommand& command) {
  runners_.push_back(std::make_unique<Runner>(
      scope_, worker_, reserve_.take(command.job), command.job, std::move(command.program),
      [this](Completion completion) { complete(std::move(completion)); }));
}

void Loop::accept(ExtendCommand& command) {
  if (Runner* runner = runnerOf(command.job)) runner->extend(std::move(command.part));
}

void Loop::accept(AbortCommand& command) {
  if (Runner* runner = runnerOf(command.job)) runner->abort();
}

void Loop::accept(ConfirmCommand& command) {
  if (Runner* runner = runnerOf(command.job)) runner->confirm();
}

void Loop::accept(ReleaseCommand& command) {
  reaper_.start(command.job, std::move(command.namespaces), command.deadlineMs);
  if (!watchesReleases_ && reaper_.fd() >= 0) watchesReleases_ = epoll_.add(reaper_.fd(), kRelease) == 0;
  collectReleases();
}

void Loop::accept(OpenMonitorCommand& command) { monitors_.open(command); }

void Loop::accept(ReadMonitorCommand& command) { monitors_.read(command.monitor); }

void Loop::accept(CloseMonitorCommand& command) { monitors_.close(command.monitor); }

Runner* Loop::runnerOf(JobId job) {
  const auto found = std::find_if(runners_.begin(), runners_.end(),
                                  [&](const auto& runner) { return runner->job() == job; });
  return found == runners_.end() ? nullptr : found->get();
}

bool Loop::advance() {
  const int64_t now = monotonicNow();
  const auto ready = std::find_if(runners_.begin(), runners_.end(),
                                  [&](const auto& runner) { return runner->wakeAt() <= now; });
  if (ready == runners_.end()) return false;
  // Round robin: the program goes to the back of the queue.
  std::unique_ptr<Runner> runner = std::move(*ready);
  runners_.erase(ready);
  if (runner->advance()) {
    if (runner->takeWaiting()) {
      Completion waiting;
      waiting.kind = Completion::Kind::kWaits;
      waiting.job = runner->job();
      complete(std::move(waiting));
    }
    if (auto part = runner->takePart()) complete(std::move(*part));
    runners_.push_back(std::move(runner));
  } else {
    Completion completion = runner->finish();
    // The program's sockets close before its end is reported, so that no caller finds descriptors left over.
    runner.reset();
    complete(std::move(completion));
  }
  return true;
}

int Loop::timeout() const {
  int64_t next = reaper_.nextDeadline();
  for (const auto& runner : runners_) next = std::min(next, runner->wakeAt());
  if (next == std::numeric_limits<int64_t>::max()) return -1;
  const int64_t left = std::max<int64_t>(next - monotonicNow(), 0);
  return static_cast<int>(std::min<int64_t>((left + kMillisecond - 1) / kMillisecond, 60'000));
}

bool Loop::hasCommands() {
  const std::lock_guard lock(mutex_);
  return !inbox_.empty();
}

void Loop::wait(bool busy) {
  const int64_t began = monotonicNow();
  if (!busy && spin_.spinForCommand([this] { return hasCommands(); })) return;
  epoll_.wait(busy ? 0 : timeout(), [&](uint64_t tag) {
    if (tag == kWake) {
      spin_.wokenAfter(monotonicNow() - began);
      eventfd_t value = 0;
      eventfd_read(wake_.get(), &value);
    } else if (tag == kRelease) {
      reaper_.receive();
    } else {
      monitors_.receive(tag);
    }
  });
}

void Loop::collectReleases() {
  for (Completion& completion : reaper_.take()) complete(std::move(completion));
}

}  // namespace netloom
