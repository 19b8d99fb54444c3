// The steps of a program that send requests: batches, single requests and dumps.
#include <algorithm>
#include <utility>

#include "../request/batch.h"
#include "../request/recover.h"
#include "../request/selection.h"
#include "../undo/side_effects.h"
#include "runner.h"

namespace netloom {

bool Runner::isBatchable(size_t index, const RequestStep& first) const {
  const auto* step = std::get_if<RequestStep>(&steps_[index]);
  return step != nullptr && step->slot == first.slot && !step->wantsReply && step->undo != Undo::kRestore &&
         step->request.family->protocol == first.request.family->protocol;
}

void Runner::run(RequestStep& step) {
  if (isBatchable(next_, step))
    runBatch(step);
  else
    runAlone(step);
}

void Runner::runBatch(const RequestStep& first) {
  Socket* socket = nullptr;
  if (Failure why = slots_.socket(first.slot, first.request.family->protocol, socket); why.error != 0)
    return fail(std::move(why));
  Batch batch(slots_, *socket);
  size_t end = next_;
  for (; end < steps_.size() && isBatchable(end, first); end++) {
    Failure why;
    const auto added = batch.add(std::get<RequestStep>(steps_[end]).request, why);
    if (added == Batch::Added::kFailed) return fail(std::move(why));
    if (added == Batch::Added::kFull) break;
  }
  std::vector<Answer> answers = batch.send(deadlineIn(deadlineMs_));
  // The kernel continues after a message that failed, so later messages of the batch may have taken effect.
  const size_t begin = next_;
  next_ = end;
  for (size_t i = begin; i < end; i++) {
    finishRequest(i, std::move(answers[i - begin]), std::get<RequestStep>(steps_[i]).request, std::nullopt);
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
    sideEffects_.clear();
    if (why.error == 0) why = readSideEffects(slots_, step, request, before, deadlineMs_, sideEffects_);
    if (why.error == 0) why = slots_.socket(step.slot, step.request.family->protocol, socket);
    if (why.error != 0) return fail(std::move(why));
  }
  const int64_t deadline = deadlineIn(deadlineMs_);
  Answer answer =
      isDump(request) ? runDump(*socket, step, request, deadline) : askOnce(*socket, request, deadline);
  finishRequest(next_++, std::move(answer), request, before);
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
  return dump(socket, request, deadline, [this](Bytes reply) { streamReply(next_, std::move(reply)); });
}

// Filters the answer to a repeated dump.
Answer Runner::select(const RequestStep& step, Answer answer) {
  if (!step.selects()) return answer;
  Bytes kept;
  for (const Bytes& reply : answer.reply) keepSelected(*step.request.family, step.selection, reply, kept);
  answer.reply.clear();
  answer.reply.push_back(std::move(kept));
  return answer;
}

void Runner::streamReply(size_t index, Bytes reply) {
  Completion completion;
  completion.last = false;
  completion.kind = Completion::Kind::kReply;
  completion.job = job_;
  completion.step = number(index);
  completion.reply = std::move(reply);
  stream_(std::move(completion));
}

void Runner::finishRequest(size_t index, Answer answer, const Request& patched, const Before& before) {
  const auto& step = std::get<RequestStep>(steps_[index]);
  // After a failure nothing may be sent again: the program is about to be undone.
  if (answer.state == Answer::State::kUnknown && !undoing_) {
    if (streams_) streamReply(index, {});
    Request request = patched;
    Socket* socket = nullptr;
    Failure why = slots_.socket(step.slot, request.family->protocol, socket);
    if (why.error == 0) {
      request.bytes = step.request.bytes;
      why = patch(slots_, *socket, request, request.bytes);
    }
    if (why.error == 0)
      answer = select(step, recoverAnswer(slots_, step.slot, request, deadlineMs_));
    else
      answer.failure = std::move(why);
  }
  if (answer.replyLost && step.wantsReply && !undoing_)
    answer = recoverReply(slots_, step.slot, patched, deadlineMs_, std::move(answer));
  StepResult& result = results_[index];
  result.done = answer.done();
  result.reply = std::move(answer.reply);
  result.interrupted = answer.interrupted;
  // A request that may have taken effect is undone as well: an inverse that finds nothing is no failure.
  if (atomic_ && answer.state != Answer::State::kFailed) recordUndo(index, patched, before);
  if (answer.done())
    carriers_.note(step.slot, step.request);
  else
    failAt(index, std::move(answer.failure));
}

void Runner::recordUndo(size_t index, const Request& patched, const Before& before) {
  auto& step = std::get<RequestStep>(steps_[index]);
  if (step.undo == Undo::kInverse) {
    undo_.addRequest(number(index), step.undoSlot, std::move(step.inverse));
  } else if (step.undo == Undo::kRestore) {
    // Reversed, because the undo log runs backwards: the object itself comes first, then its side effects in
    // order.
    std::reverse(sideEffects_.begin(), sideEffects_.end());
    for (Request& lost : sideEffects_) undo_.addRequest(number(index), step.slot, std::move(lost));
    sideEffects_.clear();
    if (auto restoration = restorationOf(step, patched, before)) {
      undo_.addRequest(number(index), restoration->slot, std::move(restoration->request));
    }
  }
}

}  // namespace netloom
