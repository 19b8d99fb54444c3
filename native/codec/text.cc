#include "text.h"

#include <arpa/inet.h>
#include <linux/pkt_sched.h>

#include <charconv>
#include <cstdio>

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

std::string formatAddress(ByteView bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), text, sizeof text);
  return text;
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

std::string formatLinkAddress(ByteView bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 3);
  for (const uint8_t octet : bytes) {
    if (!out.empty()) out += ':';
    out += kDigits[octet >> 4];
    out += kDigits[octet & 15];
  }
  return out;
}

std::optional<uint32_t> parseHandle(const std::string& text) {
  if (text == "root") return TC_H_ROOT;
  const size_t colon = text.find(':');
  if (colon == std::string::npos) return std::nullopt;
  uint16_t major = 0;
  uint16_t minor = 0;
  const auto read = [&](size_t from, size_t to, uint16_t& out) {
    if (from == to) return true;  // an empty half is 0
    const char* end = text.data() + to;
    const auto [stop, error] = std::from_chars(text.data() + from, end, out, 16);
    return error == std::errc() && stop == end;
  };
  if (!read(0, colon, major) || !read(colon + 1, text.size(), minor)) return std::nullopt;
  return TC_H_MAKE(uint32_t{major} << 16, minor);
}

std::string formatHandle(uint32_t handle) {
  if (handle == TC_H_ROOT) return "root";
  char out[16];
  const uint32_t minor = TC_H_MIN(handle);
  if (minor == 0)
    snprintf(out, sizeof out, "%x:", TC_H_MAJ(handle) >> 16);
  else
    snprintf(out, sizeof out, "%x:%x", TC_H_MAJ(handle) >> 16, minor);
  return out;
}

}  // namespace netloom
