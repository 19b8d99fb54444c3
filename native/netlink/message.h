// Netlink messages as bytes: a writer, and readers that do not trust any length.
#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

namespace netloom {

using Bytes = std::vector<uint8_t>;
using ByteView = std::span<const uint8_t>;

template <typename T>
T load(ByteView bytes, size_t offset = 0) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// Writes one message (header, payload, attributes) to the end of a buffer.
class MessageWriter {
 public:
  explicit MessageWriter(Bytes& out) : out_(out) {}

  // Starts the message. The sequence number and port id are filled in when it is sent.
  void begin(uint16_t type, uint16_t flags);
  // Appends the fixed header of the family, zeroed, and returns its offset.
  size_t header(size_t size);
  void put(uint16_t type, const void* data, size_t size);
  template <typename T>
  void put(uint16_t type, T value) {
    put(type, &value, sizeof value);
  }
  // Opens a nest and returns its place for closeNest.
  size_t openNest(uint16_t type);
  void closeNest(size_t place);
  // Appends plain bytes padded to four.
  void raw(ByteView bytes);
  // Patches the length of the message. False if an attribute or the message outgrew its length field.
  [[nodiscard]] bool end();

  [[nodiscard]] size_t size() const { return out_.size(); }
  [[nodiscard]] uint8_t* at(size_t offset) { return out_.data() + offset; }

 private:
  Bytes& out_;
  size_t start_ = 0;
  bool overflow_ = false;
};

struct AttributeView {
  uint16_t type;  // without the NESTED and NET_BYTEORDER flags
  ByteView payload;
};

// Iterates over attributes. Stops at the first one that claims fewer bytes than its header or more than are
// left.
class AttributeReader {
 public:
  explicit AttributeReader(ByteView bytes) : rest_(bytes) {}
  std::optional<AttributeView> next();
  // True if the iteration stopped at a malformed attribute.
  [[nodiscard]] bool malformed() const { return malformed_; }

 private:
  ByteView rest_;
  bool malformed_ = false;
};

// Iterates over the messages of one datagram, under the same rule.
class MessageReader {
 public:
  explicit MessageReader(ByteView bytes) : rest_(bytes) {}
  // The whole message, including its nlmsghdr.
  std::optional<ByteView> next();
  [[nodiscard]] bool malformed() const { return malformed_; }

 private:
  ByteView rest_;
  bool malformed_ = false;
};

inline ByteView payloadOf(ByteView message) { return message.subspan(NLMSG_HDRLEN); }

// The payload of the first attribute of that type.
std::optional<ByteView> findAttribute(ByteView attributes, uint16_t type);

}  // namespace netloom
