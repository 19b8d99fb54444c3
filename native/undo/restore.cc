#include "restore.h"

#include <linux/fib_rules.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

#include <algorithm>

#include "../netlink/error.h"
#include "../netlink/walk.h"
#include "../request/batch.h"
#include "../request/object_identity.h"
#include "../request/recover.h"
#include "restore_features.h"
#include "restore_link.h"

namespace netloom {
namespace {

using schema::Access;
using schema::Attr;
using schema::AttrSet;
using schema::Kind;
using schema::Verb;

// Clears the bits of a header that the kernel reports but rejects in a request.
void cleanHeader(uint16_t type, uint8_t* header) {
  if (type == RTM_NEWROUTE) {
    rtmsg route;
    std::memcpy(&route, header, sizeof route);
    route.rtm_flags &= RTNH_F_ONLINK | RTNH_F_PERVASIVE;
    std::memcpy(header, &route, sizeof route);
  } else if (type == RTM_NEWNEXTHOP) {
    nhmsg hop;
    std::memcpy(&hop, header, sizeof hop);
    hop.nh_flags &= RTNH_F_ONLINK;
    hop.nh_scope = 0;
    std::memcpy(header, &hop, sizeof hop);
  } else if (type == RTM_NEWRULE) {
    fib_rule_hdr rule;
    std::memcpy(&rule, header, sizeof rule);
    rule.flags &= FIB_RULE_INVERT | FIB_RULE_FIND_SADDR;
    std::memcpy(header, &rule, sizeof rule);
  }
}

// The next hops of a multipath route, without the flags of their state.
Bytes cleanHops(ByteView hops) {
  Bytes out(hops.begin(), hops.end());
  for (size_t at = 0; at + sizeof(rtnexthop) <= out.size();) {
    rtnexthop hop;
    std::memcpy(&hop, out.data() + at, sizeof hop);
    if (hop.rtnh_len < sizeof hop) break;
    hop.rtnh_flags &= RTNH_F_ONLINK;
    std::memcpy(out.data() + at, &hop, sizeof hop);
    at += RTNH_ALIGN(hop.rtnh_len);
  }
  return out;
}

// The data of a qdisc, class or filter, without read-only attributes: the kernel rejects a filter's state.
Bytes cleanData(const AttrSet& set, ByteView data) {
  Bytes out(data.begin(),
            data.begin() + static_cast<std::ptrdiff_t>(data.size() - attributesOf(set, data).size()));
  MessageWriter writer(out);
  AttributeReader reader(attributesOf(set, data));
  while (const auto attribute = reader.next()) {
    const Attr* row = rowOf(set, attribute->type);
    if (row == nullptr || row->access != Access::kReply)
      writer.put(attribute->type, attribute->payload.data(), attribute->payload.size());
  }
  return out;
}

// The kernel reports the hops of a route beside the id of its nexthop object, and rejects a request that has
// both.
bool isImpliedByNexthop(const schema::Family& family, uint16_t type, bool byId) {
  return byId && family.newType == RTM_NEWROUTE &&
         (type == RTA_OIF || type == RTA_GATEWAY || type == RTA_VIA || type == RTA_MULTIPATH);
}

// An encapsulation has no row: it is told in a request as the kernel reports it.
bool isEncapsulation(const schema::Family& family, uint16_t type) {
  return family.newType == RTM_NEWROUTE && (type == RTA_ENCAP_TYPE || type == RTA_ENCAP);
}

// The kernel reports the rest of a route's life, in hundredths of a second, beside what a request has it in.
void putLifetime(MessageWriter& writer, const schema::Family& family, ByteView attributes) {
  constexpr int32_t kHundredths = 100;
  const auto info = findAttribute(attributes, RTA_CACHEINFO);
  if (family.newType != RTM_NEWROUTE || !info || info->size() < sizeof(rta_cacheinfo)) return;
  const int32_t rest = load<rta_cacheinfo>(*info).rta_expires;
  if (rest <= 0) return;
  const uint32_t seconds = static_cast<uint32_t>((rest - 1) / kHundredths) + 1;
  writer.put(RTA_EXPIRES, &seconds, sizeof seconds);
}

// The deletion of an object that a request created, from the body of the request. For a nexthop the kernel
// accepts only the id.
Request asDeletion(const Request& request) {
  Request out;
  const schema::Family& family = *request.family;
  out.family = &family;
  out.verb = Verb::kDelete;
  const ByteView payload = payloadOf(request.bytes);
  const bool bare = family.newType == RTM_NEWNEXTHOP && family.protocol == NETLINK_ROUTE;
  MessageWriter writer(out.bytes);
  writer.begin(family.deleteType, NLM_F_REQUEST);
  const size_t header = writer.header(family.set->headerSize);
  if (!bare) {
    std::memcpy(writer.at(header), payload.data(), family.set->headerSize);
    writer.raw(attributesOf(*family.set, payload));
  } else if (const auto id = findAttribute(attributesOf(*family.set, payload), NHA_ID)) {
    writer.put(NHA_ID, id->data(), id->size());
  }
  (void)writer.end();
  return out;
}

}  // namespace

Request asRequest(const schema::Family& family, ByteView object, uint16_t flags) {
  Request out;
  out.family = &family;
  out.verb = Verb::kReplace;
  const AttrSet& set = *family.set;
  MessageWriter writer(out.bytes);
  writer.begin(family.newType, flags);
  const size_t header = writer.header(set.headerSize);
  std::memcpy(writer.at(header), payloadOf(object).data(), set.headerSize);
  cleanHeader(family.newType, writer.at(header));
  const ByteView attributes = attributesOf(set, payloadOf(object));
  const bool byId = findAttribute(attributes, RTA_NH_ID).has_value();
  AttributeReader reader(attributes);
  while (const auto attribute = reader.next()) {
    const Attr* row = rowOf(set, attribute->type);
    if (isEncapsulation(family, attribute->type))
      writer.put(attribute->type, attribute->payload.data(), attribute->payload.size());
    if (row == nullptr || row->access != Access::kBoth || isImpliedByNexthop(family, attribute->type, byId))
      continue;
    const AttrSet* nest = nestOf(set, *row, attributes);
    const auto type = static_cast<uint16_t>(attribute->type | (nest != nullptr ? NLA_F_NESTED : 0));
    if (row->kind == Kind::kUnion && nest != nullptr) {
      const Bytes data = cleanData(*nest, attribute->payload);
      writer.put(type, data.data(), data.size());
    } else if (row->kind == Kind::kMultipath) {
      const Bytes hops = cleanHops(attribute->payload);
      writer.put(type, hops.data(), hops.size());
    } else {
      writer.put(type, attribute->payload.data(), attribute->payload.size());
    }
  }
  putLifetime(writer, family, attributes);
  (void)writer.end();  // smaller than the message from the kernel
  return out;
}

Failure readBefore(Slots& slots, const RequestStep& step, const Request& request, uint32_t deadlineMs,
                   Before& out) {
  Request get = step.inverse;
  Socket* socket = nullptr;
  Failure failure = slots.socket(step.slot, get.family->protocol, socket);
  if (failure.error != 0) return failure;
  failure = patch(slots, *socket, step.inverse, get.bytes);
  if (isNotFound(failure.error)) return {};
  if (failure.error != 0) return failure;
  const Answer answer = query(slots, step.slot, get, deadlineMs);
  if (isNotFound(answer.failure.error)) return {};
  if (!answer.done()) return answer.failure;
  ByteView found;
  if (isDump(get)) {
    found = findObject(*request.family, request.bytes, answer.reply, request.verb == Verb::kDelete);
  } else if (!answer.reply.empty()) {
    found = MessageReader(answer.reply.front()).next().value_or(ByteView{});
  }
  if (found.size() >= size_t{NLMSG_HDRLEN} + request.family->set->headerSize)
    out = Bytes(found.begin(), found.end());
  return {};
}

std::optional<Restoration> restorationOf(const RequestStep& step, const Request& request,
                                         const Before& before) {
  if (payloadOf(request.bytes).size() < request.family->set->headerSize) return std::nullopt;
  if (request.verb == Verb::kDelete) {
    if (!before) return std::nullopt;
    return Restoration{step.slot, asRequest(*request.family, *before, NLM_F_REQUEST | NLM_F_CREATE)};
  }
  if (!before || request.verb == Verb::kAppend) {
    // A setting cannot be undone without the values before.
    if (request.verb == Verb::kSet) return std::nullopt;
    return Restoration{step.slot, asDeletion(request)};
  }
  if (request.family->protocol == NETLINK_GENERIC) return featuresRestoration(step, request, *before);
  if (schema::isLink(*request.family)) return linkRestoration(step, request, *before);
  return Restoration{step.slot,
                     asRequest(*request.family, *before, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE)};
}

}  // namespace netloom
