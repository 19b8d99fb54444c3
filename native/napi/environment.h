// What one JavaScript environment (the main thread, or a worker) has on the native side: an executor, a way
// for its thread to wake JavaScript, and the callbacks that wait. Lives as N-API instance data: nothing is
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
  // Starts the executor in the calling thread's namespace; throws a JavaScript error that names the errno.
  explicit Environment(Napi::Env env);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  // Throws a JavaScript error after `stop`.
  [[nodiscard]] Executor& executor() const;
  // Undoes what is under way and ends the executor's thread, in bounded time. No callback
  // is called from here on.
  void stop();
  // The sockets that JavaScript has by their numbers.
  HandedOut& handedOut() { return handedOut_; }

  // The callbacks of a job: of its end, and if it can have them, of its wait for confirmation and of what
  // dumps answer. While any waits, the event loop stays alive.
  void expect(JobId job, Napi::Function done, Napi::Value waits = {}, Napi::Value reply = {});
  // How many slots the parts of a program have so far that more follow; null if the job takes no further
  // part.
  std::optional<size_t>* slotsOf(JobId job);
  // The callback of the one read of a monitor under way. It may wait without keeping the event loop alive.
  void expectEvents(MonitorId monitor, Napi::Function done, bool keepsAlive);

 private:
  struct Waiting {
    Napi::FunctionReference done;
    Napi::FunctionReference waits = {};
    Napi::FunctionReference reply = {};
    std::optional<size_t> slots = {};  // of a program in parts, while more follow
  };
  struct Listening {
    Napi::FunctionReference done;
    bool keepsAlive = true;
  };

  void drain();
  void deliver(Completion& completion);
  // The bytes, to be read until control returns: of a long list JavaScript would have to collect as many
  // arrays.
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
