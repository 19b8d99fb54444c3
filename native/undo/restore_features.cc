#include "restore_features.h"

#include <linux/ethtool_netlink.h>

#include <set>
#include <string_view>

#include "../netlink/walk.h"

namespace netloom {
namespace {

ByteView nested(ByteView attributes, uint16_t type) {
  return findAttribute(attributes, type).value_or(ByteView{});
}

// The list of bits that a message of this family wants.
ByteView wantedBits(const schema::Family& family, ByteView message) {
  const ByteView attributes = attributesOf(*family.set, payloadOf(message));
  return nested(nested(attributes, ETHTOOL_A_FEATURES_WANTED), ETHTOOL_A_BITSET_BITS);
}

std::string_view nameOf(ByteView bit) { return textOf(nested(bit, ETHTOOL_A_BITSET_BIT_NAME)); }

// The kernel lists those that are on.
std::set<std::string_view> namesIn(ByteView bits) {
  std::set<std::string_view> out;
  AttributeReader reader(bits);
  while (const auto bit = reader.next()) out.insert(nameOf(bit->payload));
  return out;
}

}  // namespace

std::optional<Restoration> featuresRestoration(const RequestStep& step, const Request& request,
                                               ByteView before) {
  const schema::Family& family = *request.family;
  const std::set<std::string_view> on = namesIn(wantedBits(family, before));
  const ByteView payload = payloadOf(request.bytes);
  Restoration out{step.slot, {}};
  out.request.family = &family;
  out.request.verb = request.verb;
  MessageWriter writer(out.request.bytes);
  writer.begin(family.newType, NLM_F_REQUEST);
  writer.raw(payload.first(family.set->headerSize));
  const ByteView header = nested(attributesOf(*family.set, payload), ETHTOOL_A_FEATURES_HEADER);
  writer.put(ETHTOOL_A_FEATURES_HEADER | NLA_F_NESTED, header.data(), header.size());
  const size_t wanted = writer.openNest(ETHTOOL_A_FEATURES_WANTED | NLA_F_NESTED);
  const size_t bits = writer.openNest(ETHTOOL_A_BITSET_BITS | NLA_F_NESTED);
  AttributeReader reader(wantedBits(family, request.bytes));
  while (const auto asked = reader.next()) {
    const ByteView name = nested(asked->payload, ETHTOOL_A_BITSET_BIT_NAME);
    const size_t bit = writer.openNest(ETHTOOL_A_BITSET_BITS_BIT | NLA_F_NESTED);
    writer.put(ETHTOOL_A_BITSET_BIT_NAME, name.data(), name.size());
    if (on.contains(textOf(name))) writer.put(ETHTOOL_A_BITSET_BIT_VALUE, nullptr, 0);
    writer.closeNest(bit);
  }
  writer.closeNest(bits);
  writer.closeNest(wanted);
  if (!writer.end()) return std::nullopt;
  return out;
}

}  // namespace netloom
