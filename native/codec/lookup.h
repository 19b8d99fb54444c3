// Finds the row of a key in a table. No N-API in here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "../netlink/schema.h"

namespace netloom {

struct Found {
  const schema::Attr* row = nullptr;
  bool inHeader = false;
  const schema::Attr* through =
      nullptr;  // the inlined nest that holds the row, if it is not in the table itself
};

inline Found findRow(const schema::AttrSet& set, std::string_view key) {
  if (key.empty()) return {};  // inlined and skipped rows have no key
  for (const auto& row : set.header)
    if (row.key == key) return {&row, true, nullptr};
  for (const auto& row : set.attrs)
    if (row.key == key) return {&row, false, nullptr};
  for (const auto& row : set.attrs) {
    if (row.kind != schema::Kind::kInline) continue;
    for (const auto& inner : row.nest->attrs)
      if (inner.key == key) return {&inner, false, &row};
  }
  return {};
}

// What a request may say: the keys of the table, of its header and of what it inlines.
std::vector<std::string_view> writableKeys(const schema::AttrSet& set);

// The candidate nearest to what was written, if it is near enough to be meant; else empty.
std::string_view nearest(std::string_view written, const std::vector<std::string_view>& candidates);

}  // namespace netloom
