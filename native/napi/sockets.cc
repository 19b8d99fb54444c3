// Functions for sockets that Node.js takes over, and for the sockets of others.
#include <napi.h>
#include <sys/socket.h>

#include <utility>
#include <vector>

#include "../sockets/bound_sockets.h"
#include "../sockets/inet_socket.h"
#include "../sockets/socket_owner.h"
#include "environment.h"
#include "functions.h"

namespace netloom {
namespace {

// The caller owns the descriptor and passes it to Node.js.
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
  shutDownConnections(descriptorsIn(info[0]), info[1].As<Napi::BigInt>().Uint64Value(&lossless));
}

void resetOnClose(const Napi::CallbackInfo& info) {
  const int error = setResetOnClose(info[0].As<Napi::Number>().Int32Value());
  if (error != 0) throw systemError(info.Env(), "setsockopt", error);
}

}  // namespace

void addSocketFunctions(Napi::Env env, Napi::Object exports) {
  exports.Set("inetSocket", Napi::Function::New(env, inetSocket));
  exports.Set("boundSockets", Napi::Function::New(env, boundSockets));
  exports.Set("socketNamespaces", Napi::Function::New(env, socketNamespaces));
  exports.Set("shutDown", Napi::Function::New(env, shutDown));
  exports.Set("resetOnClose", Napi::Function::New(env, resetOnClose));
}

}  // namespace netloom
