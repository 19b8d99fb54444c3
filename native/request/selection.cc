#include "selection.h"

#include <algorithm>

#include "../netlink/walk.h"

namespace netloom {
namespace {

using schema::Attr;

constexpr size_t kBitsPerByte = 8;

bool sharesBits(ByteView one, ByteView other, size_t bits) {
  const size_t whole = bits / kBitsPerByte;
  const size_t rest = bits % kBitsPerByte;
  if (whole + (rest > 0 ? 1 : 0) > std::min(one.size(), other.size())) return false;
  if (!std::equal(one.begin(), one.begin() + static_cast<std::ptrdiff_t>(whole), other.begin())) return false;
  return rest == 0 || ((one[whole] ^ other[whole]) >> (kBitsPerByte - rest)) == 0;
}

// Two networks overlap if they agree in as many bits as the shorter prefix has.
bool isWanted(const schema::Family& family, const Attr& row, const Selection& selection, ByteView message) {
  const ByteView payload = payloadOf(message);
  if (payload.size() < family.set->headerSize) return false;
  const size_t length = std::min<size_t>(payload[row.arg], selection.prefix);
  const auto address = findAttribute(attributesOf(*family.set, payload), row.type);
  return sharesBits(address.value_or(ByteView{}), selection.network, length);
}

}  // namespace

void keepSelected(const schema::Family& family, const Selection& selection, ByteView datagram, Bytes& out) {
  const auto& rows = family.set->attrs;
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [](const Attr& attr) { return attr.kind == schema::Kind::kPrefix; });
  if (row == rows.end()) return;
  MessageReader reader(datagram);
  while (const auto message = reader.next()) {
    if (load<nlmsghdr>(*message).nlmsg_type != family.newType) continue;
    if (isWanted(family, *row, selection, *message)) out.insert(out.end(), message->begin(), message->end());
  }
}

}  // namespace netloom
