// JavaScript objects to messages, by the attribute tables; the way back is src/codec. Runs on the
// JavaScript thread of the environment.
#pragma once

#include <napi.h>

#include <string>

#include "../executor/program.h"
#include "../netlink/schema.h"

namespace netloom {

// The addon's own refusal of a body, before any system call.
struct Refusal {
  std::string path;
  std::string problem;
};

// Encodes one request (throws Refusal). `flags` are further NLM_F_ flags.
Request encodeRequest(Napi::Env env, const schema::Family& family, schema::Verb verb, Napi::Value body,
                      uint16_t flags);

// The tables as data, for documentation and tests.
Napi::Object describeSchema(Napi::Env env);

}  // namespace netloom
