#include "side_effects.h"

#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <set>

#include "../netlink/walk.h"
#include "../request/recover.h"

namespace netloom {
namespace {

using schema::Verb;

// The objects whose dependents a request removes.
struct Affected {
  int link = 0;
  std::set<uint32_t> nexthops;  // ids; those on the link are added when they are found
  [[nodiscard]] bool none() const { return link == 0 && nexthops.empty(); }
};

uint32_t nexthopId(ByteView attributes, uint16_t type) {
  const auto id = findAttribute(attributes, type);
  return id && id->size() >= sizeof(uint32_t) ? load<uint32_t>(*id) : 0;
}

Affected affectedBy(const Request& request, ByteView before) {
  Affected out;
  const bool deletes = request.verb == Verb::kDelete;
  const ByteView asked = payloadOf(request.bytes);
  if (request.family->newType == RTM_NEWADDR && deletes) {
    out.link = static_cast<int>(load<ifaddrmsg>(payloadOf(before)).ifa_index);
  } else if (request.family->newType == RTM_NEWNEXTHOP && deletes) {
    out.nexthops.insert(nexthopId(attributesOf(*request.family->set, payloadOf(before)), NHA_ID));
  } else if (request.family->newType == RTM_NEWLINK && !deletes) {
    const auto setting = load<ifinfomsg>(asked);
    const auto was = load<ifinfomsg>(payloadOf(before));
    const bool down = (setting.ifi_change & IFF_UP) && !(setting.ifi_flags & IFF_UP);
    const bool moves = findAttribute(attributesOf(*request.family->set, asked), IFLA_NET_NS_FD).has_value();
    if ((was.ifi_flags & IFF_UP) && (down || moves)) out.link = was.ifi_index;
  }
  return out;
}

Request listOf(std::string_view name) {
  Request out;
  out.family = schema::familyByName(name);
  out.verb = Verb::kList;
  MessageWriter writer(out.bytes);
  writer.begin(out.family->getType, NLM_F_REQUEST | NLM_F_DUMP);
  writer.header(out.family->set->headerSize);
  (void)writer.end();  // a header cannot outgrow its length field
  return out;
}

bool isOn(ByteView attributes, uint16_t type, int index) {
  const auto value = findAttribute(attributes, type);
  return value && value->size() >= sizeof index && load<int>(*value) == index;
}

// A multipath route counts as lost with any of its hops: creating one that is still there fails harmlessly.
bool hasHopOn(ByteView attributes, int index) {
  auto hops = findAttribute(attributes, RTA_MULTIPATH).value_or(ByteView{});
  while (hops.size() >= sizeof(rtnexthop)) {
    const auto hop = load<rtnexthop>(hops);
    if (hop.rtnh_ifindex == index) return true;
    if (hop.rtnh_len < sizeof hop) return false;
    hops = hops.subspan(std::min<size_t>(RTNH_ALIGN(hop.rtnh_len), hops.size()));
  }
  return false;
}

bool isLostAddress(ByteView payload, const Affected& affected) {
  const auto address = load<ifaddrmsg>(payload);
  // The kernel creates link-local IPv6 addresses by itself.
  const bool automatic = address.ifa_family == AF_INET6 && address.ifa_scope == RT_SCOPE_LINK;
  return static_cast<int>(address.ifa_index) == affected.link && !automatic;
}

bool isLostNeighbour(ByteView payload, const Affected& affected) {
  const auto neighbour = load<ndmsg>(payload);
  return neighbour.ndm_ifindex == affected.link && neighbour.ndm_family != AF_BRIDGE &&
         (neighbour.ndm_state & NUD_PERMANENT);
}

bool isLostRoute(ByteView payload, ByteView attributes, const Affected& affected) {
  const auto route = load<rtmsg>(payload);
  // The kernel creates its own routes with their addresses.
  if (route.rtm_protocol == RTPROT_KERNEL || (route.rtm_flags & RTM_F_CLONED)) return false;
  if (affected.nexthops.contains(nexthopId(attributes, RTA_NH_ID))) return true;
  return affected.link != 0 &&
         (isOn(attributes, RTA_OIF, affected.link) || hasHopOn(attributes, affected.link));
}

bool isLostNexthop(ByteView attributes, const Affected& affected) {
  auto members = findAttribute(attributes, NHA_GROUP).value_or(ByteView{});
  for (; members.size() >= sizeof(nexthop_grp); members = members.subspan(sizeof(nexthop_grp))) {
    if (affected.nexthops.contains(load<nexthop_grp>(members).id)) return true;
  }
  return affected.link != 0 && isOn(attributes, NHA_OIF, affected.link);
}

bool isLost(const schema::Family& family, ByteView object, const Affected& affected) {
  const ByteView payload = payloadOf(object);
  if (payload.size() < family.set->headerSize) return false;
  const ByteView attributes = attributesOf(*family.set, payload);
  if (family.newType == RTM_NEWADDR) return isLostAddress(payload, affected);
  if (family.newType == RTM_NEWNEIGH) return isLostNeighbour(payload, affected);
  if (family.newType == RTM_NEWNEXTHOP) return isLostNexthop(attributes, affected);
  return isLostRoute(payload, attributes, affected);
}

// Objects that must be created after others of their kind: a route through a gateway after the route to the
// gateway, a group of nexthops after its members.
bool needsOthers(const Request& request) {
  const ByteView attributes = attributesOf(*request.family->set, payloadOf(request.bytes));
  if (request.family->newType == RTM_NEWNEXTHOP) return findAttribute(attributes, NHA_GROUP).has_value();
  if (request.family->newType != RTM_NEWROUTE) return false;
  return findAttribute(attributes, RTA_GATEWAY) || findAttribute(attributes, RTA_VIA) ||
         findAttribute(attributes, RTA_MULTIPATH);
}

void addLost(const schema::Family& family, const std::vector<Bytes>& datagrams, const Affected& affected,
             std::vector<Request>& out) {
  const auto first = static_cast<std::ptrdiff_t>(out.size());
  // A group of nexthops may still be there, with fewer members.
  const uint16_t how = family.newType == RTM_NEWNEXTHOP ? NLM_F_REPLACE : NLM_F_EXCL;
  for (const Bytes& datagram : datagrams) {
    MessageReader reader(datagram);
    while (const auto message = reader.next()) {
      if (load<nlmsghdr>(*message).nlmsg_type != family.newType || !isLost(family, *message, affected))
        continue;
      out.push_back(asRequest(family, *message, static_cast<uint16_t>(NLM_F_REQUEST | NLM_F_CREATE | how)));
    }
  }
  std::stable_partition(out.begin() + first, out.end(),
                        [](const Request& request) { return !needsOthers(request); });
}

// The nexthops on the link, so that groups and routes which use them are found.
void findNexthops(const schema::Family& family, const std::vector<Bytes>& datagrams, Affected& affected) {
  for (const Bytes& datagram : datagrams) {
    MessageReader reader(datagram);
    while (const auto message = reader.next()) {
      const ByteView attributes = attributesOf(*family.set, payloadOf(*message));
      if (affected.link != 0 && isOn(attributes, NHA_OIF, affected.link))
        affected.nexthops.insert(nexthopId(attributes, NHA_ID));
    }
  }
}

// A port that leaves its bridge or bond loses its settings there. They are a message of their own: the kernel
// looks at them before it looks at the master in the same message.
void addPortSettings(const Request& request, ByteView before, std::vector<Request>& out) {
  const schema::AttrSet& set = *request.family->set;
  if (!findAttribute(attributesOf(set, payloadOf(request.bytes)), IFLA_MASTER)) return;
  const auto info = findAttribute(attributesOf(set, payloadOf(before)), IFLA_LINKINFO);
  const auto kind = findAttribute(info.value_or(ByteView{}), IFLA_INFO_SLAVE_KIND);
  const auto data = findAttribute(info.value_or(ByteView{}), IFLA_INFO_SLAVE_DATA);
  const schema::Attr* infoRow = rowOf(set, IFLA_LINKINFO);
  if (!kind || !data || infoRow == nullptr) return;
  const schema::Attr* dataRow = rowOf(*infoRow->nest, IFLA_INFO_SLAVE_DATA);
  const schema::AttrSet* table = dataRow == nullptr ? nullptr : nestOf(*infoRow->nest, *dataRow, *info);
  if (table == nullptr) return;

  Request setting;
  setting.family = request.family;
  setting.verb = Verb::kSet;
  MessageWriter writer(setting.bytes);
  writer.begin(RTM_NEWLINK, NLM_F_REQUEST);
  const size_t header = writer.header(sizeof(ifinfomsg));
  ifinfomsg link{};
  link.ifi_index = load<ifinfomsg>(payloadOf(before)).ifi_index;
  std::memcpy(writer.at(header), &link, sizeof link);
  const size_t infoPlace = writer.openNest(IFLA_LINKINFO);
  writer.put(IFLA_INFO_SLAVE_KIND, kind->data(), kind->size());
  const size_t dataPlace = writer.openNest(IFLA_INFO_SLAVE_DATA);
  AttributeReader reader(*data);
  while (const auto attribute = reader.next()) {
    const schema::Attr* row = rowOf(*table, attribute->type);
    if (row == nullptr || row->access != schema::Access::kBoth || row->nest != nullptr) continue;
    // The state follows from the carrier, and setting it on a port without one is refused.
    if (textOf(*kind) == "bridge" && attribute->type == IFLA_BRPORT_STATE) continue;
    writer.put(attribute->type, attribute->payload.data(), attribute->payload.size());
  }
  writer.closeNest(dataPlace);
  writer.closeNest(infoPlace);
  if (writer.end()) out.push_back(std::move(setting));
}

}  // namespace

Failure readSideEffects(Slots& slots, const RequestStep& step, const Request& request, const Before& before,
                        uint32_t deadlineMs, std::vector<Request>& out) {
  if (schema::isLink(*request.family) && before && request.verb != Verb::kDelete)
    addPortSettings(request, *before, out);
  if (request.family->protocol != NETLINK_ROUTE || !before) return {};
  Affected affected = affectedBy(request, *before);
  if (affected.none()) return {};
  for (const char* name : {"addr", "nexthop", "route", "neigh"}) {
    const Request list = listOf(name);
    const Answer answer = query(slots, step.slot, list, deadlineMs);
    if (!answer.done()) return answer.failure;
    if (list.family->newType == RTM_NEWNEXTHOP) findNexthops(*list.family, answer.reply, affected);
    addLost(*list.family, answer.reply, affected, out);
  }
  return {};
}

}  // namespace netloom
