#include "runner.h"

#include <algorithm>
#include <cerrno>
#include <limits>

#include "../program/sysctl.h"
#include "../request/nft_batch.h"

namespace netloom {
namespace {

// With max_net_namespaces reached: the kernel frees the slot of a deleted namespace at the end of its
// clean-up, about 30 ms later.
constexpr int64_t kFirstRetryPause = 5 * kMillisecond;
constexpr int64_t kMaxRetryTime = 500 * kMillisecond;

}  // namespace

Runner::Runner(NamespaceScope& scope, NamespaceWorker& worker, std::deque<Creation> reserved, JobId job,
               Program program, std::function<void(Completion)> stream)
    : job_(job),
      slots_(scope, program.slots),
      lookahead_(worker, std::move(reserved)),
      steps_(std::move(program.steps)),
      more_(program.more),
      atomic_(program.atomic),
      streams_(program.streams),
      stream_(std::move(stream)),
      deadlineMs_(program.deadlineMs),
      undo_(program.deadlineMs),
      results_(steps_.size()) {
  lookahead_.addSlots(program.slots);
  if (atomic_) lookahead_.addSteps(steps_, slots_);
}

void Runner::extend(Program part) {
  lookahead_.addSlots(part.slots);
  slots_.add(std::move(part.slots));
  if (atomic_ && !aborted_ && !undoing_) lookahead_.addSteps(part.steps, slots_);
  more_ = part.more;
  parts_.push_back(std::move(part));
}

int64_t Runner::wakeAt() const {
  if (aborted_ || undoing_) return 0;
  const bool waits = next_ >= steps_.size() && parts_.empty() && more_;
  return waits ? std::numeric_limits<int64_t>::max() : wakeAt_;
}

bool Runner::advance() {
  if (undoing_) return undo_.advance(slots_, notUndone_);
  if (aborted_) {
    stopped_ = true;
    stop();
    return undoing_;
  }
  if (next_ >= steps_.size() && !parts_.empty()) beginNextPart();
  if (next_ >= steps_.size()) return more_;
  std::visit([this](auto& step) { run(step); }, steps_[next_]);
  if (undoing_ || next_ < steps_.size()) return true;
  carriers_.synchronise(slots_);
  if (!more_ && parts_.empty()) return false;
  // JavaScript records these results while the next part runs.
  endedPart_ = report();
  slots_.closeSockets();
  return true;
}

void Runner::beginNextPart() {
  first_ += steps_.size();
  steps_ = std::move(parts_.front().steps);
  parts_.pop_front();
  results_.assign(steps_.size(), {});
  next_ = 0;
}

void Runner::confirm() {
  if (confirmBy_ == 0) return;
  confirmed_ = true;
  wakeAt_ = 0;
}

void Runner::stop() {
  for (size_t i = next_; i < steps_.size(); i++) results_[i].failure = failed(ECANCELED, "abort");
  next_ = steps_.size();
  if (atomic_) undo();
}

void Runner::undo() {
  undoing_ = true;
  Lookahead::Pending pending;
  Creation made;
  while (lookahead_.cancelLast(pending, made)) {
    slots_.fill(pending.slot, std::move(made));
    undo_.addNamespace(static_cast<int>(pending.step), pending.slot, std::move(pending.path));
  }
}

void Runner::done() {
  result().done = true;
  next_++;
}

void Runner::fail(Failure failure) { failAt(next_++, std::move(failure)); }

void Runner::failAt(size_t index, Failure failure) {
  results_[index].failure = std::move(failure);
  if (!atomic_) return;
  if (failed_ < 0) failed_ = number(index);
  if (!undoing_) undo();
}

Completion Runner::finish() {
  if (undoing_) dropCreated();
  Completion completion = report();
  completion.last = true;
  completion.outcome.notUndone = std::move(notUndone_);
  return completion;
}

Completion Runner::report() {
  Completion completion;
  completion.last = false;
  completion.kind = Completion::Kind::kProgram;
  completion.job = job_;
  completion.outcome.results = std::move(results_);
  completion.outcome.first = static_cast<int>(first_);
  completion.outcome.failed = failed_;
  completion.outcome.aborted = stopped_;
  return completion;
}

void Runner::dropCreated() {
  for (StepResult& result : results_) {
    result.netns.reset();
    result.socket.reset();
  }
}

void Runner::run(TransactionStep& step) {
  Failure why = sendNftBatch(slots_, step.slot, step.requests, deadlineMs_);
  const bool maybeDone = why.error == ENOBUFS || why.error == ETIMEDOUT;
  if (atomic_ && (why.error == 0 || maybeDone) && !step.inverse.empty()) {
    undo_.addTransaction(number(next_), step.slot, std::move(step.inverse));
  }
  if (why.error != 0)
    fail(std::move(why));
  else
    done();
}

void Runner::run(CreateStep& step) {
  Failure why;
  if (Creation made; lookahead_.take(first_ + next_, slots_.scope(), made))
    slots_.fill(step.slot, std::move(made));
  else
    why = slots_.create(step.slot, step.path);
  if (why.error == ENOSPC) {
    const int64_t now = monotonicNow();
    if (exhaustedSince_ == 0) exhaustedSince_ = now;
    retryPause_ = retryPause_ == 0 ? kFirstRetryPause : 2 * retryPause_;
    if (now + retryPause_ - exhaustedSince_ <= kMaxRetryTime) {
      wakeAt_ = now + retryPause_;
      return;
    }
  }
  exhaustedSince_ = retryPause_ = wakeAt_ = 0;
  if (why.error != 0) return fail(std::move(why));
  result().netns = slots_.netns(step.slot);
  if (atomic_) undo_.addNamespace(number(next_), step.slot, step.path);
  done();
}

void Runner::run(OpenStep& step) {
  Failure why = slots_.open(step.slot, step.path);
  if (why.error != 0) return fail(std::move(why));
  result().netns = slots_.netns(step.slot);
  done();
}

void Runner::run(UnpinStep& step) {
  if (const int error = unpinNamespace(step.path, step.inode)) return fail(failed(error, "umount2"));
  done();
}

void Runner::run(SysctlStep& step) {
  const auto& netns = slots_.netns(step.slot);
  if (!netns) return fail(failed(EBADF, "setns"));
  StepResult& here = result();
  Failure why = writeSysctl(slots_.scope(), *netns, step.path, step.value, here.previous);
  if (atomic_ && why.error == 0 && here.previous != step.value) {
    undo_.addSysctl(number(next_), step.slot, step.path, here.previous);
  }
  if (why.error != 0)
    fail(std::move(why));
  else
    done();
}

void Runner::run(SocketStep& step) {
  std::shared_ptr<Socket> socket;
  if (Failure why = slots_.openSocket(step.slot, step.protocol, step.receiveBuffer, socket); why.error != 0)
    return fail(std::move(why));
  result().socket = socket;
  slots_.lend(step.slot, std::move(socket));
  done();
}

// The first call begins the wait. The second comes after the confirmation or at the deadline.
void Runner::run(ConfirmStep& step) {
  if (confirmBy_ == 0) {
    wakeAt_ = confirmBy_ = deadlineIn(step.timeoutMs);
    waiting_ = true;
    return;
  }
  const bool confirmed = std::exchange(confirmed_, false);
  confirmBy_ = wakeAt_ = 0;
  if (confirmed)
    done();
  else
    fail(failed(ETIMEDOUT, "confirm"));
}

}  // namespace netloom
