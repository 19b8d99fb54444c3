#include "restore_link.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <algorithm>

#include "../netlink/walk.h"

namespace netloom {
namespace {

using schema::Access;
using schema::Attr;
using schema::AttrSet;
using schema::Kind;

constexpr int kDeepest = 16;

// Attributes that identify the link instead of changing it, or that have no previous value.
bool isNaming(uint16_t type) {
  return type == IFLA_IFNAME || type == IFLA_ALT_IFNAME || type == IFLA_NET_NS_FD ||
         type == IFLA_NET_NS_PID || type == IFLA_TARGET_NETNSID || type == IFLA_NEW_IFINDEX ||
         type == IFLA_EXT_MASK;
}

// Writes the "unset" value of an attribute that the kernel reports only while it is set.
bool putNone(MessageWriter& writer, uint16_t type) {
  if (type == IFLA_MASTER)
    writer.put(type, uint32_t{0});
  else if (type == IFLA_IFALIAS)
    writer.put(type, nullptr, 0);
  else
    return false;
  return true;
}

// A request has numbered values; the kernel reports a plain array with value n at index n - 1.
void putDevconf(MessageWriter& writer, ByteView changed, ByteView before, uint16_t type) {
  const size_t place = writer.openNest(type);
  AttributeReader reader(changed);
  while (const auto attribute = reader.next()) {
    const size_t at = (attribute->type - 1) * sizeof(uint32_t);
    if (attribute->type > 0 && at + sizeof(uint32_t) <= before.size())
      writer.put(attribute->type, load<uint32_t>(before, at));
  }
  writer.closeNest(place);
}

// Writes every attribute of `changed` with its value in `before`.
void putBefore(MessageWriter& writer, const AttrSet& set, ByteView changed, ByteView before, bool top,
               int depth) {
  AttributeReader reader(changed);
  while (const auto attribute = reader.next()) {
    const uint16_t type = attribute->type;
    const Attr* row = rowOf(set, type);
    if (row == nullptr || (top && isNaming(type))) continue;
    const auto old = findAttribute(before, type);
    if (!old) {
      if (top) putNone(writer, type);
      continue;
    }
    // The kind of the link selects the table of a union; the request may leave it out.
    const AttrSet* nest = nestOf(set, *row, before);
    if (row->kind == Kind::kDevconf) {
      putDevconf(writer, attribute->payload, *old, type);
    } else if (nest != nullptr && nest->headerSize == 0 && depth < kDeepest) {
      const size_t place = writer.openNest(type);
      putBefore(writer, *nest, attribute->payload, *old, false, depth + 1);
      writer.closeNest(place);
    } else if (nest == nullptr && row->access == Access::kBoth) {
      writer.put(type, old->data(), old->size());
    }
  }
}

}  // namespace

std::optional<Restoration> linkRestoration(const RequestStep& step, const Request& request, ByteView before) {
  const AttrSet& set = *request.family->set;
  const auto asked = load<ifinfomsg>(payloadOf(request.bytes));
  const auto was = load<ifinfomsg>(payloadOf(before));
  const ByteView changed = attributesOf(set, payloadOf(request.bytes));
  const ByteView old = attributesOf(set, payloadOf(before));
  const auto oldName = findAttribute(old, IFLA_IFNAME);
  const auto newName = asked.ifi_index != 0 ? findAttribute(changed, IFLA_IFNAME) : std::nullopt;

  Restoration out;
  out.slot = step.slot;
  out.request.family = request.family;
  out.request.verb = schema::Verb::kSet;
  ifinfomsg header{};
  header.ifi_family = asked.ifi_family;
  header.ifi_index = was.ifi_index;
  header.ifi_change = asked.ifi_change;
  header.ifi_flags = was.ifi_flags & asked.ifi_change;

  MessageWriter writer(out.request.bytes);
  writer.begin(load<nlmsghdr>(request.bytes).nlmsg_type, NLM_F_REQUEST);
  const size_t at = writer.header(sizeof header);

  // A link that moved is moved back from its new namespace. Its index may differ there, so it is identified
  // by name.
  const bool moved = findAttribute(changed, IFLA_NET_NS_FD).has_value() && !request.namespaces.empty();
  if (moved) {
    out.slot = request.namespaces.front().slot;
    header.ifi_index = 0;
    const auto& name = newName ? newName : oldName;
    if (name) writer.put(IFLA_IFNAME, name->data(), name->size());
    writer.put(IFLA_NET_NS_FD, uint32_t{0});
    out.request.namespaces.push_back({static_cast<uint32_t>(writer.size() - sizeof(uint32_t)), step.slot});
  } else if (newName && oldName) {
    writer.put(IFLA_IFNAME, oldName->data(), oldName->size());
  }
  std::memcpy(writer.at(at), &header, sizeof header);
  putBefore(writer, set, changed, old, true, 0);
  if (!writer.end()) return std::nullopt;
  return out;
}

}  // namespace netloom
