// JavaScript values that become a few bytes: checked, named, in the right byte order. All throw Refusal.
#pragma once

#include <napi.h>

#include <string>

#include "codec.h"
#include "place.h"

namespace netloom {

// "want" completes the sentence "must be ...".
[[noreturn]] void refuse(const Place& place, const std::string& want, Napi::Value got);

bool booleanOf(Napi::Value value, const Place& place);
int64_t integerOf(Napi::Value value, int64_t least, int64_t most, const std::string& want,
                  const Place& place);

// Appends the bytes of a number, a name, an array of names or an IPv4 address, as the row says.
void appendScalar(const schema::Attr& row, Napi::Value value, const Place& place, Bytes& out);

// The text of a string value.
std::string textIn(Napi::Value value);

// Calls visit(item, its place) for each item of an array.
template <typename Visit>
void each(Napi::Value value, const Place& place, Visit visit) {
  if (!value.IsArray()) refuse(place, "an array", value);
  const auto array = value.As<Napi::Array>();
  const uint32_t length = array.Length();
  for (uint32_t i = 0; i < length; i++) visit(array.Get(i), Place{&place, {}, i});
}

// Calls visit(key, value, its place) for each own property that is not undefined.
template <typename Visit>
void eachProperty(Napi::Object object, const Place& place, Visit visit) {
  const Napi::Env env = object.Env();
  napi_value names = nullptr;
  // Not GetPropertyNames, which walks the prototypes as well.
  if (napi_get_all_property_names(env, object, napi_key_own_only,
                                  static_cast<napi_key_filter>(napi_key_enumerable | napi_key_skip_symbols),
                                  napi_key_numbers_to_strings, &names) != napi_ok)
    throw Napi::Error::New(env);
  const Napi::Array keys(env, names);
  const uint32_t length = keys.Length();
  for (uint32_t i = 0; i < length; i++) {
    const Napi::Value name = keys.Get(i);
    const Napi::Value value = object.Get(name);
    if (value.IsUndefined()) continue;
    const std::string key = textIn(name);
    visit(key, value, Place{&place, key});
  }
}

}  // namespace netloom
