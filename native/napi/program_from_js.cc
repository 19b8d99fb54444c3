#include <linux/netlink.h>

#include <iterator>
#include <string_view>

#include "convert.h"
#include "handle.h"

namespace netloom {

namespace {

// Reads the form that src/codec/encode/program.ts writes: numbers, the bytes of messages, and texts, each in
// the order of the steps.
class Stream {
 public:
  Stream(Napi::Env env, Napi::Object part, size_t slots)
      : env_(env),
        words_(part.Get("words").As<Napi::Uint32Array>()),
        bytes_(part.Get("bytes").As<Napi::Uint8Array>()),
        texts_(part.Get("texts").As<Napi::Array>()),
        wordData_(words_.Data()),
        wordCount_(words_.ElementLength()),
        byteData_(bytes_.Data()),
        byteCount_(bytes_.ByteLength()),
        slots_(slots) {}

  uint32_t word() {
    if (word_ >= wordCount_) refuse("a word is missing");
    return wordData_[word_++];
  }

  Step step() {
    const uint32_t number = word();
    if (number >= std::size(kOperations)) refuse("a step is unknown");
    return (this->*kOperations[number].read)();
  }

  // A step's number in the stream is its place in this list.
  struct Operation {
    std::string_view name;
    Step (Stream::*read)();
  };
  static const Operation kOperations[8];

 private:
  [[noreturn]] void refuse(const char* why) {
    throw Napi::RangeError::New(env_, std::string("not a program: ") + why);
  }

  std::string text() {
    const Napi::HandleScope scope(env_);
    const Napi::Value value = texts_.Get(text_++);
    if (!value.IsString()) refuse("a text is missing");
    return value.As<Napi::String>().Utf8Value();
  }

  uint32_t slot() {
    const uint32_t number = word();
    if (number >= slots_) refuse("a slot does not exist");
    return number;
  }

  Request message() {
    Request out;
    const auto families = schema::families();
    const uint32_t family = word();
    if (family >= families.size()) refuse("a family is unknown");
    out.family = &families[family];
    const uint32_t verb = word();
    if (verb > static_cast<uint32_t>(schema::Verb::kList)) refuse("a verb is unknown");
    out.verb = static_cast<schema::Verb>(verb);
    const uint32_t size = word();
    if (size < NLMSG_HDRLEN || size > byteCount_ - byte_) refuse("a message is cut off");
    out.bytes.assign(byteData_ + byte_, byteData_ + byte_ + size);
    byte_ += size;
    for (uint32_t left = word(); left > 0; left--) {
      const uint32_t at = place(size);
      out.devices.push_back({at, text()});
    }
    for (uint32_t left = word(); left > 0; left--) {
      const uint32_t at = place(size);
      out.namespaces.push_back({at, slot()});
    }
    return out;
  }

  // The patches of a message.
  uint32_t place(uint32_t size) {
    const uint32_t at = word();
    if (at > size - sizeof(uint32_t)) refuse("a patch lies beyond its message");
    return at;
  }

  std::vector<Request> messages() {
    std::vector<Request> out;
    for (uint32_t left = word(); left > 0; left--) out.push_back(message());
    return out;
  }

  Step request() {
    RequestStep out;
    out.slot = slot();
    const uint32_t reply = word();
    out.wantsReply = reply != 0;
    if (reply > 1) out.selection = selection(reply);
    const uint32_t undo = word();
    out.request = message();
    if (undo == 0) return out;
    out.undo = undo == 1 ? Undo::kInverse : Undo::kRestore;
    out.undoSlot = slot();
    out.inverse = message();
    return out;
  }

  Step transaction() {
    const uint32_t where = slot();
    std::vector<Request> forth = messages();
    return TransactionStep{where, std::move(forth), messages()};
  }

  Step create() {
    const uint32_t where = slot();
    return CreateStep{where, text()};
  }

  Step open() {
    const uint32_t where = slot();
    return OpenStep{where, text()};
  }

  Step unpin() {
    const uint32_t inode = word();
    return UnpinStep{text(), inode};
  }

  Step sysctl() {
    const uint32_t where = slot();
    std::string path = text();
    return SysctlStep{where, std::move(path), text()};
  }

  Step socket() {
    const uint32_t where = slot();
    const int protocol = word() == 1 ? NETLINK_NETFILTER : NETLINK_ROUTE;
    return SocketStep{where, protocol, static_cast<int>(word())};
  }

  Step confirm() { return ConfirmStep{word()}; }

  // The prefix length, then the bytes of the network, four to a word.
  Selection selection(uint32_t size) {
    if (size != 4 && size != 16) refuse("a selection has no network");
    Selection out;
    const uint32_t prefix = word();
    if (prefix > size * 8) refuse("a prefix is longer than its network");
    out.prefix = static_cast<uint8_t>(prefix);
    for (uint32_t i = 0; i < size; i += 4) {
      const uint32_t four = word();
      for (int shift = 24; shift >= 0; shift -= 8) out.network.push_back(static_cast<uint8_t>(four >> shift));
    }
    return out;
  }

  Napi::Env env_;
  Napi::Uint32Array words_;
  Napi::Uint8Array bytes_;
  Napi::Array texts_;
  const uint32_t* wordData_;
  size_t wordCount_;
  const uint8_t* byteData_;
  size_t byteCount_;
  size_t slots_;
  size_t word_ = 0;
  size_t byte_ = 0;
  uint32_t text_ = 0;
};

const Stream::Operation Stream::kOperations[] = {
    {"request", &Stream::request}, {"transaction", &Stream::transaction},
    {"create", &Stream::create},   {"open", &Stream::open},
    {"unpin", &Stream::unpin},     {"sysctl", &Stream::sysctl},
    {"socket", &Stream::socket},   {"confirm", &Stream::confirm},
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

Napi::Array operationsToJs(Napi::Env env) {
  auto out = Napi::Array::New(env);
  for (const auto& operation : Stream::kOperations)
    out.Set(out.Length(), Napi::String::New(env, operation.name.data(), operation.name.size()));
  return out;
}

Program programFromJs(Napi::Env env, Napi::Object program, size_t slots) {
  Program out;
  const auto added = program.Get("slots").As<Napi::Array>();
  for (uint32_t i = 0; i < added.Length(); i++) {
    const Napi::HandleScope scope(env);
    out.slots.push_back(slotFromJs(added.Get(i).As<Napi::Object>()));
  }
  Stream stream(env, program, slots + out.slots.size());
  const uint32_t steps = stream.word();
  for (uint32_t i = 0; i < steps; i++) out.steps.push_back(stream.step());
  out.atomic = program.Get("atomic").ToBoolean();
  out.more = program.Get("more").ToBoolean();
  const Napi::Value deadline = program.Get("deadlineMs");
  if (deadline.IsNumber()) out.deadlineMs = deadline.As<Napi::Number>().Uint32Value();
  return out;
}

}  // namespace netloom
