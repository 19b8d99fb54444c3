#include "environment.h"

#include <algorithm>
#include <cstring>

#include "handle.h"

namespace netloom {
namespace {

// At least the size of the datagrams of a dump.
constexpr size_t kLent = 64 << 10;

}  // namespace

Environment::Environment(Napi::Env env) : env_(env) {
  const auto name = Napi::String::New(env, "netloom");
  const napi_status status = napi_create_threadsafe_function(
      env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this,
      [](napi_env current, napi_value, void* context, void*) {
        // Without an environment the queue is only emptied.
        if (current != nullptr) static_cast<Environment*>(context)->drain();
      },
      &wake_);
  if (status != napi_ok) throw Napi::Error::New(env);
  napi_unref_threadsafe_function(env, wake_);

  std::unique_ptr<Executor> started;
  const int error = Executor::start(
      [this] {
        // One call for all completions until JavaScript takes them.
        if (!woken_.exchange(true)) napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
      },
      started);
  if (error != 0) {
    napi_release_threadsafe_function(wake_, napi_tsfn_abort);
    throw Napi::Error::New(env, std::string("the executor's thread cannot start: ") + std::strerror(error));
  }
  executor_ = std::move(started);

  // Hooks run in reverse order: this one before that of the thread-safe function, so that the thread has
  // ended before the function it calls is destroyed. The instance data would be deleted too late for that.
  napi_add_env_cleanup_hook(
      env,
      [](void* self) {
        static_cast<Environment*>(self)->stop();
        static_cast<Environment*>(self)->handedOut().closeLeft();
      },
      this);
}

Environment::~Environment() { stop(); }

Executor& Environment::executor() const {
  if (!executor_) throw Napi::Error::New(env_, "the process is exiting: the addon accepts no more work");
  return *executor_;
}

void Environment::stop() { executor_.reset(); }

void Environment::hold() {
  if (waiting_++ == 0) napi_ref_threadsafe_function(env_, wake_);
}

void Environment::letGo() {
  if (--waiting_ == 0) napi_unref_threadsafe_function(env_, wake_);
}

void Environment::expect(JobId job, Napi::Function done, Napi::Value waits, Napi::Value reply) {
  Waiting waiting{Napi::Persistent(done)};
  if (waits.IsFunction()) waiting.waits = Napi::Persistent(waits.As<Napi::Function>());
  if (reply.IsFunction()) waiting.reply = Napi::Persistent(reply.As<Napi::Function>());
  jobs_.emplace(job, std::move(waiting));
  hold();
}

std::optional<size_t>* Environment::slotsOf(JobId job) {
  const auto found = jobs_.find(job);
  return found == jobs_.end() ? nullptr : &found->second.slots;
}

void Environment::expectEvents(MonitorId monitor, Napi::Function done, bool keepsAlive) {
  Listening& listening = monitors_[monitor];
  if (!listening.done.IsEmpty()) throw Napi::Error::New(env_, "the monitor is already being read");
  listening.done = Napi::Persistent(done);
  listening.keepsAlive = keepsAlive;
  if (keepsAlive) hold();
}

void Environment::drain() {
  woken_ = false;  // first: a later completion wakes JavaScript again
  if (!executor_) return;
  for (Completion& completion : executor_->take()) {
    const Napi::HandleScope scope(env_);
    try {
      deliver(completion);
    } catch (const Napi::Error& error) {
      napi_fatal_exception(env_,
                           error.Value());  // becomes an uncaught exception; the others are still delivered
    }
  }
}

Napi::Array Environment::indexesToJs(const std::vector<uint32_t>& indexes) {
  auto out = Napi::Array::New(env_, indexes.size());
  for (uint32_t i = 0; i < indexes.size(); i++) out.Set(i, indexes[i]);
  return out;
}

Napi::Value Environment::lend(const Bytes& reply) {
  if (lent_.IsEmpty() || lent_.Value().ByteLength() < reply.size())
    lent_ = Napi::Persistent(Napi::ArrayBuffer::New(env_, std::max(reply.size(), kLent)));
  Napi::ArrayBuffer bytes = lent_.Value();
  std::copy(reply.begin(), reply.end(), static_cast<uint8_t*>(bytes.Data()));
  return Napi::Uint8Array::New(env_, reply.size(), bytes, 0);
}

void Environment::deliver(Completion& completion) {
  if (completion.kind == Completion::Kind::kEvents) {
    const auto found = monitors_.find(completion.monitor);
    if (found == monitors_.end() || found->second.done.IsEmpty()) return;
    const Napi::FunctionReference done = std::move(found->second.done);
    const bool keptAlive = found->second.keepsAlive;
    if (completion.events.back().type == MonitorEvent::Type::kEnd) monitors_.erase(found);
    if (keptAlive) letGo();
    done.Value().Call({eventsToJs(env_, completion.events)});
    return;
  }
  const auto found = jobs_.find(completion.job);
  if (found == jobs_.end()) return;
  if (completion.kind == Completion::Kind::kWaits) {
    if (!found->second.waits.IsEmpty()) found->second.waits.Value().Call({});
    return;
  }
  if (completion.kind == Completion::Kind::kReply) {
    found->second.reply.Value().Call({Napi::Number::New(env_, completion.step), lend(completion.reply)});
    return;
  }
  if (!completion.last && completion.kind == Completion::Kind::kProgram) {
    found->second.done.Value().Call({outcomeToJs(env_, completion)});
    return;
  }
  if (!completion.last) {
    found->second.done.Value().Call(
        {indexesToJs(completion.gone), indexesToJs(completion.held), Napi::Number::New(env_, 0)});
    return;
  }
  const Waiting waiting = std::move(found->second);
  jobs_.erase(found);
  letGo();
  switch (completion.kind) {
    case Completion::Kind::kProgram:
      waiting.done.Value().Call({outcomeToJs(env_, completion)});
      return;
    case Completion::Kind::kReleased:
      waiting.done.Value().Call({indexesToJs(completion.gone), indexesToJs(completion.held),
                                 Napi::Number::New(env_, completion.error)});
      return;
    case Completion::Kind::kMonitorOpened: {
      Napi::Value handle = env_.Undefined();
      if (completion.error == 0) handle = newHandle(env_, MonitorRef{executor_, completion.monitor});
      waiting.done.Value().Call({Napi::Number::New(env_, completion.error), handle});
      return;
    }
    case Completion::Kind::kReply:
    case Completion::Kind::kWaits:
    case Completion::Kind::kEvents:
      return;
  }
}

}  // namespace netloom
