// What JavaScript holds of the native side: an object that owns a namespace, a socket, a monitor or a lock,
// closed by close(), when it is collected, or with its environment.
#pragma once

#include <napi.h>

#include <memory>
#include <variant>

#include "../executor/executor.h"
#include "../netns/lock.h"

namespace netloom {

// A monitor belongs to its executor, which may be gone first: the finalizers of an environment that ends come
// late.
struct MonitorRef {
  std::weak_ptr<Executor> executor;
  MonitorId id = 0;
};

// A lock on a directory. A worker that is terminated closes nothing itself: its environment does, by this
// owner.
struct Lock {
  Descriptor descriptor;
};

using Held =
    std::variant<std::monostate, std::shared_ptr<Namespace>, std::shared_ptr<Socket>, MonitorRef, Lock>;

Napi::Object newHandle(Napi::Env env, Held held);

// Throws a TypeError unless the value is a handle made here.
Held& heldBy(Napi::Value value);

// Throws unless the handle holds a T that is still open.
template <typename T>
T& heldAs(Napi::Value value, const char* what) {
  if (auto* held = std::get_if<T>(&heldBy(value))) return *held;
  throw Napi::TypeError::New(value.Env(), std::string("the handle holds no open ") + what);
}

void closeHeld(Held& held);

}  // namespace netloom
