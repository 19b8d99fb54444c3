// Converts programs from JavaScript, and outcomes and events to JavaScript.
#pragma once

#include <napi.h>

#include <span>

#include "../executor/executor.h"

namespace netloom {

// `slots`: the number of slots of earlier parts of the program.
Program programFromJs(Napi::Env env, Napi::Object program, size_t slots = 0);

// Concatenates whole messages.
Napi::Value bytesToJs(Napi::Env env, std::span<const Bytes> parts);
Napi::Object outcomeToJs(Napi::Env env, const Completion& completion);
Napi::Array eventsToJs(Napi::Env env, const std::vector<MonitorEvent>& events);
// The attribute tables as data for src/codec.
Napi::Object schemaToJs(Napi::Env env);
// The names of the operations of a program's steps, in the order of their numbers.
Napi::Array operationsToJs(Napi::Env env);

}  // namespace netloom
