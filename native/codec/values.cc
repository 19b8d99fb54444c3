#include "values.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "text.h"

namespace netloom {

namespace {

using schema::Attr;
using schema::Kind;

template <typename T>
void appendBytes(Bytes& out, T value, bool big) {
  uint8_t raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  if (big) std::reverse(raw, raw + sizeof value);  // the machines that netloom is built for are little-endian
  out.insert(out.end(), raw, raw + sizeof value);
}

uint32_t nameValue(const schema::Names& names, Napi::Value value, const Place& place) {
  if (value.IsNumber()) return integerOf(value, 0, UINT32_MAX, "a whole number of 32 bits", place);
  if (value.IsString()) {
    const std::string text = textIn(value);
    for (const auto& row : names.rows)
      if (text == row.text) return row.value;
  }
  std::string want;
  for (const auto& row : names.rows)
    want += (want.empty() ? "one of '" : ", '") + std::string(row.text) + "'";
  refuse(place, want + " or a number", value);
}

uint32_t namedBits(const schema::Names& names, Napi::Value value, const Place& place) {
  if (!names.bitmask || !value.IsArray()) return nameValue(names, value, place);
  uint32_t bits = 0;
  each(value, place,
       [&](Napi::Value item, const Place& itemPlace) { bits |= nameValue(names, item, itemPlace); });
  return bits;
}

template <typename T>
void append(const Attr& row, Napi::Value value, const Place& place, Bytes& out, bool big = false) {
  if (row.names != nullptr) {
    constexpr uint32_t most = std::numeric_limits<std::make_unsigned_t<T>>::max();
    const uint32_t bits = namedBits(*row.names, value, place);
    if (bits > most) refuse(place, "at most " + std::to_string(most), value);
    return appendBytes(out, static_cast<T>(bits), big);
  }
  constexpr int64_t least = std::numeric_limits<T>::min();
  constexpr int64_t most = std::numeric_limits<T>::max();
  const std::string want = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  appendBytes(out, static_cast<T>(integerOf(value, least, most, want, place)), big);
}

template <typename T>
void append64(Napi::Value value, const Place& place, Bytes& out, bool big = false) {
  constexpr bool isSigned = std::is_signed_v<T>;
  constexpr const char* want = isSigned ? "a bigint of 64 bits" : "a bigint from 0n to 2n**64n - 1n";
  if (value.IsNumber()) {
    constexpr int64_t kSafe = (int64_t{1} << 53) - 1;
    return appendBytes(out, static_cast<T>(integerOf(value, isSigned ? -kSafe : 0, kSafe, want, place)), big);
  }
  if (!value.IsBigInt()) refuse(place, want, value);
  bool lossless = false;
  T converted = 0;
  if constexpr (isSigned)
    converted = value.As<Napi::BigInt>().Int64Value(&lossless);
  else
    converted = value.As<Napi::BigInt>().Uint64Value(&lossless);
  if (!lossless) refuse(place, want, value);
  appendBytes(out, converted, big);
}

}  // namespace

std::string textIn(Napi::Value value) {
  char buffer[128];
  size_t length = 0;
  napi_get_value_string_utf8(value.Env(), value, buffer, sizeof buffer, &length);
  // A full buffer may have been too short.
  if (length + 1 < sizeof buffer) return {buffer, length};
  return value.As<Napi::String>().Utf8Value();
}

void refuse(const Place& place, const std::string& want, Napi::Value got) {
  std::string shown = got.IsArray() ? "an array" : got.IsObject() ? "an object" : got.ToString().Utf8Value();
  if (got.IsString()) shown = "'" + shown + "'";
  throw Refusal{place.text(), "must be " + want + ", got " + shown};
}

bool booleanOf(Napi::Value value, const Place& place) {
  if (!value.IsBoolean()) refuse(place, "true or false", value);
  return value.As<Napi::Boolean>().Value();
}

int64_t integerOf(Napi::Value value, int64_t least, int64_t most, const std::string& want,
                  const Place& place) {
  const double given = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
  const bool fits = given >= static_cast<double>(least) && given <= static_cast<double>(most);
  if (!fits || given != std::trunc(given)) refuse(place, want, value);
  return static_cast<int64_t>(given);
}

void appendScalar(const Attr& row, Napi::Value value, const Place& place, Bytes& out) {
  switch (row.kind) {
    case Kind::kU8:
      return append<uint8_t>(row, value, place, out);
    case Kind::kU16:
      return append<uint16_t>(row, value, place, out);
    case Kind::kU32:
      return append<uint32_t>(row, value, place, out);
    case Kind::kS8:
      return append<int8_t>(row, value, place, out);
    case Kind::kS32:
      return append<int32_t>(row, value, place, out);
    case Kind::kBe16:
      return append<uint16_t>(row, value, place, out, true);
    case Kind::kBe32:
      return append<uint32_t>(row, value, place, out, true);
    case Kind::kSBe32:
      return append<int32_t>(row, value, place, out, true);
    case Kind::kU64:
      return append64<uint64_t>(value, place, out);
    case Kind::kS64:
      return append64<int64_t>(value, place, out);
    case Kind::kBe64:
      return append64<uint64_t>(value, place, out, true);
    case Kind::kBool:
      out.push_back(booleanOf(value, place) ? 1 : 0);
      return;
    case Kind::kWeight: {
      const int64_t most = int64_t{1} << (8 * row.arg);
      const std::string want = "a whole number from 1 to " + std::to_string(most);
      const int64_t weight = integerOf(value, 1, most, want, place) - 1;
      for (uint32_t i = 0; i < row.arg; i++) out.push_back(static_cast<uint8_t>(weight >> (8 * i)));
      return;
    }
    case Kind::kMac: {
      const auto bytes = value.IsString() ? parseLinkAddress(textIn(value)) : std::nullopt;
      // What the kernel's link types have: IPv4 tunnels, Ethernet, FireWire, IPv6 tunnels, InfiniBand.
      constexpr size_t kLengths[] = {4, 6, 8, 16, 20};
      if (!bytes || std::find(std::begin(kLengths), std::end(kLengths), bytes->size()) == std::end(kLengths))
        refuse(place, "a link-layer address such as '02:00:00:00:00:01'", value);
      out.insert(out.end(), bytes->begin(), bytes->end());
      return;
    }
    case Kind::kHandle: {
      const auto handle = value.IsString() ? parseHandle(textIn(value)) : std::nullopt;
      if (!handle) refuse(place, "a handle such as '1:', '1:10' (hexadecimal) or 'root'", value);
      return appendBytes(out, *handle, false);
    }
    case Kind::kIp4: {
      const auto parsed = value.IsString() ? parseAddress(textIn(value)) : std::nullopt;
      if (!parsed || parsed->size != 4) refuse(place, "an IPv4 address such as '10.0.0.1'", value);
      out.insert(out.end(), parsed->bytes.begin(), parsed->bytes.begin() + parsed->size);
      return;
    }
    default:
      throw Refusal{place.text(), "cannot be written"};
  }
}

}  // namespace netloom
