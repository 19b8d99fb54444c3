// The state of one JavaScript environment (the main thread or a worker): its executor, the thread-safe
// function that wakes JavaScript, and the pending callbacks. Stored as N-API instance data: nothing is
// global.
#pragma once

#include <napi.h>

#include <atomic>
#include <memory>
#include <optional>
#include <unordered_map>

#include "convert.h"
#include "handed_out.h"

namespace netloom {

class Environment {
 public:
  // Starts the executor in the calling thread's namespace. Throws a JavaScript error on a failure.
  explicit Environment(Napi::Env env);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  // Throws a JavaScript error after `stop`.
  [[nodiscard]] Executor& executor() const;
  // Undoes running programs and ends the executor's thread, in bounded time. No callback is called
  // afterwards.
  void stop();
  // Descriptors that were passed to JavaScript by number.
  HandedOut& handedOut() { return handedOut_; }

  // Registers the callbacks of a job: for its end, its wait for confirmation, and the replies to dumps. The
  // event loop stays alive while jobs are pending.
  void expect(JobId job, Napi::Function done, Napi::Value waits = {}, Napi::Value reply = {});
  // The number of slots that the parts of a program have so far, if more parts follow. Null if the job has
  // ended.
  std::optional<size_t>* slotsOf(JobId job);
  // Registers the callback of a monitor's pending read, which may or may not keep the event loop alive.
  void expectEvents(MonitorId monitor, Napi::Function done, bool keepsAlive);

 private:
  struct Waiting {
    Napi::FunctionReference done;
    Napi::FunctionReference waits = {};
    Napi::FunctionReference reply = {};
    std::optional<size_t> slots = {};  // set while a program in parts expects more
  };
  struct Listening {
    Napi::FunctionReference done;
    bool keepsAlive = true;
  };

  void drain();
  void deliver(Completion& completion);
  // The bytes in a shared buffer, valid until the callback returns: for a long list JavaScript would
  // otherwise have to collect as many arrays.
  Napi::Value lend(const Bytes& reply);
  Napi::Array indexesToJs(const std::vector<uint32_t>& indexes);
  void hold();
  void letGo();

  Napi::Env env_;
  std::shared_ptr<Executor> executor_;
  napi_threadsafe_function wake_ = nullptr;
  std::atomic<bool> woken_ = false;
  std::unordered_map<JobId, Waiting> jobs_;
  std::unordered_map<MonitorId, Listening> monitors_;
  Napi::Reference<Napi::ArrayBuffer> lent_;
  size_t waiting_ = 0;
  HandedOut handedOut_;
};

}  // namespace netloom
