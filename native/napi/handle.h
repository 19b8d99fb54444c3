// JavaScript objects that own a namespace, a socket, a monitor or a lock. They are closed by close(), by the
// garbage collector, or with their environment.
#pragma once

#include <napi.h>

#include <memory>
#include <variant>

#include "../base/directory_lock.h"
#include "../executor/executor.h"

namespace netloom {

// A monitor belongs to its executor, which may be destroyed first: the finalizers of an ending environment
// run late.
struct MonitorRef {
  std::weak_ptr<Executor> executor;
  MonitorId id = 0;
};

// A lock on a directory. When a worker is terminated, its environment closes the lock through this owner.
struct Lock {
  Descriptor descriptor;
};

using Held =
    std::variant<std::monostate, std::shared_ptr<Namespace>, std::shared_ptr<Socket>, MonitorRef, Lock>;

Napi::Object newHandle(Napi::Env env, Held held);

// Throws a TypeError unless the value is a handle of this addon.
Held& heldBy(Napi::Value value);

// Throws unless the handle holds a T that is still open.
template <typename T>
T& heldAs(Napi::Value value, const char* what) {
  if (auto* held = std::get_if<T>(&heldBy(value))) return *held;
  throw Napi::TypeError::New(value.Env(), std::string("the handle does not hold an open ") + what);
}

void closeHeld(Held& held);

}  // namespace netloom
