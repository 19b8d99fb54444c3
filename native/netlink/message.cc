#include "message.h"

#include <algorithm>
#include <limits>

namespace netloom {

void MessageWriter::begin(uint16_t type, uint16_t flags) {
  start_ = out_.size();
  overflow_ = false;
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = flags;
  const auto* bytes = reinterpret_cast<const uint8_t*>(&header);
  out_.insert(out_.end(), bytes, bytes + sizeof header);
}

size_t MessageWriter::header(size_t size) {
  const size_t offset = out_.size();
  out_.resize(offset + NLMSG_ALIGN(size));
  return offset;
}

void MessageWriter::put(uint16_t type, const void* data, size_t size) {
  const size_t whole = NLA_HDRLEN + size;
  if (whole > std::numeric_limits<uint16_t>::max()) {
    overflow_ = true;
    return;
  }
  const nlattr header{static_cast<uint16_t>(whole), type};
  const size_t offset = out_.size();
  out_.resize(offset + NLA_ALIGN(whole));
  std::memcpy(at(offset), &header, sizeof header);
  if (size > 0) std::memcpy(at(offset + NLA_HDRLEN), data, size);
}

size_t MessageWriter::openNest(uint16_t type) {
  const size_t place = out_.size();
  put(static_cast<uint16_t>(type | NLA_F_NESTED), nullptr, 0);
  return place;
}

void MessageWriter::closeNest(size_t place) {
  const size_t size = out_.size() - place;
  if (size > std::numeric_limits<uint16_t>::max()) {
    overflow_ = true;
    return;
  }
  const auto length = static_cast<uint16_t>(size);
  std::memcpy(at(place), &length, sizeof length);
}

void MessageWriter::raw(ByteView bytes) {
  out_.insert(out_.end(), bytes.begin(), bytes.end());
  out_.resize(NLMSG_ALIGN(out_.size()));
}

bool MessageWriter::end() {
  const size_t size = out_.size() - start_;
  if (overflow_ || size > std::numeric_limits<uint32_t>::max()) return false;
  const auto length = static_cast<uint32_t>(size);
  std::memcpy(at(start_), &length, sizeof length);
  return true;
}

std::optional<AttributeView> AttributeReader::next() {
  if (rest_.empty() || malformed_) return std::nullopt;
  if (rest_.size() < NLA_HDRLEN) {
    malformed_ = true;
    return std::nullopt;
  }
  const auto header = load<nlattr>(rest_);
  if (header.nla_len < NLA_HDRLEN || header.nla_len > rest_.size()) {
    malformed_ = true;
    return std::nullopt;
  }
  AttributeView view{static_cast<uint16_t>(header.nla_type & NLA_TYPE_MASK),
                     rest_.subspan(NLA_HDRLEN, header.nla_len - NLA_HDRLEN)};
  // The last attribute may lack its padding.
  rest_ = rest_.subspan(std::min<size_t>(NLA_ALIGN(header.nla_len), rest_.size()));
  return view;
}

std::optional<ByteView> MessageReader::next() {
  if (rest_.empty() || malformed_) return std::nullopt;
  if (rest_.size() < NLMSG_HDRLEN) {
    malformed_ = true;
    return std::nullopt;
  }
  const size_t length = load<nlmsghdr>(rest_).nlmsg_len;
  if (length < NLMSG_HDRLEN || length > rest_.size()) {
    malformed_ = true;
    return std::nullopt;
  }
  const ByteView message = rest_.first(length);
  // Computed in size_t: NLMSG_ALIGN of a length near 2^32 would wrap in 32 bits.
  const size_t padded = (length + NLMSG_ALIGNTO - 1) & ~size_t{NLMSG_ALIGNTO - 1};
  rest_ = rest_.subspan(std::min(padded, rest_.size()));
  return message;
}

std::optional<ByteView> findAttribute(ByteView attributes, uint16_t type) {
  AttributeReader reader(attributes);
  while (const auto attribute = reader.next()) {
    if (attribute->type == type) return attribute->payload;
  }
  return std::nullopt;
}

}  // namespace netloom
