#include "object_identity.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>

#include "../netlink/walk.h"

namespace netloom {
namespace {

using schema::Access;
using schema::Attr;
using schema::AttrSet;
using schema::Family;
using schema::Kind;

constexpr uint32_t kIp6Metric = 1024;  // what the kernel gives an IPv6 route without one
constexpr int kDeepest = 16;

bool allZero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

Bytes copyOf(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

Bytes bytesOf(uint32_t value) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(&value);
  return {bytes, bytes + sizeof value};
}

ByteView fieldOf(ByteView payload, const Attr& row) {
  const size_t size = sizeOf(row);
  return row.type + size <= payload.size() ? payload.subspan(row.type, size) : ByteView{};
}

std::optional<ByteView> attributeOf(const AttrSet& set, ByteView payload, uint16_t type) {
  return findAttribute(attributesOf(set, payload), type);
}

// The value of a key as the kernel understands it; nothing if the message leaves it to the kernel.
class Values {
 public:
  Values(const Family& family, ByteView message, bool loose = false)
      : family_(family), set_(*family.set), payload_(payloadOf(message)), loose_(loose) {}

  [[nodiscard]] std::optional<Bytes> of(std::string_view key) const {
    for (const auto& row : set_.header) {
      if (row.key != key) continue;
      const ByteView field = fieldOf(payload_, row);
      // A header field has no way to be absent: 0 stands for it.
      if (allZero(field)) return implied(key);
      return copyOf(field);
    }
    for (const auto& row : set_.attrs) {
      if (row.key != key) continue;
      if (auto value = attribute(row)) return value;
    }
    return implied(key);
  }

 private:
  [[nodiscard]] std::optional<Bytes> attribute(const Attr& row) const {
    auto found = attributeOf(set_, payload_, row.type);
    // An IPv6 address without a peer comes back as IFA_ADDRESS only, whichever attribute it was asked for
    // with.
    if (family_.newType == RTM_NEWADDR && row.type == IFA_LOCAL && !found)
      found = attributeOf(set_, payload_, IFA_ADDRESS);
    if (family_.newType == RTM_NEWADDR && row.type == IFA_ADDRESS && !found)
      found = attributeOf(set_, payload_, IFA_LOCAL);
    if (!found && row.kind != Kind::kPrefix) return std::nullopt;
    Bytes value = found ? copyOf(*found) : Bytes{};
    if (row.kind == Kind::kStr) value = copyOf(found->first(textOf(*found).size()));
    if (row.kind == Kind::kPrefix && row.arg < payload_.size()) {
      // No attribute and length 0 is the default prefix, the same as one of zeros.
      if (payload_[row.arg] == 0) value.clear();
      value.push_back(payload_[row.arg]);
    }
    return value;
  }

  // What the kernel takes where the message says nothing.
  [[nodiscard]] std::optional<Bytes> implied(std::string_view key) const {
    if (family_.newType != RTM_NEWROUTE || payload_.size() < sizeof(rtmsg)) return std::nullopt;
    const auto header = load<rtmsg>(payload_);
    if (key == "table")
      return bytesOf(header.rtm_table != 0 ? uint32_t{header.rtm_table} : uint32_t{RT_TABLE_MAIN});
    if (key == "priority" && !loose_ && header.rtm_family == AF_INET6) return bytesOf(kIp6Metric);
    return std::nullopt;
  }

  const Family& family_;
  const AttrSet& set_;
  ByteView payload_;
  bool loose_;
};

// Keys that the kernel fills in where a request leaves them out: their absence matches anything.
bool isFilledByKernel(const Family& family, std::string_view key) {
  if (key == "family" || key == "type" || key == "scope" || key == "protocol" || key == "index" ||
      key == "dev")
    return true;
  return family.newType == RTM_NEWRULE && (key == "priority" || key == "table" || key == "fwmask" ||
                                           key == "suppressPrefixlen" || key == "suppressIfgroup");
}

// A deletion of rules takes a prefix that it leaves out for any prefix; one of routes for the default route.
bool isAnyPrefix(const Family& family, const Bytes& value) {
  return family.newType == RTM_NEWRULE && value == Bytes{0};
}

// Asks of each thing that one message wants whether another has it.
class Comparison {
 public:
  explicit Comparison(const Family& family) : family_(family) {}

