#include "loop.h"

#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <limits>

#include "../base/cpu.h"

namespace netloom {
namespace {

constexpr int64_t kMillisecond = 1'000'000;
constexpr uint32_t kFarewellMs = 5'000;  // how long programs may go on undoing when the environment ends
constexpr size_t kStack = 1 << 20;       // far more than it takes; only touched pages exist

// Work that follows work is looked out for so long: to be woken for it takes 30 microseconds, nearly half of
// what a small request takes altogether, and up to a millisecond where the machine shares its processors
// (virtual machine, Linux 6.18). Who awaits one endpoint after another comes back within that time.
constexpr int64_t kLookout = 300'000;

// What epoll reports, beside the ids of monitors.
constexpr uint64_t kWake = std::numeric_limits<uint64_t>::max();
constexpr uint64_t kRelease = kWake - 1;

int addTo(int epoll, int fd, uint64_t tag) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = tag;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? errno : 0;
}

}  // namespace

Loop::Loop(std::function<void()> notify, Descriptor home, Descriptor wake, Descriptor epoll)
    : notify_(std::move(notify)),
      netns_(std::move(home)),
      home_(netns_.get()),
      maker_(netns_.get()),
      wake_(std::move(wake)),
      epoll_(std::move(epoll)),
      releaser_(home_),
      stock_(home_) {}

int Loop::start(std::function<void()> notify, std::unique_ptr<Loop>& out) {
  Descriptor home;
  if (const int error = openCurrentNamespace(home)) return error;
  Descriptor wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return errno;
  Descriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return errno;
  if (const int error = addTo(epoll.get(), wake.get(), kWake)) return error;
  std::unique_ptr<Loop> loop(new Loop(std::move(notify), std::move(home), std::move(wake), std::move(epoll)));
  if (const int error = loop->startThread<&Loop::main>()) return error;
  out = std::move(loop);
  return 0;
}

template <Loop::Body body>
int Loop::startThread() {
  // The thread inherits the mask: the process's signals are for other threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStack);
  const auto run = [](void* self) -> void* {
    (static_cast<Loop*>(self)->*body)();
    return nullptr;
  };
  const int error = pthread_create(&thread_, &attributes, run, this);
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) return error;
  started_ = true;
  pthread_setname_np(thread_, "netloom");
  return 0;
}

Loop::~Loop() {
  if (!started_) return;
  stopping_ = true;
  wakeUp();
  pthread_join(thread_, nullptr);
}

// The one that is lost goes on if there is no thread to be had; the next completion is another occasion.
void Loop::replaceLost() {
  auto expected = Place::kLost;
  if (!place_.compare_exchange_strong(expected, Place::kReplaced)) return;
  predecessor_ = thread_;
  if (startThread<&Loop::takeOver>() != 0) {
    thread_ = predecessor_;
    place_ = Place::kLost;
  }
}

void Loop::takeOver() {
  retired_ = true;
  wakeUp();
  pthread_join(predecessor_, nullptr);
  retired_ = false;
  home_.begin();
  place_ = Place::kHome;
  main();
}

void Loop::tellLost() {
  auto expected = Place::kHome;
  if (home_.lost() && place_.compare_exchange_strong(expected, Place::kLost)) notify_();
}

void Loop::wakeUp() {
  // A counter that is full wakes the thread as well.
  [[maybe_unused]] const int ignored = eventfd_write(wake_.get(), 1);
}

