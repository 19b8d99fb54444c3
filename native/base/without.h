// Machinery for speed that the environment variable NETLOOM_WITHOUT switches off, so that benchmarks show
// what each piece saves: a comma-separated list. src/base/without.ts checks the names.
#pragma once

#include <cstdlib>
#include <string_view>

namespace netloom {

// Read when an executor is created, on the thread of JavaScript.
inline bool isWithout(std::string_view piece) {
  const char* list = std::getenv("NETLOOM_WITHOUT");
  std::string_view rest = list == nullptr ? "" : list;
  while (!rest.empty()) {
    const size_t end = rest.find(',');
    if (rest.substr(0, end) == piece) return true;
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return false;
}

}  // namespace netloom
