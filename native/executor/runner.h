// One program under way: a state machine that the executor's thread advances, one send at a time.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <utility>

#include "../prefetch/lookahead.h"
#include "../program/completion.h"
#include "../undo/restore.h"
#include "../undo/undo_log.h"
#include "carriers.h"

namespace netloom {

class Runner {
 public:
  // `stock`: namespaces that were made for it before. `tell` takes what is to be told before the program, or
  // its part, has ended.
  Runner(Home& home, Maker& maker, std::deque<Creation> stock, JobId job, Program program,
         std::function<void(Completion)> tell);

  // A further part of a program that said that there is more.
  void extend(Program part);
  // Before the next advance: stop and, if the program is atomic, undo.
  void abort() { aborted_ = true; }
  // Ends the wait of a ConfirmStep well; ignored when there is none.
  void confirm();
  // One send's worth of work. False when the program has ended.
  bool advance();
  // No use in advancing before this time (CLOCK_MONOTONIC, ns).
  [[nodiscard]] int64_t wakeAt() const;
  // Once for each ConfirmStep, when its wait has begun.
  [[nodiscard]] bool tookUpWaiting() { return std::exchange(announces_, false); }
  [[nodiscard]] JobId job() const { return job_; }
  // What came of a part that has ended well and is followed by more; each is told once.
  std::optional<Completion> takePart() { return std::exchange(ended_, std::nullopt); }
  // Once it has ended.
  Completion finish();

 private:
  // Does the step `next_`, or with it others that fit into its send, and moves `next_` behind them.
  void run(RequestStep& step);
  void run(TransactionStep& step);
  void run(CreateStep& step);
  void run(OpenStep& step);
  void run(UnpinStep& step);
  void run(SysctlStep& step);
  void run(SocketStep& step);
  void run(ConfirmStep& step);

  void runPacked(const RequestStep& first);
  void runAlone(RequestStep& step);
  [[nodiscard]] bool isPackable(size_t index, const RequestStep& first) const;
  Answer runDump(Socket& socket, const RequestStep& step, const Request& request, int64_t deadline);
  static Answer select(const RequestStep& step, Answer answer);
  // A datagram of the answer to a step; an empty one says that what came so far does not count.
  void handOn(size_t index, Bytes reply);
  // Takes note of a request's answer. `patched` is the request as it was sent.
  void settle(size_t index, Answer answer, const Request& patched, const Before& before);
  // What takes the request back is known only once it is sent; `before` is for steps that restore.
  void remember(size_t index, const Request& patched, const Before& before);

  StepResult& result() { return results_[next_]; }
  // Ends the step `next_` well, or with a failure.
  void done();
  void fail(Failure failure);
  void failAt(size_t index, Failure failure);
  void stop();
  void forgetWhatWasMade();
  // Begins to take everything back, with what was made ahead.
  void undo();
  // The end of the part under way: the next one takes its place, or is waited for.
  void endPart();
  Completion report();
  [[nodiscard]] int number(size_t index) const { return static_cast<int>(first_ + index); }

  JobId job_;
  Slots slots_;
  Foresight foresight_;
  std::vector<Step> steps_;  // of the part under way
  size_t first_ = 0;         // the number of its first step
  bool more_;                // a part follows that is not here yet
  std::deque<Program> parts_;
  std::optional<Completion> ended_;
  bool atomic_;
  bool streams_;
  std::function<void(Completion)> tell_;
  uint32_t deadlineMs_;
  UndoLog undo_;
  std::vector<Request> casualties_;  // of the restoring step under way
  Carriers carriers_;

  std::vector<StepResult> results_;
  std::vector<Outcome::NotUndone> notUndone_;
  size_t next_ = 0;
  int failed_ = -1;
  bool undoing_ = false;
  bool aborted_ = false;
  bool stopped_ = false;  // by an abort that came in time
  int64_t wakeAt_ = 0;
  int64_t confirmBy_ = 0;  // of the ConfirmStep under way
  bool confirmed_ = false;
  bool announces_ = false;
  int64_t refusedSince_ = 0;  // when the kernel first said that it has no namespace to spare
  int64_t pause_ = 0;
};

}  // namespace netloom
