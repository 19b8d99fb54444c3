// One program under way: a state machine that the executor's thread advances by one send at a time.
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
  // `reserved`: namespaces that were created for the program before it came. `stream` takes the replies of
  // dumps that are reported before the program, or its part, has ended.
  Runner(NamespaceScope& scope, NamespaceWorker& worker, std::deque<Creation> reserved, JobId job,
         Program program, std::function<void(Completion)> stream);

  // Adds a further part to a program that announced more.
  void extend(Program part);
  // The next advance stops the program and, if it is atomic, begins to undo it.
  void abort() { aborted_ = true; }
  // Ends the wait of a ConfirmStep successfully. Ignored if there is none.
  void confirm();
  // Does the work of one send. False when the program has ended.
  bool advance();
  // The earliest time at which an advance has an effect (CLOCK_MONOTONIC, ns).
  [[nodiscard]] int64_t wakeAt() const;
  // True once for each ConfirmStep, when its wait has begun.
  [[nodiscard]] bool takeWaiting() { return std::exchange(waiting_, false); }
  [[nodiscard]] JobId job() const { return job_; }
  // The results of a part that succeeded and is followed by more; once for each part.
  std::optional<Completion> takePart() { return std::exchange(endedPart_, std::nullopt); }
  // The results of a program that has ended.
  Completion finish();

 private:
  // Each performs the step `next_`, or several steps in one send, and advances `next_` past them.
  void run(RequestStep& step);
  void run(TransactionStep& step);
  void run(CreateStep& step);
  void run(OpenStep& step);
  void run(UnpinStep& step);
  void run(SysctlStep& step);
  void run(SocketStep& step);
  void run(ConfirmStep& step);

  // Implemented in runner_requests.cc.
  void runBatch(const RequestStep& first);
  void runAlone(RequestStep& step);
  [[nodiscard]] bool isBatchable(size_t index, const RequestStep& first) const;
  Answer runDump(Socket& socket, const RequestStep& step, const Request& request, int64_t deadline);
  static Answer select(const RequestStep& step, Answer answer);
  // Reports one datagram of a step's reply. An empty one says that the datagrams so far are to be discarded.
  void streamReply(size_t index, Bytes reply);
  // Recovers the answer if it was lost, and records the result. `patched` is the request as it was sent.
  void finishRequest(size_t index, Answer answer, const Request& patched, const Before& before);
  // Records how to undo a request. `before` is for steps that restore.
  void recordUndo(size_t index, const Request& patched, const Before& before);

  StepResult& result() { return results_[next_]; }
  // End the step `next_`.
  void done();
  void fail(Failure failure);
  void failAt(size_t index, Failure failure);
  // Cancels the steps that have not run.
  void stop();
  void dropCreated();
  // Begins to undo everything, including namespaces that were created ahead.
  void undo();
  void beginNextPart();
  Completion report();
  // The number of a step of the current part, counted through all parts.
  [[nodiscard]] int number(size_t index) const { return static_cast<int>(first_ + index); }

  JobId job_;
  Slots slots_;
  Lookahead lookahead_;
  std::vector<Step> steps_;  // of the current part
  size_t first_ = 0;         // the number of its first step
  bool more_;                // a further part has not arrived yet
  std::deque<Program> parts_;
  std::optional<Completion> endedPart_;
  bool atomic_;
  bool streams_;
  std::function<void(Completion)> stream_;
  uint32_t deadlineMs_;
  UndoLog undo_;
  std::vector<Request> sideEffects_;  // of the restoring step under way
  Carriers carriers_;

  std::vector<StepResult> results_;
  std::vector<Outcome::NotUndone> notUndone_;
  size_t next_ = 0;
  int failed_ = -1;
  bool undoing_ = false;
  bool aborted_ = false;
  bool stopped_ = false;  // an abort came before the program had ended
  int64_t wakeAt_ = 0;
  int64_t confirmBy_ = 0;  // the deadline of the ConfirmStep under way
  bool confirmed_ = false;
  bool waiting_ = false;
  int64_t exhaustedSince_ = 0;  // when the kernel first refused a namespace with ENOSPC
  int64_t retryPause_ = 0;
};

}  // namespace netloom
