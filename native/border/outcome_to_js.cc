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

Napi::Array replyToJs(Napi::Env env, Keys& keys, const schema::Family& family,
                      const std::vector<Bytes>& reply) {
  auto out = Napi::Array::New(env);
  for (const Bytes& datagram : reply) {
    MessageReader reader(datagram);
    while (const auto message = reader.next()) {
      // The message that ends a dump may share a datagram with the last objects.
      if (load<nlmsghdr>(*message).nlmsg_type != family.newType) continue;
      const Napi::HandleScope scope(env);
      out.Set(out.Length(), decodeMessage(env, keys, family, *message));
    }
  }
  return out;
}

Napi::Object resultToJs(Napi::Env env, Keys& keys, const StepResult& result, const schema::Family* family) {
  auto out = Napi::Object::New(env);
  out.Set("done", result.done);
  if (result.failure.error != 0) out.Set("failure", failureToJs(env, result.failure));
  if (family != nullptr && !result.reply.empty())
    out.Set("reply", replyToJs(env, keys, *family, result.reply));
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

Napi::Object outcomeToJs(Napi::Env env, Keys& keys, const Completion& completion) {
  const Outcome& outcome = completion.outcome;
  auto results = Napi::Array::New(env, outcome.results.size());
  // Most steps have nothing to tell but that they are done: of thousands, all share one object.
  auto plain = Napi::Object::New(env);
  plain.Set("done", true);
  for (uint32_t i = 0; i < outcome.results.size(); i++) {
    const Napi::HandleScope scope(env);
    if (isPlain(outcome.results[i])) {
      results.Set(i, plain);
      continue;
    }
    const schema::Family* family = i < completion.families.size() ? completion.families[i] : nullptr;
    results.Set(i, resultToJs(env, keys, outcome.results[i], family));
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

Napi::Array eventsToJs(Napi::Env env, Keys& keys, int protocol, const std::vector<MonitorEvent>& events) {
  auto out = Napi::Array::New(env);
  for (const MonitorEvent& event : events) {
    const Napi::HandleScope scope(env);
    auto item = Napi::Object::New(env);
    if (event.type == MonitorEvent::Type::kMessage) {
      const auto header = load<nlmsghdr>(event.message);
      const ByteView payload = payloadOf(event.message);
      const auto* family =
          schema::familyOfMessage(protocol, header.nlmsg_type, payload.empty() ? 0 : payload[0]);
      if (family == nullptr) continue;  // a kind of event that no table describes
      item.Set("family", std::string(family->name));
      item.Set("action", header.nlmsg_type == family->deleteType ? "delete" : "new");
      item.Set("object", decodeMessage(env, keys, *family, event.message));
      if (event.nsid >= 0) item.Set("nsid", event.nsid);
    } else {
      item.Set("family", event.type == MonitorEvent::Type::kResync ? "resync" : "end");
      if (event.error != 0) item.Set("errno", event.error);
    }
    out.Set(out.Length(), item);
  }
  return out;
}

}  // namespace netloom
