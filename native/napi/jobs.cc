// Functions for programs, releases and monitors: the work of the executor.
#include <linux/netlink.h>
#include <napi.h>

#include <optional>
#include <utility>

#include "../request/nft_batch.h"
#include "convert.h"
#include "environment.h"
#include "functions.h"
#include "handle.h"

namespace netloom {
namespace {

Napi::Value prefetch(const Napi::CallbackInfo& info) {
  const JobId job = environmentOf(info).executor().prefetch(info[0].As<Napi::Number>().Uint32Value());
  return Napi::Number::New(info.Env(), static_cast<double>(job));
}

Napi::Value run(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Environment& environment = environmentOf(info);
  Program program = programFromJs(env, info[0].As<Napi::Object>());
  const auto callbacks = info[1].As<Napi::Object>();
  const Napi::Value reply = callbacks.Get("reply");
  program.streams = reply.IsFunction();
  const size_t slots = program.slots.size();
  const bool more = program.more;
  const Napi::Value prefetched = info[2];
  const JobId job = environment.executor().run(
      std::move(program),
      prefetched.IsNumber() ? static_cast<JobId>(prefetched.As<Napi::Number>().Int64Value()) : 0);
  environment.expect(job, callbacks.Get("done").As<Napi::Function>(), callbacks.Get("waits"), reply);
  if (more) *environment.slotsOf(job) = slots;
  return Napi::Number::New(env, static_cast<double>(job));
}

JobId jobArgument(const Napi::CallbackInfo& info) {
  return static_cast<JobId>(info[0].As<Napi::Number>().Int64Value());
}

void extend(const Napi::CallbackInfo& info) {
  Environment& environment = environmentOf(info);
  auto* slots = environment.slotsOf(jobArgument(info));
  if (slots == nullptr) return;  // the program has failed or was aborted
  if (!*slots) throw Napi::Error::New(info.Env(), "the program is complete and accepts no further part");
  Program part = programFromJs(info.Env(), info[1].As<Napi::Object>(), **slots);
  *slots = part.more ? std::optional(**slots + part.slots.size()) : std::nullopt;
  environment.executor().extend(jobArgument(info), std::move(part));
}

void abort(const Napi::CallbackInfo& info) { environmentOf(info).executor().abort(jobArgument(info)); }

void cancelPrefetch(const Napi::CallbackInfo& info) {
  environmentOf(info).executor().cancelPrefetch(jobArgument(info));
}

void confirm(const Napi::CallbackInfo& info) { environmentOf(info).executor().confirm(jobArgument(info)); }

// For the end of the process, when the executor is gone: the calling thread waits for the kernel.
void transactNow(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Program program = programFromJs(env, info[0].As<Napi::Object>());
  Descriptor here;
  if (const int error = openCurrentNamespace(here); error != 0)
    throw systemError(env, "open /proc/thread-self/ns/net", error);
  NamespaceScope scope(here.get());
  Slots slots(scope, std::move(program.slots));
  for (const Step& step : program.steps) {
    const auto* transaction = std::get_if<TransactionStep>(&step);
    if (transaction == nullptr) continue;
    const Failure failure = sendNftBatch(slots, transaction->slot, transaction->requests, program.deadlineMs);
    if (scope.lost()) Napi::Error::Fatal("netloom", "the thread cannot return to its own network namespace");
    if (failure.error != 0) throw systemError(env, failure.call, failure.error);
  }
}

void release(const Napi::CallbackInfo& info) {
  Environment& environment = environmentOf(info);
  const auto handles = info[0].As<Napi::Array>();
  std::vector<NamespacePtr> namespaces;
  for (uint32_t i = 0; i < handles.Length(); i++)
    namespaces.push_back(heldAs<NamespacePtr>(handles.Get(i), "namespace"));
  for (uint32_t i = 0; i < handles.Length(); i++) closeHeld(heldBy(handles.Get(i)));
  const JobId job =
      environment.executor().release(std::move(namespaces), info[1].As<Napi::Number>().Uint32Value());
  environment.expect(job, info[2].As<Napi::Function>());
}

void monitor(const Napi::CallbackInfo& info) {
  Environment& environment = environmentOf(info);
  const auto list = info[2].As<Napi::Array>();
  std::vector<uint32_t> groups;
  for (uint32_t i = 0; i < list.Length(); i++) groups.push_back(list.Get(i).As<Napi::Number>().Uint32Value());
  const int protocol =
      info[1].As<Napi::String>().Utf8Value() == "netfilter" ? NETLINK_NETFILTER : NETLINK_ROUTE;
  const auto options = info[3].As<Napi::Object>();
  const JobId job = environment.executor().openMonitor(
      heldAs<NamespacePtr>(info[0], "namespace"), protocol, std::move(groups),
      options.Get("allNamespaces").ToBoolean(), options.Get("receiveBuffer").As<Napi::Number>().Int32Value());
  environment.expect(job, info[4].As<Napi::Function>());
}

void read(const Napi::CallbackInfo& info) {
  const MonitorId id = heldAs<MonitorRef>(info[0], "monitor").id;
  const bool keepsAlive = info[2].IsUndefined() || info[2].ToBoolean();
  environmentOf(info).expectEvents(id, info[1].As<Napi::Function>(), keepsAlive);
  environmentOf(info).executor().read(id);
}

void stop(const Napi::CallbackInfo& info) { environmentOf(info).stop(); }

}  // namespace

void addJobFunctions(Napi::Env env, Napi::Object exports) {
  exports.Set("prefetch", Napi::Function::New(env, prefetch));
  exports.Set("cancelPrefetch", Napi::Function::New(env, cancelPrefetch));
  exports.Set("run", Napi::Function::New(env, run));
  exports.Set("extend", Napi::Function::New(env, extend));
  exports.Set("abort", Napi::Function::New(env, abort));
  exports.Set("confirm", Napi::Function::New(env, confirm));
  exports.Set("transactNow", Napi::Function::New(env, transactNow));
  exports.Set("release", Napi::Function::New(env, release));
  exports.Set("monitor", Napi::Function::New(env, monitor));
  exports.Set("read", Napi::Function::New(env, read));
  exports.Set("stop", Napi::Function::New(env, stop));
}

}  // namespace netloom
