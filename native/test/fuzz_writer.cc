// libFuzzer over the writer: what it has written, the readers read again, attribute for attribute.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "netlink/message.h"

namespace {

using namespace netloom;

struct Written {
  uint16_t type;
  Bytes payload;
};

bool isSame(ByteView attributes, const std::vector<Written>& written) {
  AttributeReader reader(attributes);
  for (const auto& one : written) {
    const auto attribute = reader.next();
    if (!attribute || attribute->type != one.type || !std::ranges::equal(attribute->payload, one.payload))
      return false;
    const auto first = findAttribute(attributes, one.type);
    if (!first) return false;
  }
  return !reader.next() && !reader.malformed();
}

}  // namespace

// The first byte is the size of the header; then attributes, each by a byte of type and two of length. Odd
// types are nests of one attribute. A long length is written with zeros, to meet the limits.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const size_t headerSize = data[0] & 0x3C;
  Bytes out;
  MessageWriter writer(out);
  writer.begin(data[0], 0);
  (void)writer.header(headerSize);
  std::vector<Written> written;
  bool fits = true;
  for (size_t at = 1; at + 3 <= size && written.size() < 32;) {
    const uint16_t type = data[at];
    const size_t length = load<uint16_t>(ByteView(data, size), at + 1);
    at += 3;
    Bytes payload(length);
    const size_t given = std::min(length, size - at);
    std::copy_n(data + at, given, payload.begin());
    at += given;
    const size_t limit = UINT16_MAX - NLA_HDRLEN;
    if ((type & 1) != 0) {
      const size_t nest = writer.openNest(type);
      writer.put(2, payload.data(), payload.size());
      writer.closeNest(nest);
      Bytes inner;
      MessageWriter plain(inner);
      plain.put(2, payload.data(), payload.size());
      fits = fits && payload.size() <= limit && inner.size() <= limit;
      written.push_back({type, inner});
    } else {
      writer.put(type, payload.data(), payload.size());
      fits = fits && payload.size() <= limit;
      written.push_back({type, payload});
    }
  }
  if (writer.end() != fits) __builtin_trap();
  if (!fits) return 0;
  MessageReader messages(out);
  const auto message = messages.next();
  if (!message || message->size() != out.size() || messages.next()) __builtin_trap();
  if (!isSame(payloadOf(*message).subspan(headerSize), written)) __builtin_trap();
  return 0;
}
