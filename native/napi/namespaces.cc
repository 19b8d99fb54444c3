// Functions for handles of namespaces and for the namespace of the calling thread.
#include <napi.h>
#include <poll.h>

#include <memory>
#include <utility>

#include "../netns/namespace.h"
#include "functions.h"
#include "handle.h"

namespace netloom {
namespace {

constexpr int kReturnAttempts = 100;  // a millisecond apart

Napi::Value current(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto netns = std::make_shared<Namespace>();
  if (const int error = openCurrentNamespace(netns->fd); error != 0)
    throw systemError(env, "open /proc/thread-self/ns/net", error);
  if (const int error = namespaceCookie(netns->cookie); error != 0) throw systemError(env, "socket", error);
  auto out = Napi::Object::New(env);
  out.Set("fd", netns->fd.get());
  out.Set("cookie", Napi::BigInt::New(env, netns->cookie));
  out.Set("handle", newHandle(env, std::move(netns)));
  return out;
}

Napi::Value fdOf(const Napi::CallbackInfo& info) {
  const auto* netns = std::get_if<NamespacePtr>(&heldBy(info[0]));
  return Napi::Number::New(info.Env(), netns == nullptr ? -1 : (*netns)->fd.get());
}

void close(const Napi::CallbackInfo& info) { closeHeld(heldBy(info[0])); }

// The only place that changes the namespace of a thread that runs JavaScript. `body` must not yield.
Napi::Value within(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const NamespacePtr netns =
      heldAs<NamespacePtr>(info[0], "namespace");  // a shared reference: `body` may close the handle
  Descriptor home;
  if (const int error = openCurrentNamespace(home); error != 0)
    throw systemError(env, "open /proc/thread-self/ns/net", error);
  if (const int error = enterNamespace(netns->fd.get()); error != 0) throw systemError(env, "setns", error);
  struct Return {
    const Descriptor& home;
    ~Return() {
      // The cause may be temporary, such as a lack of memory. A thread in the wrong namespace must not go on.
      int attempts = kReturnAttempts;
      while (enterNamespace(home.get()) != 0 && --attempts > 0) poll(nullptr, 0, 1);
      if (attempts == 0)
        Napi::Error::Fatal("netloom", "the thread cannot return to its own network namespace");
    }
  } const bracket{home};
  return info[1].As<Napi::Function>().Call({});
}

// Only for the integrations of test runners, which keep a thread inside while tests run on it.
void enter(const Napi::CallbackInfo& info) {
  const NamespacePtr netns = heldAs<NamespacePtr>(info[0], "namespace");
  if (const int error = enterNamespace(netns->fd.get()); error != 0)
    throw systemError(info.Env(), "setns", error);
}

// Undefined where the kernel cannot tell.
Napi::Value namespaceExistsByCookie(const Napi::CallbackInfo& info) {
  bool lossless = false;
  bool exists = false;
  const uint64_t cookie = info[0].As<Napi::BigInt>().Uint64Value(&lossless);
  if (namespaceExists(cookie, info[1].As<Napi::Number>().Uint32Value(), exists) != 0)
    return info.Env().Undefined();
  return Napi::Boolean::New(info.Env(), exists);
}

}  // namespace

void addNamespaceFunctions(Napi::Env env, Napi::Object exports) {
  exports.Set("current", Napi::Function::New(env, current));
  exports.Set("fdOf", Napi::Function::New(env, fdOf));
  exports.Set("close", Napi::Function::New(env, close));
  exports.Set("within", Napi::Function::New(env, within));
  exports.Set("enter", Napi::Function::New(env, enter));
  exports.Set("namespaceExists", Napi::Function::New(env, namespaceExistsByCookie));
}

}  // namespace netloom
