#include <algorithm>

#include "../netlink/walk.h"
#include "codec.h"
#include "text.h"

namespace netloom {

namespace {

using schema::Attr;
using schema::AttrSet;
using schema::Kind;

// The tables nest without end (a veth's peer is a link), so a message could too.
constexpr int kDeepest = 16;

constexpr std::string_view kUnknown = "unknown";

class Decoder {
 public:
  Decoder(Napi::Env env, Keys& keys) : env_(env), keys_(keys) {}

  Napi::Object object(const AttrSet& set, ByteView bytes, int depth = 0) {
    Napi::Object out = Napi::Object::New(env_);
    if (bytes.size() < set.headerSize) return out;
    const ByteView header = bytes.first(set.headerSize);
    for (const auto& row : set.header) headerField(out, row, header);
    const size_t start = std::min<size_t>(NLMSG_ALIGN(set.headerSize), bytes.size());
    attributes(out, set, header, bytes.subspan(start), depth);
    return out;
  }

 private:
  void set(Napi::Object& out, std::string_view key, napi_value value) { out.Set(keys_.of(env_, key), value); }

  void attributes(Napi::Object& out, const AttrSet& table, ByteView header, ByteView bytes, int depth) {
    AttributeReader reader(bytes);
    while (const auto attribute = reader.next()) {
      const Attr* row = rowOf(table, attribute->type);
      if (row == nullptr || !value(out, table, *row, header, bytes, attribute->payload, depth))
        unknown(out, *attribute);
    }
  }

  // What no table knows, or what is too short for its row, stays as bytes.
  void unknown(Napi::Object& out, const AttributeView& attribute) {
    const Napi::Value key = keys_.of(env_, kUnknown);
    if (!out.HasOwnProperty(key)) out.Set(key, Napi::Object::New(env_));
    out.Get(key).As<Napi::Object>().Set(uint32_t{attribute.type}, copy(attribute.payload));
  }

  Napi::Value copy(ByteView bytes) {
    auto array = Napi::Uint8Array::New(env_, bytes.size());
    std::copy(bytes.begin(), bytes.end(), array.Data());
    return array;
  }

  void headerField(Napi::Object& out, const Attr& row, ByteView header) {
    const ByteView field = header.subspan(row.type);
    if (row.kind == Kind::kBit8)
      return set(out, row.key, Napi::Boolean::New(env_, (field[0] & row.arg) != 0));
    if (row.kind == Kind::kBit32)
      return set(out, row.key, Napi::Boolean::New(env_, (load<uint32_t>(field) & row.arg) != 0));
    const Napi::Value decoded = scalar(row, field);
    if (!decoded.IsEmpty()) set(out, row.key, decoded);
  }

  bool value(Napi::Object& out, const AttrSet& table, const Attr& row, ByteView header, ByteView siblings,
             ByteView payload, int depth) {
    switch (row.kind) {
      case Kind::kNest:
        if (depth >= kDeepest) return false;
        set(out, row.key, object(*row.nest, payload, depth + 1));
        return true;
      case Kind::kInline:
        if (depth >= kDeepest) return false;
        attributes(out, *row.nest, header, payload, depth + 1);
        return true;
      case Kind::kUnion: {
        const AttrSet* chosen = nestOf(table, row, siblings);
        if (chosen == nullptr || depth >= kDeepest) return false;
        set(out, row.key, object(*chosen, payload, depth + 1));
        return true;
      }
      case Kind::kList:
        return list(out, row, payload, depth);
      case Kind::kArray:
        return array(out, row, payload);
      case Kind::kSkip:
        return true;
      case Kind::kMultipath:
        return multipath(out, row, payload, depth);
      case Kind::kGroup:
        return group(out, row, payload);
      case Kind::kDevconf:
        return devconf(out, row, payload);
      case Kind::kStruct: {
        // A newer kernel's structure may be longer, an older one's shorter: fields beyond the end are left
        // out.
        Napi::Object fields = Napi::Object::New(env_);
        for (const auto& field : row.nest->header)
          if (field.type < payload.size())
            if (const Napi::Value decoded = scalar(field, payload.subspan(field.type)); !decoded.IsEmpty())
              set(fields, field.key, decoded);
        set(out, row.key, fields);
        return true;
      }
      case Kind::kPrefix: {
        if (payload.size() != 4 && payload.size() != 16) return false;
        const uint8_t length = header.empty() ? 0 : header[row.arg];
        set(out, row.key, Napi::String::New(env_, formatAddress(payload) + "/" + std::to_string(length)));
        return true;
      }
      default: {
        const Napi::Value decoded = scalar(row, payload);
        if (decoded.IsEmpty()) return false;
        set(out, row.key, decoded);
        return true;
      }
    }
  }

