#include "walk.h"

#include <algorithm>

namespace netloom {

using schema::Attr;
using schema::AttrSet;
using schema::Kind;

const Attr* rowOf(const AttrSet& set, uint16_t type) {
  const auto row =
      std::find_if(set.attrs.begin(), set.attrs.end(), [&](const Attr& a) { return a.type == type; });
  return row == set.attrs.end() ? nullptr : &*row;
}

namespace {

// The name of a value in network byte order; empty if it has none.
std::string_view nameOf(const schema::Names& names, ByteView payload) {
  if (payload.size() != 4) return {};
  const uint32_t value = static_cast<uint32_t>(payload[0]) << 24 | static_cast<uint32_t>(payload[1]) << 16 |
                         static_cast<uint32_t>(payload[2]) << 8 | static_cast<uint32_t>(payload[3]);
  const auto row = std::find_if(names.rows.begin(), names.rows.end(),
                                [&](const schema::Name& one) { return one.value == value; });
  return row == names.rows.end() ? std::string_view{} : std::string_view{row->text};
}

}  // namespace

const AttrSet* nestOf(const AttrSet& set, const Attr& row, ByteView siblings) {
  if (row.kind == Kind::kNest || row.kind == Kind::kInline) return row.nest;
  if (row.kind != Kind::kUnion) return nullptr;
  const auto selector =
      std::find_if(set.attrs.begin(), set.attrs.end(), [&](const Attr& a) { return a.key == row.selector; });
  if (selector == set.attrs.end()) return nullptr;
  const auto chosen = findAttribute(siblings, selector->type);
  if (!chosen) return nullptr;
  const auto name = selector->names == nullptr ? textOf(*chosen) : nameOf(*selector->names, *chosen);
  for (const auto& variant : row.variants) {
    if (variant.name == name) return variant.set;
  }
  return nullptr;
}

ByteView attributesOf(const AttrSet& set, ByteView payload) {
  const size_t header = NLMSG_ALIGN(set.headerSize);
  return header > payload.size() ? ByteView{} : payload.subspan(header);
}

std::string_view textOf(ByteView payload) {
  const auto* text = reinterpret_cast<const char*>(payload.data());
  return {text, static_cast<size_t>(std::find(payload.begin(), payload.end(), 0) - payload.begin())};
}

size_t sizeOf(const Attr& field) {
  switch (field.kind) {
    case Kind::kU8:
    case Kind::kS8:
    case Kind::kBool:
    case Kind::kBit8:
      return 1;
    case Kind::kU16:
    case Kind::kBe16:
      return 2;
    case Kind::kU64:
    case Kind::kS64:
    case Kind::kBe64:
      return 8;
    case Kind::kIp6:
      return 16;
    case Kind::kWeight:
      return field.arg;
    default:
      return 4;
  }
}

}  // namespace netloom
