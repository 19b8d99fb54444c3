#include "path.h"

#include "walk.h"

namespace netloom {
namespace {

using schema::Attr;
using schema::AttrSet;
using schema::Kind;

// A message may nest deeper than any object, since it need not come from the encoder (fuzzing, raw bodies).
constexpr int kDeepest = 16;

std::string joined(const std::string& prefix, std::string_view key) {
  if (prefix.empty()) return std::string(key);
  if (key.empty()) return prefix;
  return prefix + "." + std::string(key);
}

// The attribute that covers an offset: the path of the innermost row, and its table if the offset is that of
// a nest.
struct Place {
  std::string path;
  const AttrSet* set = nullptr;
};

// Finds the row that covers the byte at `target` in `base`, the message from which all offsets count.
class Finder {
 public:
  Finder(ByteView base, uint32_t target) : base_(base), target_(target) {}

  // A fixed header and the attributes after it.
  Place inSet(const AttrSet& set, ByteView payload, const std::string& prefix, int depth) const {
    if (depth > kDeepest) return {prefix};
    for (const auto& row : set.header) {
      const size_t start = offsetOf(payload) + row.type;
      if (target_ >= start && target_ < start + sizeOf(row)) return {joined(prefix, row.key)};
    }
    return inAttributes(set, attributesOf(set, payload), prefix, depth);
  }

 private:
  [[nodiscard]] size_t offsetOf(ByteView part) const {
    return static_cast<size_t>(part.data() - base_.data());
  }

  [[nodiscard]] bool covers(ByteView part, size_t before) const {
    return target_ + before >= offsetOf(part) && target_ < offsetOf(part) + part.size();
  }

  Place inAttributes(const AttrSet& set, ByteView attributes, const std::string& prefix, int depth) const {
    AttributeReader reader(attributes);
    while (const auto attribute = reader.next()) {
      if (!covers(attribute->payload, NLA_HDRLEN)) continue;
      const Attr* row = rowOf(set, attribute->type);
      if (row == nullptr) return {prefix};
      const std::string path = joined(prefix, row->key);
      const AttrSet* nest = nestOf(set, *row, attributes);
      if (target_ < offsetOf(attribute->payload)) return {path, nest};
      if (nest != nullptr) return orOuter(inSet(*nest, attribute->payload, path, depth + 1), path, nest);
      return inRow(*row, attribute->payload, path, depth);
    }
    return {prefix};
  }

  Place inRow(const Attr& row, ByteView payload, const std::string& path, int depth) const {
    if (row.kind == Kind::kList || row.kind == Kind::kArray) return inList(row, payload, path, depth);
    if (row.nest == nullptr) return {path};
    switch (row.kind) {
      case Kind::kStruct:
        return inSet(*row.nest, payload, path, depth + 1);
      case Kind::kDevconf:
        return inAttributes(*row.nest, payload, path, depth + 1);
      case Kind::kMultipath:
        return inHops(row, payload, path, depth);
      case Kind::kGroup:
        return inGroup(row, payload, path, depth);
      default:
        return {path};
    }
  }

  Place inList(const Attr& row, ByteView payload, const std::string& path, int depth) const {
    AttributeReader reader(payload);
    for (size_t i = 0; const auto element = reader.next(); i++) {
      if (!covers(element->payload, NLA_HDRLEN)) continue;
      const std::string item = path + "[" + std::to_string(i) + "]";
      // The elements of an array, and of a list without a table, are plain values.
      if (row.kind == Kind::kArray || row.nest == nullptr) return {item};
      if (target_ < offsetOf(element->payload)) return {item, row.nest};
      return inSet(*row.nest, element->payload, item, depth + 1);
    }
    return {path};
  }

  Place inHops(const Attr& row, ByteView payload, const std::string& path, int depth) const {
    for (size_t i = 0; payload.size() >= row.nest->headerSize && payload.size() >= sizeof(uint16_t); i++) {
      const size_t length = load<uint16_t>(payload);  // rtnexthop.rtnh_len
      if (length < row.nest->headerSize || length < sizeof(uint16_t) || length > payload.size()) break;
      const ByteView hop = payload.first(length);
      if (covers(hop, 0)) return inSet(*row.nest, hop, path + "[" + std::to_string(i) + "]", depth + 1);
      payload = payload.subspan(std::min<size_t>(NLMSG_ALIGN(length), payload.size()));
    }
    return {path};
  }

  Place inGroup(const Attr& row, ByteView payload, const std::string& path, int depth) const {
    const size_t size = row.nest->headerSize;
    if (size == 0) return {path};
    const size_t index = (target_ - offsetOf(payload)) / size;
    if ((index + 1) * size > payload.size()) return {path};
    return inSet(*row.nest, payload.subspan(index * size, size), path + "[" + std::to_string(index) + "]",
                 depth + 1);
  }

  // An offset inside a nest that none of its rows covers belongs to the nest.
  static Place orOuter(Place inner, const std::string& path, const AttrSet* nest) {
    if (inner.path == path && inner.set == nullptr) inner.set = nest;
    return inner;
  }

  ByteView base_;
  uint32_t target_;
};

Place placeAt(const schema::Family& family, ByteView message, uint32_t offset) {
  if (message.size() < NLMSG_HDRLEN || offset >= message.size()) return {};
  return Finder(message, offset).inSet(*family.set, payloadOf(message), {}, 0);
}

}  // namespace

std::string pathAt(const schema::Family& family, ByteView message, uint32_t offset) {
  return placeAt(family, message, offset).path;
}

std::string missingPath(const schema::Family& family, ByteView message, uint32_t type, uint32_t nestOffset) {
  Place place;
  place.set = family.set;
  if (nestOffset != 0) place = placeAt(family, message, nestOffset);
  if (place.set == nullptr) return place.path;
  const Attr* row = rowOf(*place.set, static_cast<uint16_t>(type));
  return row == nullptr ? place.path : joined(place.path, row->key);
}

}  // namespace netloom