  bool list(Napi::Object& out, const Attr& row, ByteView payload, int depth) {
    if (depth >= kDeepest) return false;
    Napi::Array items = Napi::Array::New(env_);
    AttributeReader reader(payload);
    while (const auto element = reader.next())
      items.Set(items.Length(), object(*row.nest, element->payload, depth + 1));
    set(out, row.key, items);
    return true;
  }

  bool array(Napi::Object& out, const Attr& row, ByteView payload) {
    Napi::Array items = Napi::Array::New(env_);
    AttributeReader reader(payload);
    while (const auto element = reader.next())
      if (const Napi::Value item = scalar(row.nest->attrs.front(), element->payload); !item.IsEmpty())
        items.Set(items.Length(), item);
    set(out, row.key, items);
    return true;
  }

  bool multipath(Napi::Object& out, const Attr& row, ByteView payload, int depth) {
    Napi::Array hops = Napi::Array::New(env_);
    while (payload.size() >= row.nest->headerSize) {
      const size_t length = load<uint16_t>(payload);
      if (length < row.nest->headerSize || length > payload.size()) break;
      hops.Set(hops.Length(), object(*row.nest, payload.first(length), depth + 1));
      payload = payload.subspan(std::min<size_t>(NLMSG_ALIGN(length), payload.size()));
    }
    set(out, row.key, hops);
    return true;
  }

  bool group(Napi::Object& out, const Attr& row, ByteView payload) {
    Napi::Array items = Napi::Array::New(env_);
    for (; payload.size() >= row.nest->headerSize; payload = payload.subspan(row.nest->headerSize)) {
      Napi::Object item = Napi::Object::New(env_);
      for (const auto& field : row.nest->header)
        headerField(item, field, payload.first(row.nest->headerSize));
      items.Set(items.Length(), item);
    }
    set(out, row.key, items);
    return true;
  }

  // The kernel answers with a plain array in which value n stands at n - 1.
  bool devconf(Napi::Object& out, const Attr& row, ByteView payload) {
    Napi::Object values = Napi::Object::New(env_);
    for (const auto& field : row.nest->attrs) {
      const size_t at = (field.type - 1) * sizeof(uint32_t);
      if (at + sizeof(uint32_t) <= payload.size())
        set(values, field.key, Napi::Number::New(env_, load<int32_t>(payload, at)));
    }
    set(out, row.key, values);
    return true;
  }

  Napi::Value string(ByteView payload) {
    const std::string_view text = textOf(payload);
    return Napi::String::New(env_, text.data(), text.size());
  }

  template <typename T>
  Napi::Value number(const Attr& row, ByteView payload, bool big = false) {
    if (payload.size() < sizeof(T)) return {};
    uint8_t raw[sizeof(T)];
    std::copy_n(payload.begin(), sizeof(T), raw);
    if (big) std::reverse(raw, raw + sizeof(T));
    T out;
    std::memcpy(&out, raw, sizeof out);
    if (row.names != nullptr) return named(*row.names, static_cast<std::make_unsigned_t<T>>(out));
    if constexpr (sizeof(T) == 8 && std::is_signed_v<T>)
      return Napi::BigInt::New(env_, int64_t{out});
    else if constexpr (sizeof(T) == 8)
      return Napi::BigInt::New(env_, uint64_t{out});
    else
      return Napi::Number::New(env_, out);
  }

