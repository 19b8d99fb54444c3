// Addresses between text and bytes. No N-API in here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "../netlink/message.h"

namespace netloom {

struct Address {
  std::array<uint8_t, 16> bytes{};
  uint8_t size = 0;  // 4 or 16
};

std::optional<Address> parseAddress(const std::string& text);
std::string formatAddress(ByteView bytes);  // 4 or 16 bytes

// "10.0.0.0/8"; without a length all bits count.
struct Prefix {
  Address address;
  uint8_t length = 0;
};
std::optional<Prefix> parsePrefix(const std::string& text);

// Link-layer addresses: "02:00:00:00:00:01", two digits an octet, 1 to 32 octets.
std::optional<Bytes> parseLinkAddress(const std::string& text);
std::string formatLinkAddress(ByteView bytes);

// Names of qdiscs and classes in traffic control: "1:", "1:10" in hexadecimal, or "root".
std::optional<uint32_t> parseHandle(const std::string& text);
std::string formatHandle(uint32_t handle);

}  // namespace netloom
