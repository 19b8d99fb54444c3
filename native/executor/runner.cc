#include "runner.h"

#include <algorithm>
#include <cerrno>
#include <limits>

#include "../program/sysctl.h"
#include "../request/nft_batch.h"
#include "../request/recover.h"
#include "../request/selection.h"
#include "../undo/side_effects.h"

namespace netloom {
namespace {

constexpr int64_t kMillisecond = 1'000'000;
// max_net_namespaces: the slots of deleted namespaces come back when the kernel's clean-up ends, about 30 ms
// later.
constexpr int64_t kFirstPause = 5 * kMillisecond;
constexpr int64_t kLongestRefusal = 500 * kMillisecond;

Failure failed(int error, const char* call) {
  Failure failure;
  failure.error = error;
  failure.call = call;
  return failure;
}

}  // namespace

Runner::Runner(Home& home, Maker& maker, std::deque<Creation> stock, JobId job, Program program,
               std::function<void(Completion)> tell)
    : job_(job),
      slots_(home, program.slots),
      foresight_(maker, std::move(stock)),
      steps_(std::move(program.steps)),
      more_(program.more),
      atomic_(program.atomic),
      streams_(program.streams),
      tell_(std::move(tell)),
      deadlineMs_(program.deadlineMs),
      undo_(program.deadlineMs),
      results_(steps_.size()) {
  foresight_.addSlots(program.slots);
  if (atomic_) foresight_.addSteps(steps_, slots_);
}

void Runner::extend(Program part) {
  foresight_.addSlots(part.slots);
  slots_.add(std::move(part.slots));
  if (atomic_ && !aborted_ && !undoing_) foresight_.addSteps(part.steps, slots_);
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
  if (next_ >= steps_.size() && !parts_.empty()) endPart();
  if (next_ >= steps_.size()) return more_;
  std::visit([this](auto& step) { run(step); }, steps_[next_]);
  if (undoing_ || next_ < steps_.size()) return true;
  carriers_.synchronise(slots_);
  if (!more_ && parts_.empty()) return false;
  // JavaScript learns of what was made while the next part is under way.
  ended_ = report();
  slots_.closeSockets();
  return true;
}

void Runner::endPart() {
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

// An abort: what has not been done is not done any more.
void Runner::stop() {
  for (size_t i = next_; i < steps_.size(); i++) results_[i].failure = failed(ECANCELED, "abort");
  next_ = steps_.size();
  if (atomic_) undo();
}

void Runner::undo() {
  undoing_ = true;
  Foresight::Ordered ordered;
  Creation made;
  while (foresight_.giveUp(ordered, made)) {
    slots_.fill(ordered.slot, std::move(made));
    undo_.creation(static_cast<int>(ordered.step), ordered.slot, std::move(ordered.path));
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
  if (undoing_) forgetWhatWasMade();
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

void Runner::forgetWhatWasMade() {
  for (StepResult& result : results_) {
    result.netns.reset();
    result.socket.reset();
  }
}

bool Runner::isPackable(size_t index, const RequestStep& first) const {
  const auto* step = std::get_if<RequestStep>(&steps_[index]);
  return step != nullptr && step->slot == first.slot && !step->wantsReply && step->undo != Undo::kRestore &&
         step->request.family->protocol == first.request.family->protocol;
}

void Runner::run(RequestStep& step) {
  if (isPackable(next_, step))
    runPacked(step);
  else
    runAlone(step);
}

void Runner::runPacked(const RequestStep& first) {
  Socket* socket = nullptr;
  if (Failure why = slots_.socket(first.slot, first.request.family->protocol, socket); why.error != 0)
    return fail(std::move(why));
  Pack pack(slots_, *socket);
  size_t end = next_;
  for (; end < steps_.size() && isPackable(end, first); end++) {
    Failure why;
    const auto added = pack.add(std::get<RequestStep>(steps_[end]).request, why);
    if (added == Pack::Added::kFailed) return fail(std::move(why));
    if (added == Pack::Added::kFull) break;
  }
  std::vector<Answer> answers = pack.send(deadlineIn(deadlineMs_));
  // The kernel goes on after a message that failed: what stands behind it in the pack may have been done,
  // too.
  const size_t begin = next_;
  next_ = end;
  for (size_t i = begin; i < end; i++) {
    settle(i, std::move(answers[i - begin]), std::get<RequestStep>(steps_[i]).request, std::nullopt);
  }
}

void Runner::runAlone(RequestStep& step) {
  Socket* socket = nullptr;
  if (Failure why = slots_.socket(step.slot, step.request.family->protocol, socket); why.error != 0)
    return fail(std::move(why));
  Request request = step.request;
  if (Failure why = patch(slots_, *socket, request, request.bytes); why.error != 0)
    return fail(std::move(why));
  Before before;
  if (step.undo == Undo::kRestore) {
    Failure why = readBefore(slots_, step, request, deadlineMs_, before);
    casualties_.clear();
    if (why.error == 0) why = readCasualties(slots_, step, request, before, deadlineMs_, casualties_);
    if (why.error == 0) why = slots_.socket(step.slot, step.request.family->protocol, socket);
    if (why.error != 0) return fail(std::move(why));
  }
  const int64_t deadline = deadlineIn(deadlineMs_);
  Answer answer =
      isDump(request) ? runDump(*socket, step, request, deadline) : askOnce(*socket, request, deadline);
  settle(next_++, std::move(answer), request, before);
}

Answer Runner::runDump(Socket& socket, const RequestStep& step, const Request& request, int64_t deadline) {
  if (step.selects()) {
    Bytes kept;
    Answer answer = dump(socket, request, deadline, [&](const Bytes& reply) {
      if (reply.empty()) kept.clear();
      keepSelected(*request.family, step.selection, reply, kept);
    });
    answer.reply.push_back(std::move(kept));
    return answer;
  }
  if (!streams_) return dump(socket, request, deadline);
  return dump(socket, request, deadline, [this](Bytes reply) { handOn(next_, std::move(reply)); });
}

// Of an answer that was asked for anew.
Answer Runner::select(const RequestStep& step, Answer answer) {
  if (!step.selects()) return answer;
  Bytes kept;
  for (const Bytes& reply : answer.reply) keepSelected(*step.request.family, step.selection, reply, kept);
  answer.reply.clear();
  answer.reply.push_back(std::move(kept));
  return answer;
}

void Runner::handOn(size_t index, Bytes reply) {
  Completion completion;
  completion.last = false;
  completion.kind = Completion::Kind::kReply;
  completion.job = job_;
  completion.step = number(index);
  completion.reply = std::move(reply);
  tell_(std::move(completion));
}

void Runner::settle(size_t index, Answer answer, const Request& patched, const Before& before) {
  const auto& step = std::get<RequestStep>(steps_[index]);
  // Behind a failure nothing may be sent again: the program is about to be undone.
  if (answer.state == Answer::State::kUnknown && !undoing_) {
    if (streams_) handOn(index, {});
    Request request = patched;
    Socket* socket = nullptr;
    Failure why = slots_.socket(step.slot, request.family->protocol, socket);
    if (why.error == 0) {
      request.bytes = step.request.bytes;
      why = patch(slots_, *socket, request, request.bytes);
    }
    if (why.error == 0)
      answer = select(step, resolve(slots_, step.slot, request, deadlineMs_));
    else
      answer.failure = std::move(why);
  }
  if (answer.replyLost && step.wantsReply && !undoing_)
    answer = withLostReply(slots_, step.slot, patched, deadlineMs_, std::move(answer));
  StepResult& result = results_[index];
  result.done = answer.done();
  result.reply = std::move(answer.reply);
  result.interrupted = answer.interrupted;
  // What may have been done is taken back like what was done; an inverse that finds nothing is no failure.
  if (atomic_ && answer.state != Answer::State::kFailed) remember(index, patched, before);
  if (answer.done())
    carriers_.note(step.slot, step.request);
  else
    failAt(index, std::move(answer.failure));
}

void Runner::remember(size_t index, const Request& patched, const Before& before) {
  auto& step = std::get<RequestStep>(steps_[index]);
  if (step.undo == Undo::kInverse) {
    undo_.request(number(index), step.undoSlot, std::move(step.inverse));
  } else if (step.undo == Undo::kRestore) {
    // In reverse order: the undo takes the latest entry first, and the object itself before what hung on it.
    std::reverse(casualties_.begin(), casualties_.end());
    for (Request& lost : casualties_) undo_.request(number(index), step.slot, std::move(lost));
    casualties_.clear();
    if (auto restoration = restorationOf(step, patched, before)) {
      undo_.request(number(index), restoration->slot, std::move(restoration->request));
    }
  }
}

void Runner::run(TransactionStep& step) {
  Failure why = transact(slots_, step.slot, step.requests, deadlineMs_);
  const bool maybeDone = why.error == ENOBUFS || why.error == ETIMEDOUT;
  if (atomic_ && (why.error == 0 || maybeDone) && !step.inverse.empty()) {
    undo_.transaction(number(next_), step.slot, std::move(step.inverse));
  }
  if (why.error != 0)
    fail(std::move(why));
  else
    done();
}

void Runner::run(CreateStep& step) {
  Failure why;
  if (Creation made; foresight_.take(first_ + next_, slots_.home(), made))
    slots_.fill(step.slot, std::move(made));
  else
    why = slots_.create(step.slot, step.path);
  if (why.error == ENOSPC) {
    const int64_t now = monotonicNow();
    if (refusedSince_ == 0) refusedSince_ = now;
    pause_ = pause_ == 0 ? kFirstPause : 2 * pause_;
    if (now + pause_ - refusedSince_ <= kLongestRefusal) {
      wakeAt_ = now + pause_;
      return;
    }
  }
  refusedSince_ = pause_ = wakeAt_ = 0;
  if (why.error != 0) return fail(std::move(why));
  result().netns = slots_.netns(step.slot);
  if (atomic_) undo_.creation(number(next_), step.slot, step.path);
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
  Failure why = writeSysctl(slots_.home(), *netns, step.path, step.value, here.previous);
  if (atomic_ && why.error == 0 && here.previous != step.value) {
    undo_.sysctl(number(next_), step.slot, step.path, here.previous);
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

// The first call begins the wait; the second comes when it is over, one way or the other.
void Runner::run(ConfirmStep& step) {
  if (confirmBy_ == 0) {
    wakeAt_ = confirmBy_ = deadlineIn(step.timeoutMs);
    announces_ = true;
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
