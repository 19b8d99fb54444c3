// Programs from JavaScript, outcomes and events to JavaScript.
#pragma once

#include <napi.h>

#include "../codec/codec.h"
#include "../executor/executor.h"

namespace netloom {

// A request as src/native.ts describes it. Throws Refusal, or a TypeError for an unknown family or verb.
Request requestFromJs(Napi::Env env, Napi::Object request);

// A refusal inside a program says where.
struct ProgramRefusal {
  uint32_t step;
  int request;  // of a transaction; -1 otherwise
  Refusal refusal;
};
// `slots`: how many slots the earlier parts of the program have. Throws ProgramRefusal.
Program programFromJs(Napi::Env env, Napi::Object program, size_t slots = 0);

Napi::Object outcomeToJs(Napi::Env env, Keys& keys, const Completion& completion);
Napi::Array eventsToJs(Napi::Env env, Keys& keys, int protocol, const std::vector<MonitorEvent>& events);

}  // namespace netloom