void Loop::post(Command command) {
  {
    const std::lock_guard lock(mutex_);
    inbox_.push_back(std::move(command));
  }
  posts_ = currentProcessor();
  if (!looksOut_) wakeUp();
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
  int64_t lastMoment = std::numeric_limits<int64_t>::max();
  for (;;) {
    if (retired_) return;
    takeCommands();
    if (stopping_) {
      if (lastMoment == std::numeric_limits<int64_t>::max()) lastMoment = deadlineIn(kFarewellMs);
      for (const auto& runner : runners_) runner->abort();
      if (runners_.empty() || monotonicNow() >= lastMoment) break;
    }
    const bool busy = advance() || stock_.makeNext(runners_.empty());
    // A kernel that is not preemptible lets what has become ready on this processor wait for the next tick,
    // the event loop as well: 4 ms at 250 Hz.
    if (busy) sched_yield();
    wait(busy);
    const int64_t now = monotonicNow();
    releaser_.expire(now);
    stock_.expire(now);
    collectReleases();
    tellLost();
  }
  // Sockets and namespaces are let go here, on the thread that worked with them.
  runners_.clear();
  monitors_.clear();
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

void Loop::accept(ForeseeCommand& command) { stock_.order(command.job, command.namespaces); }

void Loop::accept(ForgetCommand& command) { stock_.cancel(command.job); }

void Loop::accept(RunCommand& command) {
  stock_.mind(command.program);
  runners_.push_back(std::make_unique<Runner>(home_, maker_, stock_.take(command.job), command.job,
                                              std::move(command.program),
                                              [this](Completion told) { complete(std::move(told)); }));
}

void Loop::accept(ExtendCommand& command) {
  stock_.mind(command.part);
  for (const auto& runner : runners_) {
    if (runner->job() == command.job) runner->extend(std::move(command.part));
  }
}

void Loop::accept(AbortCommand& command) {
  for (const auto& runner : runners_) {
    if (runner->job() == command.job) runner->abort();
  }
}

void Loop::accept(ConfirmCommand& command) {
  for (const auto& runner : runners_) {
    if (runner->job() == command.job) runner->confirm();
  }
}

void Loop::accept(ReleaseCommand& command) {
  releaser_.start(command.job, std::move(command.namespaces), command.deadlineMs);
  if (!watchesReleases_ && releaser_.fd() >= 0)
    watchesReleases_ = addTo(epoll_.get(), releaser_.fd(), kRelease) == 0;
  collectReleases();
}

void Loop::accept(OpenMonitorCommand& command) {
  Completion completion;
  completion.kind = Completion::Kind::kMonitorOpened;
  completion.job = command.job;
  Watched watched;
  completion.error = command.netns
                         ? Monitor::open(home_, *command.netns, command.protocol, command.groups,
                                         command.allNamespaces, command.receiveBuffer, watched.monitor)
                         : EBADF;
  if (completion.error == 0) {
    completion.monitor = command.job;
    const auto placed = monitors_.emplace(command.job, std::move(watched)).first;
    watch(placed->first, placed->second);
  }
  complete(std::move(completion));
}

void Loop::accept(ReadCommand& command) {
  const auto found = monitors_.find(command.monitor);
  if (found != monitors_.end() && (found->second.monitor->hasEvents() || !found->second.monitor->ended())) {
    found->second.monitor->reading = true;
    serve(command.monitor);
    return;
  }
  Completion completion;
  completion.kind = Completion::Kind::kEvents;
  completion.monitor = command.monitor;
  completion.events.push_back({MonitorEvent::Type::kEnd, {}, -1, 0});
  complete(std::move(completion));
}

void Loop::accept(CloseCommand& command) {
  const auto found = monitors_.find(command.monitor);
  if (found == monitors_.end()) return;
  // The socket closes first, the reader hears of the end afterwards.
  const std::unique_ptr<Monitor> monitor = std::move(found->second.monitor);
  monitors_.erase(found);
  monitor->end(0);
  hand(command.monitor, *monitor);
}

// Hands waiting events to a waiting reader, and keeps the socket in the epoll set while there is room for
// more.
void Loop::serve(MonitorId id) {
  const auto found = monitors_.find(id);
  if (found == monitors_.end()) return;
  hand(id, *found->second.monitor);
  watch(id, found->second);
}

void Loop::hand(MonitorId id, Monitor& monitor) {
  if (!monitor.reading || !monitor.hasEvents()) return;
  monitor.reading = false;
  Completion completion;
  completion.kind = Completion::Kind::kEvents;
  completion.monitor = id;
  completion.events = monitor.take();
  complete(std::move(completion));
}

void Loop::watch(MonitorId id, Watched& watched) {
  const bool wanted = watched.monitor->wantsInput();
  if (wanted == watched.inEpoll) return;
  if (!wanted) {
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, watched.monitor->fd(), nullptr);
  } else if (const int error = addTo(epoll_.get(), watched.monitor->fd(), id)) {
    watched.monitor->end(error);
    return;
  }
  watched.inEpoll = wanted;
}

bool Loop::advance() {
  const int64_t now = monotonicNow();
  const auto ready = std::find_if(runners_.begin(), runners_.end(),
                                  [&](const auto& runner) { return runner->wakeAt() <= now; });
  if (ready == runners_.end()) return false;
  // To the back of the queue: every program has its turn.
  std::unique_ptr<Runner> runner = std::move(*ready);
  runners_.erase(ready);
  if (runner->advance()) {
    if (runner->tookUpWaiting()) {
      Completion waiting;
      waiting.kind = Completion::Kind::kWaits;
      waiting.job = runner->job();
      complete(std::move(waiting));
    }
    if (auto part = runner->takePart()) complete(std::move(*part));
    runners_.push_back(std::move(runner));
  } else {
    Completion completion = runner->finish();
    if (completion.outcome.failed < 0 && !completion.outcome.aborted) stock_.ended(runner->job());
    // Its sockets close before anyone hears of the end, so that no caller finds descriptors left over.
    runner.reset();
    complete(std::move(completion));
  }
  return true;
}

int Loop::timeout() const {
  int64_t next = std::min(releaser_.nextDeadline(), stock_.nextDeadline());
  for (const auto& runner : runners_) next = std::min(next, runner->wakeAt());
  if (next == std::numeric_limits<int64_t>::max()) return -1;
  const int64_t left = std::max<int64_t>(next - monotonicNow(), 0);
  return static_cast<int>(std::min<int64_t>((left + kMillisecond - 1) / kMillisecond, 60'000));
}

bool Loop::hasCommands() {
  const std::lock_guard lock(mutex_);
  return !inbox_.empty();
}

bool Loop::lookOut() {
  // On the processor of the thread that is to post it, that would be in its way.
  if (!expects_ || currentProcessor() == posts_) return false;
  const int64_t end = monotonicNow() + kLookout;
  looksOut_ = true;
  while (!hasCommands() && monotonicNow() < end) sched_yield();
  // Who posts from here on wakes the thread; who posted before has been heard with this look at the latest.
  looksOut_ = false;
  // After one in vain, no other before the next command: events of monitors would wait for it.
  return expects_ = hasCommands();
}

void Loop::wait(bool busy) {
  const int64_t began = monotonicNow();
  if (!busy && lookOut()) return;
  std::array<epoll_event, 64> events;
  const int count = epoll_wait(epoll_.get(), events.data(), events.size(), busy ? 0 : timeout());
  for (int i = 0; i < count; i++) {
    const uint64_t tag = events[static_cast<size_t>(i)].data.u64;
    if (tag == kWake) {
      expects_ = monotonicNow() - began < kLookout;
      eventfd_t value = 0;
      eventfd_read(wake_.get(), &value);
    } else if (tag == kRelease) {
      releaser_.receive();
    } else if (const auto found = monitors_.find(tag); found != monitors_.end()) {
      found->second.monitor->receive();
      serve(tag);
    }
  }
}

void Loop::collectReleases() {
  for (Completion& completion : releaser_.take()) complete(std::move(completion));
}

}  // namespace netloom
