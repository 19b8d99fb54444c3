#include "lookup.h"

#include <algorithm>
#include <numeric>

namespace netloom {

namespace {

void collect(std::span<const schema::Attr> rows, std::vector<std::string_view>& out) {
  for (const auto& row : rows) {
    if (row.kind == schema::Kind::kInline)
      collect(row.nest->attrs, out);
    else if (row.access != schema::Access::kReply)
      out.push_back(row.key);
  }
}

// Levenshtein's distance, one row of the matrix at a time.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); i++) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); j++) {
      const size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::vector<std::string_view> writableKeys(const schema::AttrSet& set) {
  std::vector<std::string_view> out;
  collect(set.header, out);
  collect(set.attrs, out);
  return out;
}

std::string_view nearest(std::string_view written, const std::vector<std::string_view>& candidates) {
  std::string_view best;
  size_t bestDistance = std::max<size_t>(2, written.size() / 3) + 1;
  for (const auto candidate : candidates) {
    const size_t d = distance(written, candidate);
    if (d < bestDistance) {
      bestDistance = d;
      best = candidate;
    }
  }
  return best;
}

}  // namespace netloom
