#include "text.h"

#include <arpa/inet.h>

#include <charconv>

namespace netloom {

std::optional<Address> parseAddress(const std::string& text) {
  Address out;
  if (inet_pton(AF_INET, text.c_str(), out.bytes.data()) == 1) {
    out.size = 4;
    return out;
  }
  if (inet_pton(AF_INET6, text.c_str(), out.bytes.data()) == 1) {
    out.size = 16;
    return out;
  }
  return std::nullopt;
}

std::optional<Prefix> parsePrefix(const std::string& text) {
  const size_t slash = text.find('/');
  const auto address = parseAddress(text.substr(0, slash));
  if (!address) return std::nullopt;
  const uint8_t longest = address->size * 8;
  if (slash == std::string::npos) return Prefix{*address, longest};
  uint8_t length = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, length);
  if (error != std::errc() || stop != end || length > longest) return std::nullopt;
  return Prefix{*address, length};
}

std::optional<Bytes> parseLinkAddress(const std::string& text) {
  constexpr size_t kLongest = 32;  // MAX_ADDR_LEN
  if (text.size() % 3 != 2 || text.size() > kLongest * 3) return std::nullopt;
  Bytes out;
  for (size_t at = 0; at < text.size(); at += 3) {
    uint8_t octet = 0;
    const char* end = text.data() + at + 2;
    const auto [stop, error] = std::from_chars(text.data() + at, end, octet, 16);
    if (error != std::errc() || stop != end) return std::nullopt;
    if (at + 2 < text.size() && text[at + 2] != ':') return std::nullopt;
    out.push_back(octet);
  }
  return out;
}

}  // namespace netloom