  // `wanted` and `found` are payloads that follow `set`.
  [[nodiscard]] bool covers(const AttrSet& set, ByteView wanted, ByteView found, int depth) const {
    if (depth > kDeepest || wanted.size() < set.headerSize || found.size() < set.headerSize) return false;
    return headerCovers(set, wanted, found) &&
           attributesCover(set, attributesOf(set, wanted), attributesOf(set, found), depth);
  }

 private:
  [[nodiscard]] static bool headerCovers(const AttrSet& set, ByteView wanted, ByteView found) {
    return std::all_of(set.header.begin(), set.header.end(), [&](const Attr& row) {
      if (row.access == Access::kReply) return true;
      const ByteView want = fieldOf(wanted, row);
      const ByteView have = fieldOf(found, row);
      if (row.kind == Kind::kBit8) return ((want[0] & ~have[0]) & row.arg) == 0;
      if (row.kind != Kind::kBit32) return allZero(want) || equal(want, have);
      const auto change = set.changeOffset < 0
                              ? load<uint32_t>(want)
                              : load<uint32_t>(wanted, static_cast<size_t>(set.changeOffset));
      return ((load<uint32_t>(want) ^ load<uint32_t>(have)) & change & row.arg) == 0;
    });
  }

  [[nodiscard]] bool attributesCover(const AttrSet& set, ByteView wanted, ByteView found, int depth) const {
    AttributeReader reader(wanted);
    while (const auto attribute = reader.next()) {
      const Attr* row = rowOf(set, attribute->type);
      if (row == nullptr || row->access == Access::kRequest || row->kind == Kind::kNetns) continue;
      if (depth == 0 && isIdentity(row->key)) continue;  // compared already, under the kernel's own rules
      const auto have = findAttribute(found, attribute->type);
      if (const AttrSet* nest = nestOf(set, *row, wanted)) {
        // The kernel reports no peer of a veth: what has a header of its own is another object.
        if (!have && nest->headerSize > 0) continue;
        if (!covers(*nest, attribute->payload, have.value_or(ByteView{}), depth + 1)) return false;
      } else if (!valueCovers(*row, attribute->payload, have)) {
        return false;
      }
    }
    return !reader.malformed();
  }

  [[nodiscard]] static bool valueCovers(const Attr& row, ByteView want, const std::optional<ByteView>& have) {
    if (!have) return allZero(want);
    if (row.kind == Kind::kStr) return textOf(want) == textOf(*have);
    if (row.kind == Kind::kStruct) return want.size() <= have->size() && headerCovers(*row.nest, want, *have);
    const bool bits = row.names != nullptr && row.names->bitmask && want.size() == sizeof(uint32_t) &&
                      have->size() == sizeof(uint32_t);
    if (bits) return (load<uint32_t>(want) & ~load<uint32_t>(*have)) == 0;
    return equal(want, *have);
  }

  [[nodiscard]] static bool equal(ByteView a, ByteView b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

  [[nodiscard]] bool isIdentity(std::string_view key) const {
    return std::find(family_.identity.begin(), family_.identity.end(), key) != family_.identity.end();
  }

  const Family& family_;
};

}  // namespace

bool isSameObject(const Family& family, ByteView request, ByteView candidate, bool loose) {
  const Values wanted(family, request, loose);
  const Values found(family, candidate);
  bool named = false;
  for (const auto key : family.identity) {
    const auto want = wanted.of(key);
    if (!want || (loose && isAnyPrefix(family, *want))) {
      if (loose || isFilledByKernel(family, key) || family.newType == RTM_NEWLINK) continue;
      const auto have = found.of(key);
      if (have && !allZero(*have)) return false;
      continue;
    }
    const auto have = found.of(key);
    if (!have || *have != *want) return false;
    named = true;
  }
  return named;
}

bool hasRequested(const Family& family, ByteView request, ByteView found) {
  return Comparison(family).covers(*family.set, payloadOf(request), payloadOf(found), 0);
}

ByteView findObject(const Family& family, ByteView request, const std::vector<Bytes>& datagrams, bool loose) {
  for (const Bytes& datagram : datagrams) {
    MessageReader reader(datagram);
    while (const auto message = reader.next()) {
      if (load<nlmsghdr>(*message).nlmsg_type != family.newType) continue;
      if (isSameObject(family, request, *message, loose)) return *message;
    }
  }
  return {};
}

}  // namespace netloom
