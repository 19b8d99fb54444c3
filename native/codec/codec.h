// JavaScript objects to messages and back, by the attribute tables. Runs on the JavaScript thread of the
// environment.
#pragma once

#include <napi.h>

#include <string>
#include <unordered_map>

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

// Property names as JavaScript strings, made once per environment. N-API 8 has no references to strings: an
// array keeps them.
class Keys {
 public:
  Napi::Value of(Napi::Env env, std::string_view text);

 private:
  Napi::Reference<Napi::Array> strings_;
  // Keyed by address: every key of a table is a literal that lives as long as the addon.
  std::unordered_map<const char*, uint32_t> places_;
};

// Decodes one message's fixed header and attributes into an object.
Napi::Object decodeMessage(Napi::Env env, Keys& keys, const schema::Family& family, ByteView message);

// The tables as data, for documentation and tests.
Napi::Object describeSchema(Napi::Env env);

}  // namespace netloom
