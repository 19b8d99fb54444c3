// Where in the caller's object a value stands. A chain on the stack: its text is made only for a refusal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace netloom {

struct Place {
  const Place* outer = nullptr;
  std::string_view key = {};
  int64_t index = -1;  // of an array's item; then there is no key

  [[nodiscard]] std::string text() const {
    const std::string before = outer == nullptr ? "" : outer->text();
    if (index >= 0) return before + "[" + std::to_string(index) + "]";
    if (before.empty() || key.empty()) return before + std::string(key);
    return before + "." + std::string(key);
  }
};

}  // namespace netloom
