#include <algorithm>
#include <span>

#include "convert.h"
#include "handle.h"

namespace netloom {

namespace {

Napi::Object failureToJs(Napi::Env env, const Failure& failure) {
  auto out = Napi::Object::New(env);
  out.Set("errno", failure.error);
  out.Set("call", failure.call);
  out.Set("text", failure.text);
  out.Set("path", failure.path);
  out.Set("request", failure.request);
  return out;
}

Napi::Object resultToJs(Napi::Env env, const StepResult& result) {
  auto out = Napi::Object::New(env);
  out.Set("done", result.done);
  if (result.failure.error != 0) out.Set("failure", failureToJs(env, result.failure));
  if (!result.reply.empty()) out.Set("reply", bytesToJs(env, result.reply));
  if (result.interrupted) out.Set("interrupted", true);
  if (result.netns) {
    auto netns = Napi::Object::New(env);
    netns.Set("handle", newHandle(env, result.netns));
    netns.Set("fd", result.netns->fd.get());
    netns.Set("cookie", Napi::BigInt::New(env, result.netns->cookie));
    out.Set("netns", netns);
  }
  if (result.socket) out.Set("socket", newHandle(env, result.socket));
  if (!result.previous.empty()) out.Set("previous", result.previous);
  return out;
}

bool isPlain(const StepResult& result) {
  return result.done && result.reply.empty() && !result.interrupted && !result.netns && !result.socket &&
         result.previous.empty();
}

}  // namespace

Napi::Value bytesToJs(Napi::Env env, std::span<const Bytes> parts) {
  size_t size = 0;
  for (const Bytes& part : parts) size += part.size();
  auto out = Napi::Uint8Array::New(env, size);
  uint8_t* end = out.Data();
  for (const Bytes& part : parts) end = std::copy(part.begin(), part.end(), end);
  return out;
}

Napi::Object outcomeToJs(Napi::Env env, const Completion& completion) {
  const Outcome& outcome = completion.outcome;
  auto results = Napi::Array::New(env, outcome.results.size());
  // Most results only say that the step is done. They share one object, since there may be thousands.
  auto plain = Napi::Object::New(env);
  plain.Set("done", true);
  for (uint32_t i = 0; i < outcome.results.size(); i++) {
    const Napi::HandleScope scope(env);
    results.Set(i, isPlain(outcome.results[i]) ? plain : resultToJs(env, outcome.results[i]));
  }
  auto notUndone = Napi::Array::New(env, outcome.notUndone.size());
  for (uint32_t i = 0; i < outcome.notUndone.size(); i++) {
    auto item = Napi::Object::New(env);
    item.Set("step", outcome.notUndone[i].step);
    item.Set("failure", failureToJs(env, outcome.notUndone[i].failure));
    notUndone.Set(i, item);
  }
  auto out = Napi::Object::New(env);
  out.Set("results", results);
  out.Set("first", outcome.first);
  out.Set("last", completion.last);
  out.Set("failed", outcome.failed);
  out.Set("aborted", outcome.aborted);
  out.Set("notUndone", notUndone);
  return out;
}

Napi::Array eventsToJs(Napi::Env env, const std::vector<MonitorEvent>& events) {
  auto out = Napi::Array::New(env, events.size());
  for (uint32_t i = 0; i < events.size(); i++) {
    const Napi::HandleScope scope(env);
    const MonitorEvent& event = events[i];
    auto item = Napi::Object::New(env);
    if (event.type == MonitorEvent::Type::kMessage)
      item.Set("message", bytesToJs(env, std::span(&event.message, 1)));
    else
      item.Set("lost", event.type == MonitorEvent::Type::kResync ? "resync" : "end");
    if (event.nsid >= 0) item.Set("nsid", event.nsid);
    if (event.error != 0) item.Set("errno", event.error);
    out.Set(i, item);
  }
  return out;
}

}  // namespace netloom
