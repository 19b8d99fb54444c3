// What JavaScript can call: the functions of src/native/contract.ts, each a thin step between a value and the
// native side.
#include <linux/netlink.h>
#include <napi.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "../netns/account.h"
#include "../netns/bound_sockets.h"
#include "../netns/inet_socket.h"
#include "../netns/socket_owner.h"
#include "../request/nft_batch.h"
#include "convert.h"
#include "environment.h"
#include "handle.h"

namespace netloom {

namespace {

using NamespacePtr = std::shared_ptr<Namespace>;

constexpr int kReturnAttempts = 100;  // a millisecond apart

Environment& environmentOf(const Napi::CallbackInfo& info) {
  return *info.Env().GetInstanceData<Environment>();
}

Napi::Error systemError(Napi::Env env, const char* call, int error) {
  auto out = Napi::Error::New(env, std::string(call) + ": " + std::strerror(error));
  out.Set("errno", Napi::Number::New(env, error));
  out.Set("call", Napi::String::New(env, call));
  return out;
}

Napi::Value foresee(const Napi::CallbackInfo& info) {
  const JobId job = environmentOf(info).executor().foresee(info[0].As<Napi::Number>().Uint32Value());
  return Napi::Number::New(info.Env(), static_cast<double>(job));
}

Napi::Value schemaOf(const Napi::CallbackInfo& info) { return schemaToJs(info.Env()); }

Napi::Value run(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Environment& environment = environmentOf(info);
  Program program = programFromJs(env, info[0].As<Napi::Object>());
  const auto callbacks = info[1].As<Napi::Object>();
  const Napi::Value reply = callbacks.Get("reply");
  program.streams = reply.IsFunction();
  const size_t slots = program.slots.size();
  const bool more = program.more;
  const Napi::Value foreseen = info[2];
  const JobId job = environment.executor().run(
      std::move(program),
      foreseen.IsNumber() ? static_cast<JobId>(foreseen.As<Napi::Number>().Int64Value()) : 0);
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
  if (slots == nullptr) return;  // it has failed or was aborted meanwhile
  if (!*slots) throw Napi::Error::New(info.Env(), "the program is complete and takes no further part");
  Program part = programFromJs(info.Env(), info[1].As<Napi::Object>(), **slots);
  *slots = part.more ? std::optional(**slots + part.slots.size()) : std::nullopt;
  environment.executor().extend(jobArgument(info), std::move(part));
}

void abortJob(const Napi::CallbackInfo& info) { environmentOf(info).executor().abort(jobArgument(info)); }

void forgetJob(const Napi::CallbackInfo& info) { environmentOf(info).executor().forget(jobArgument(info)); }

void confirmJob(const Napi::CallbackInfo& info) { environmentOf(info).executor().confirm(jobArgument(info)); }

// For the end of the process, when there is no executor any more: the calling thread waits for the kernel.
void transactNow(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Program program = programFromJs(env, info[0].As<Napi::Object>());
  Descriptor here;
  if (const int error = openCurrentNamespace(here); error != 0)
    throw systemError(env, "open /proc/thread-self/ns/net", error);
  Home home(here.get());
  Slots slots(home, std::move(program.slots));
  for (const Step& step : program.steps) {
    const auto* transaction = std::get_if<TransactionStep>(&step);
    if (transaction == nullptr) continue;
    const Failure failure = transact(slots, transaction->slot, transaction->requests, program.deadlineMs);
    if (home.lost()) Napi::Error::Fatal("netloom", "the way back from a network namespace is barred");
    if (failure.error != 0) throw systemError(env, failure.call, failure.error);
  }
}

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

// Where the library changes the namespace of a thread that runs JavaScript. Nothing in between may yield.
Napi::Value within(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const NamespacePtr netns =
      heldAs<NamespacePtr>(info[0], "namespace");  // a share: `body` may close the handle
  Descriptor home;
  if (const int error = openCurrentNamespace(home); error != 0)
    throw systemError(env, "open /proc/thread-self/ns/net", error);
  if (const int error = enterNamespace(netns->fd.get()); error != 0) throw systemError(env, "setns", error);
  struct Return {
    const Descriptor& home;
    ~Return() {
      // What bars it may pass, such as a lack of memory; a thread in the wrong place must not go on.
      int attempts = kReturnAttempts;
      while (enterNamespace(home.get()) != 0 && --attempts > 0) poll(nullptr, 0, 1);
      if (attempts == 0) Napi::Error::Fatal("netloom", "the way back from a network namespace is barred");
    }
  } const bracket{home};
  return info[1].As<Napi::Function>().Call({});
}

// For the helpers of test runners alone, which hold a thread inside while tests run on it.
void enter(const Napi::CallbackInfo& info) {
  const NamespacePtr netns = heldAs<NamespacePtr>(info[0], "namespace");
  if (const int error = enterNamespace(netns->fd.get()); error != 0)
    throw systemError(info.Env(), "setns", error);
}

// The descriptor goes to the caller, who hands it to Node.js.
Napi::Value inetSocket(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto given = info[0].As<Napi::Object>();
  InetSocket wanted;
  wanted.type = given.Get("type").As<Napi::String>().Utf8Value() == "tcp" ? SOCK_STREAM : SOCK_DGRAM;
  wanted.address = given.Get("address").As<Napi::String>().Utf8Value();
  if (const Napi::Value port = given.Get("port"); port.IsNumber())
    wanted.port = static_cast<uint16_t>(port.As<Napi::Number>().Uint32Value());
  wanted.reuseAddress = given.Get("reuseAddress").ToBoolean();
  wanted.reusePort = given.Get("reusePort").ToBoolean();
  wanted.ipv6Only = given.Get("ipv6Only").ToBoolean();
  if (const Napi::Value backlog = given.Get("backlog"); backlog.IsNumber())
    wanted.backlog = backlog.As<Napi::Number>().Int32Value();
  Descriptor socket;
  const char* call = nullptr;
  if (const int error = openInetSocket(wanted, socket, call); error != 0) throw systemError(env, call, error);
  return Napi::Number::New(env, environmentOf(info).handedOut().give(std::move(socket)));
}

Napi::Value boundSockets(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto wanted = info[0].As<Napi::Object>();
  std::vector<BoundSocket> found;
  const int error = readBoundSockets(wanted.Get("tcp").ToBoolean(), wanted.Get("udp").ToBoolean(), found);
  if (error != 0) throw systemError(env, "sock_diag", error);
  auto out = Napi::Array::New(env, found.size());
  for (uint32_t i = 0; i < found.size(); i++) {
    auto one = Napi::Object::New(env);
    one.Set("protocol", Napi::String::New(env, found[i].tcp ? "tcp" : "udp"));
    one.Set("address", Napi::String::New(env, found[i].address));
    one.Set("port", Napi::Number::New(env, found[i].port));
    one.Set("both", Napi::Boolean::New(env, found[i].both));
    out.Set(i, one);
  }
  return out;
}

std::vector<int> descriptorsIn(const Napi::Value& value) {
  const auto list = value.As<Napi::Array>();
  std::vector<int> out;
  for (uint32_t i = 0; i < list.Length(); i++) out.push_back(list.Get(i).As<Napi::Number>().Int32Value());
  return out;
}

Napi::Value socketNamespaces(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::vector<int> descriptors = descriptorsIn(info[1]);
  auto out = Napi::Array::New(env);
  for (const uint64_t cookie : namespacesOfSockets(info[0].As<Napi::Number>().Int32Value(), descriptors))
    out.Set(out.Length(), Napi::BigInt::New(env, cookie));
  return out;
}

void shutDown(const Napi::CallbackInfo& info) {
  bool lossless = false;
  shutDownSockets(descriptorsIn(info[0]), info[1].As<Napi::BigInt>().Uint64Value(&lossless));
}

void resetOnClose(const Napi::CallbackInfo& info) {
  const int error = setResetOnClose(info[0].As<Napi::Number>().Int32Value());
  if (error != 0) throw systemError(info.Env(), "setsockopt", error);
}

// Undefined if another has the directory locked.
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

Napi::Value showLifeIn(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Lock held;
  Place place;
  const auto byte = static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value());
  const int error = showLife(info[0].As<Napi::String>().Utf8Value(), byte, held.descriptor, place);
  if (error != 0) throw systemError(env, "fcntl", error);
  auto out = Napi::Object::New(env);
  out.Set("place", textOf(place));
  out.Set("handle", newHandle(env, std::move(held)));
  return out;
}

Napi::Value seekLifeIn(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Place place;
  bool lives = false;
  const auto byte = static_cast<uint64_t>(info[1].As<Napi::Number>().Int64Value());
  if (const int error = seekLife(info[0].As<Napi::String>().Utf8Value(), byte, lives, place); error != 0)
    throw systemError(env, "fcntl", error);
  auto out = Napi::Object::New(env);
  out.Set("place", textOf(place));
  out.Set("lives", lives);
  return out;
}

// Undefined where that cannot be told.
Napi::Value seekNamespaceOf(const Napi::CallbackInfo& info) {
  bool lossless = false;
  bool lives = false;
  const uint64_t cookie = info[0].As<Napi::BigInt>().Uint64Value(&lossless);
  if (seekNamespace(cookie, info[1].As<Napi::Number>().Uint32Value(), lives) != 0)
    return info.Env().Undefined();
  return Napi::Boolean::New(info.Env(), lives);
}

// Of a process that may have no more descriptors /proc can tell nothing. Undefined: as many as there can be.
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

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Environment(env));  // N-API owns it and deletes it with the environment
  exports.Set("schema", Napi::Function::New(env, schemaOf));
  exports.Set("foresee", Napi::Function::New(env, foresee));
  exports.Set("forget", Napi::Function::New(env, forgetJob));
  exports.Set("run", Napi::Function::New(env, run));
  exports.Set("extend", Napi::Function::New(env, extend));
  exports.Set("abort", Napi::Function::New(env, abortJob));
  exports.Set("confirm", Napi::Function::New(env, confirmJob));
  exports.Set("transactNow", Napi::Function::New(env, transactNow));
  exports.Set("current", Napi::Function::New(env, current));
  exports.Set("fdOf", Napi::Function::New(env, fdOf));
  exports.Set("close", Napi::Function::New(env, close));
  exports.Set("within", Napi::Function::New(env, within));
  exports.Set("enter", Napi::Function::New(env, enter));
  exports.Set("inetSocket", Napi::Function::New(env, inetSocket));
  exports.Set("boundSockets", Napi::Function::New(env, boundSockets));
  exports.Set("socketNamespaces", Napi::Function::New(env, socketNamespaces));
  exports.Set("shutDown", Napi::Function::New(env, shutDown));
  exports.Set("resetOnClose", Napi::Function::New(env, resetOnClose));
  exports.Set("lock", Napi::Function::New(env, lock));
  exports.Set("showLife", Napi::Function::New(env, showLifeIn));
  exports.Set("seekLife", Napi::Function::New(env, seekLifeIn));
  exports.Set("seekNamespace", Napi::Function::New(env, seekNamespaceOf));
  exports.Set("openFiles", Napi::Function::New(env, openFiles));
  exports.Set("user", Napi::Function::New(env, user));
  exports.Set("group", Napi::Function::New(env, group));
  exports.Set("release", Napi::Function::New(env, release));
  exports.Set("monitor", Napi::Function::New(env, monitor));
  exports.Set("read", Napi::Function::New(env, read));
  exports.Set("stop", Napi::Function::New(env, stop));
  return exports;
}

}  // namespace

}  // namespace netloom

namespace {
Napi::Object initializeAddon(Napi::Env env, Napi::Object exports) {
  return netloom::initialize(env, exports);
}
}  // namespace
NODE_API_MODULE(netloom, initializeAddon)