  // The name of a value, or its number where it has none; of a bitmask, the names and then the bits without
  // one.
  Napi::Value named(const schema::Names& names, uint32_t value) {
    if (!names.bitmask) {
      for (const auto& row : names.rows)
        if (row.value == value) return Napi::String::New(env_, row.text);
      return Napi::Number::New(env_, value);
    }
    Napi::Array out = Napi::Array::New(env_);
    for (const auto& row : names.rows) {
      if (row.value == 0 || (value & row.value) != row.value) continue;
      out.Set(out.Length(), row.text);
      value &= ~row.value;
    }
    if (value != 0) out.Set(out.Length(), value);
    return out;
  }

  // An empty value if the payload does not fit the row.
  Napi::Value scalar(const Attr& row, ByteView payload) {
    switch (row.kind) {
      case Kind::kU8:
        return number<uint8_t>(row, payload);
      case Kind::kU16:
        return number<uint16_t>(row, payload);
      case Kind::kU32:
      case Kind::kDev:
      case Kind::kNetns:
        return number<uint32_t>(row, payload);
      case Kind::kU64:
        return number<uint64_t>(row, payload);
      case Kind::kS8:
        return number<int8_t>(row, payload);
      case Kind::kS32:
        return number<int32_t>(row, payload);
      case Kind::kS64:
        return number<int64_t>(row, payload);
      case Kind::kBe16:
        return number<uint16_t>(row, payload, true);
      case Kind::kBe32:
        return number<uint32_t>(row, payload, true);
      case Kind::kBe64:
        return number<uint64_t>(row, payload, true);
      case Kind::kSBe32:
        return number<int32_t>(row, payload, true);
      case Kind::kBool:
        if (payload.empty()) return {};
        return Napi::Boolean::New(env_, payload[0] != 0);
      case Kind::kFlag:
        return Napi::Boolean::New(env_, payload.empty() || payload[0] != 0);
      case Kind::kHandle:
        if (payload.size() < sizeof(uint32_t)) return {};
        return Napi::String::New(env_, formatHandle(load<uint32_t>(payload)));
      case Kind::kUint: {
        if (payload.size() >= 8) return Napi::BigInt::New(env_, load<uint64_t>(payload));
        if (payload.size() < 4) return {};
        return Napi::BigInt::New(env_, uint64_t{load<uint32_t>(payload)});
      }
      case Kind::kWeight: {
        uint32_t weight = 1;
        if (payload.size() < row.arg) return {};
        for (uint32_t i = 0; i < row.arg; i++) weight += uint32_t{payload[i]} << (8 * i);
        return Napi::Number::New(env_, weight);
      }
      case Kind::kStr:
        return string(payload);
      case Kind::kMac:
        return Napi::String::New(env_, formatLinkAddress(payload));
      case Kind::kIp4:
        if (payload.size() < 4) return {};
        return Napi::String::New(env_, formatAddress(payload.first(4)));
      case Kind::kIp6:
      case Kind::kIp:
        if (payload.size() != 4 && payload.size() != 16) return {};
        return Napi::String::New(env_, formatAddress(payload));
      case Kind::kVia:
        if (payload.size() != 2 + 4 && payload.size() != 2 + 16) return {};
        return Napi::String::New(env_, formatAddress(payload.subspan(2)));
      case Kind::kBytes:
        return copy(payload);
      default:
        return {};
    }
  }

  Napi::Env env_;
  Keys& keys_;
};

}  // namespace

Napi::Value Keys::of(Napi::Env env, std::string_view text) {
  if (strings_.IsEmpty()) strings_ = Napi::Persistent(Napi::Array::New(env));
  const Napi::Array strings = strings_.Value();
  const auto [found, isNew] = places_.emplace(text.data(), strings.Length());
  if (isNew) strings.Set(found->second, Napi::String::New(env, text.data(), text.size()));
  return strings.Get(found->second);
}

Napi::Object decodeMessage(Napi::Env env, Keys& keys, const schema::Family& family, ByteView message) {
  return Decoder(env, keys).object(*family.set, payloadOf(message));
}

}  // namespace netloom
