// Functions for the host: locks between processes, limits and accounts.
#include <napi.h>
#include <sys/resource.h>

#include <cerrno>
#include <string>
#include <utility>

#include "../base/account.h"
#include "../base/directory_lock.h"
#include "functions.h"
#include "handle.h"

namespace netloom {
namespace {

// Undefined if another process holds the lock.
Napi::Value lock(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Lock held;
  const int error = lockDirectory(info[0].As<Napi::String>().Utf8Value(), held.descriptor);
  if (error == EWOULDBLOCK) return env.Undefined();
  if (error != 0) throw systemError(env, "flock", error);
  return newHandle(env, std::move(held));
}

std::string textOf(const Place& place) {
  return std::to_string(place.device) + ":" + std::to_string(place.inode);
}

Napi::Value takeLivenessLockIn(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Lock held;
  Place place;
  const auto byte = static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value());
  const int error = takeLivenessLock(info[0].As<Napi::String>().Utf8Value(), byte, held.descriptor, place);
  if (error != 0) throw systemError(env, "fcntl", error);
  auto out = Napi::Object::New(env);
  out.Set("place", textOf(place));
  out.Set("handle", newHandle(env, std::move(held)));
  return out;
}

Napi::Value readLivenessLockIn(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Place place;
  bool isHeld = false;
  const auto byte = static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value());
  if (const int error = readLivenessLock(info[0].As<Napi::String>().Utf8Value(), byte, isHeld, place);
      error != 0)
    throw systemError(env, "fcntl", error);
  auto out = Napi::Object::New(env);
  out.Set("place", textOf(place));
  out.Set("isHeld", isHeld);
  return out;
}

// The limit of open files. A process that has reached it could not read the limit from /proc. Undefined:
// unlimited.
Napi::Value openFiles(const Napi::CallbackInfo& info) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), static_cast<double>(limit.rlim_cur));
}

Napi::Value user(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Account account;
  const int error = info[0].IsString() ? findUser(info[0].As<Napi::String>().Utf8Value(), account)
                                       : findUser(info[0].As<Napi::Number>().Uint32Value(), account);
  if (error != 0) return env.Undefined();
  auto groups = Napi::Array::New(env);
  for (const gid_t gid : account.groups) groups.Set(groups.Length(), Napi::Number::New(env, gid));
  auto out = Napi::Object::New(env);
  out.Set("uid", Napi::Number::New(env, account.uid));
  out.Set("gid", Napi::Number::New(env, account.gid));
  out.Set("groups", groups);
  return out;
}

Napi::Value group(const Napi::CallbackInfo& info) {
  gid_t gid = 0;
  if (findGroup(info[0].As<Napi::String>().Utf8Value(), gid) != 0) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), gid);
}

}  // namespace

void addHostFunctions(Napi::Env env, Napi::Object exports) {
  exports.Set("lock", Napi::Function::New(env, lock));
  exports.Set("takeLivenessLock", Napi::Function::New(env, takeLivenessLockIn));
  exports.Set("readLivenessLock", Napi::Function::New(env, readLivenessLockIn));
  exports.Set("openFiles", Napi::Function::New(env, openFiles));
  exports.Set("user", Napi::Function::New(env, user));
  exports.Set("group", Napi::Function::New(env, group));
}

}  // namespace netloom
