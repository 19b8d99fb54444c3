// Programs from JavaScript, outcomes and events to JavaScript.
#pragma once

#include <napi.h>

#include <span>

#include "../executor/executor.h"

namespace netloom {

// `slots`: how many slots the earlier parts of the program have.
Program programFromJs(Napi::Env env, Napi::Object program, size_t slots = 0);

// Whole messages, one after another.
Napi::Value bytesToJs(Napi::Env env, std::span<const Bytes> parts);
Napi::Object outcomeToJs(Napi::Env env, const Completion& completion);
Napi::Array eventsToJs(Napi::Env env, const std::vector<MonitorEvent>& events);
// The attribute tables as data: what src/codec works by.
Napi::Object schemaToJs(Napi::Env env);

}  // namespace netloom
