#include <linux/netlink.h>

#include "convert.h"
#include "handle.h"

namespace netloom {

namespace {

std::string stringOf(Napi::Object object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (value.IsUndefined()) return {};
  return value.As<Napi::String>().Utf8Value();
}

uint32_t numberOf(Napi::Object object, const char* key) {
  const Napi::Value value = object.Get(key);
  return value.IsNumber() ? value.As<Napi::Number>().Uint32Value() : 0;
}

schema::Verb verbOf(Napi::Env env, const std::string& name) {
  using schema::Verb;
  constexpr std::pair<std::string_view, Verb> kVerbs[] = {
      {"add", Verb::kAdd},       {"replace", Verb::kReplace}, {"append", Verb::kAppend}, {"set", Verb::kSet},
      {"delete", Verb::kDelete}, {"get", Verb::kGet},         {"list", Verb::kList}};
  for (const auto& [text, verb] : kVerbs)
    if (text == name) return verb;
  throw Napi::TypeError::New(env, "unknown verb '" + name + "'");
}

int protocolOf(Napi::Object object) {
  return stringOf(object, "protocol") == "netfilter" ? NETLINK_NETFILTER : NETLINK_ROUTE;
}

class Builder {
 public:
  Builder(Napi::Env env, size_t slots) : env_(env), slots_(slots) {}

  Step step(Napi::Object from) {
    const std::string op = stringOf(from, "op");
    if (op == "request") return request(from);
    if (op == "transaction")
      return TransactionStep{slot(from), requests(from.Get("requests")), requests(from.Get("inverse"))};
    if (op == "create") return CreateStep{slot(from), stringOf(from, "path")};
    if (op == "open") return OpenStep{slot(from), stringOf(from, "path")};
    if (op == "unpin") return UnpinStep{stringOf(from, "path"), numberOf(from, "inode")};
    if (op == "sysctl") return SysctlStep{slot(from), stringOf(from, "path"), stringOf(from, "value")};
    if (op == "socket")
      return SocketStep{slot(from), protocolOf(from), static_cast<int>(numberOf(from, "receiveBuffer"))};
    if (op == "confirm") return ConfirmStep{numberOf(from, "timeoutMs")};
    throw Napi::TypeError::New(env_, "unknown step '" + op + "'");
  }

 private:
  uint32_t slot(Napi::Object from) {
    const uint32_t number = numberOf(from, "slot");
    if (number >= slots_)
      throw Napi::RangeError::New(env_, "the program has no slot " + std::to_string(number));
    return number;
  }

  Request message(Napi::Value value) {
    const auto from = value.As<Napi::Object>();
    const std::string name = stringOf(from, "family");
    Request out;
    out.family = schema::familyByName(name);
    if (out.family == nullptr) throw Napi::TypeError::New(env_, "unknown family '" + name + "'");
    out.verb = verbOf(env_, stringOf(from, "verb"));
    const auto bytes = from.Get("bytes").As<Napi::Uint8Array>();
    out.bytes.assign(bytes.Data(), bytes.Data() + bytes.ByteLength());
    const auto devices = from.Get("devices").As<Napi::Array>();
    for (uint32_t i = 0; i < devices.Length(); i++) {
      const auto patch = devices.Get(i).As<Napi::Object>();
      out.devices.push_back({place(patch, out.bytes), stringOf(patch, "name")});
    }
    const auto namespaces = from.Get("namespaces").As<Napi::Array>();
    for (uint32_t i = 0; i < namespaces.Length(); i++) {
      const auto patch = namespaces.Get(i).As<Napi::Object>();
      out.namespaces.push_back({place(patch, out.bytes), slot(patch)});
    }
    return out;
  }

  // Where a u32 is filled in before the message is sent.
  uint32_t place(Napi::Object patch, const Bytes& message) {
    const uint32_t at = numberOf(patch, "at");
    if (at + sizeof(uint32_t) > message.size())
      throw Napi::RangeError::New(env_, "a patch beyond its message");
    return at;
  }

  RequestStep request(Napi::Object from) {
    RequestStep out;
    out.slot = slot(from);
    out.request = message(from.Get("request"));
    out.wantsReply = from.Get("reply").ToBoolean();
    const Napi::Value undo = from.Get("undo");
    if (!undo.IsObject()) return out;
    const auto how = undo.As<Napi::Object>();
    out.undo = stringOf(how, "mode") == "restore" ? Undo::kRestore : Undo::kInverse;
    out.undoSlot = how.Get("slot").IsNumber() ? slot(how) : out.slot;
    out.inverse = message(how.Get("request"));
    return out;
  }

  std::vector<Request> requests(Napi::Value from) {
    std::vector<Request> out;
    if (!from.IsArray()) return out;
    const auto array = from.As<Napi::Array>();
    out.reserve(array.Length());
    for (uint32_t i = 0; i < array.Length(); i++) out.push_back(message(array.Get(i)));
    return out;
  }

  Napi::Env env_;
  size_t slots_;
};

Slot slotFromJs(Napi::Object from) {
  Slot out;
  if (const Napi::Value netns = from.Get("netns"); !netns.IsUndefined())
    out.netns = heldAs<std::shared_ptr<Namespace>>(netns, "namespace");
  if (const Napi::Value route = from.Get("route"); !route.IsUndefined())
    out.route = heldAs<std::shared_ptr<Socket>>(route, "socket");
  if (const Napi::Value netfilter = from.Get("netfilter"); !netfilter.IsUndefined())
    out.netfilter = heldAs<std::shared_ptr<Socket>>(netfilter, "socket");
  return out;
}

}  // namespace

Program programFromJs(Napi::Env env, Napi::Object program, size_t slots) {
  Program out;
  const auto added = program.Get("slots").As<Napi::Array>();
  for (uint32_t i = 0; i < added.Length(); i++) {
    const Napi::HandleScope scope(env);
    out.slots.push_back(slotFromJs(added.Get(i).As<Napi::Object>()));
  }
  slots += out.slots.size();
  const auto steps = program.Get("steps").As<Napi::Array>();
  out.steps.reserve(steps.Length());
  for (uint32_t i = 0; i < steps.Length(); i++) {
    const Napi::HandleScope scope(env);  // thousands of steps would else keep all their values alive at once
    out.steps.push_back(Builder(env, slots).step(steps.Get(i).As<Napi::Object>()));
  }
  out.atomic = program.Get("atomic").ToBoolean();
  out.more = program.Get("more").ToBoolean();
  if (const uint32_t deadline = numberOf(program, "deadlineMs"); deadline != 0) out.deadlineMs = deadline;
  return out;
}

}  // namespace netloom
