// The entry point of the addon.
#include <napi.h>

#include <cstring>
#include <string>

#include "convert.h"
#include "environment.h"
#include "functions.h"

namespace netloom {

Environment& environmentOf(const Napi::CallbackInfo& info) {
  return *info.Env().GetInstanceData<Environment>();
}

Napi::Error systemError(Napi::Env env, const char* call, int error) {
  auto out = Napi::Error::New(env, std::string(call) + ": " + std::strerror(error));
  out.Set("errno", Napi::Number::New(env, error));
  out.Set("call", Napi::String::New(env, call));
  return out;
}

namespace {

Napi::Value schema(const Napi::CallbackInfo& info) { return schemaToJs(info.Env()); }

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Environment(env));  // N-API owns it and deletes it with the environment
  exports.Set("schema", Napi::Function::New(env, schema));
  addJobFunctions(env, exports);
  addNamespaceFunctions(env, exports);
  addSocketFunctions(env, exports);
  addHostFunctions(env, exports);
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
