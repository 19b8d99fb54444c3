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
Program programFromJs(Napi::Env env, Napi::Object program);  // throws ProgramRefusal

Napi::Object outcomeToJs(Napi::Env env, const Completion& completion);
Napi::Array eventsToJs(Napi::Env env, const std::vector<MonitorEvent>& events);

}  // namespace netloom
