// The functions that JavaScript calls: those of src/native/contract.ts. Each is a thin adapter between
// JavaScript values and the native side.
#pragma once

#include <napi.h>

#include <memory>

#include "../netns/namespace.h"

namespace netloom {

class Environment;
using NamespacePtr = std::shared_ptr<Namespace>;

Environment& environmentOf(const Napi::CallbackInfo& info);
// An error with the errno and the name of the system call that failed.
Napi::Error systemError(Napi::Env env, const char* call, int error);

void addJobFunctions(Napi::Env env, Napi::Object exports);
void addNamespaceFunctions(Napi::Env env, Napi::Object exports);
void addSocketFunctions(Napi::Env env, Napi::Object exports);
void addHostFunctions(Napi::Env env, Napi::Object exports);

}  // namespace netloom
