#include "recover.h"

#include <linux/rtnetlink.h>

#include <cerrno>

#include "../netlink/error.h"
#include "../netlink/walk.h"
#include "object_identity.h"

namespace netloom {
namespace {

using schema::Verb;

constexpr int kAttempts = 3;

// The attributes that identify a link, beside the index in the header.
constexpr uint16_t kLinkNames[] = {IFLA_IFNAME, IFLA_ALT_IFNAME, IFLA_TARGET_NETNSID};

// Builds the request that looks up the object. False if the original request does not identify it.
bool lookFor(const Request& request, Request& out) {
  const schema::Family& family = *request.family;
  const ByteView payload = payloadOf(request.bytes);
  if (payload.size() < family.set->headerSize) return false;
  const bool isLink = schema::isLink(family);
  out.family = &family;
  out.verb = isLink ? Verb::kGet : Verb::kList;
  MessageWriter writer(out.bytes);
  writer.begin(family.getType, isLink ? NLM_F_REQUEST : NLM_F_REQUEST | NLM_F_DUMP);
  const size_t header = writer.header(family.set->headerSize);
  // Every header of rtnetlink begins with the address family; strict checking wants the rest of a dump's to
  // be zero.
  *writer.at(header) = payload[0];
  bool named = !isLink;
  if (isLink) {
    const auto index = load<ifinfomsg>(payload).ifi_index;
    std::memcpy(writer.at(header + offsetof(ifinfomsg, ifi_index)), &index, sizeof index);
    named = index != 0;
    for (const uint16_t type : kLinkNames) {
      const auto value = findAttribute(attributesOf(*family.set, payload), type);
      if (!value || (index != 0 && type != IFLA_TARGET_NETNSID)) continue;
      writer.put(type, value->data(), value->size());
      named = named || type != IFLA_TARGET_NETNSID;
    }
  }
  return named && writer.end();
}

struct Sighting {
  bool certain = false;
  Bytes object;  // empty: absent
};

Sighting look(Slots& slots, uint32_t slot, const Request& request, uint32_t deadlineMs) {
  Request get;
  if (request.family->protocol != NETLINK_ROUTE || !lookFor(request, get)) return {};
  const bool loose = request.verb == Verb::kDelete;
  const Answer answer = query(slots, slot, get, deadlineMs);
  if (answer.state == Answer::State::kFailed && isNotFound(answer.failure.error)) return {true, {}};
  if (!answer.done() || answer.interrupted) return {};
  if (get.verb == Verb::kGet) {
    for (const Bytes& datagram : answer.reply) {
      MessageReader reader(datagram);
      if (const auto message = reader.next()) return {true, {message->begin(), message->end()}};
    }
    return {};
  }
  const ByteView found = findObject(*request.family, request.bytes, answer.reply, loose);
  return {true, {found.begin(), found.end()}};
}

Answer settled(int error, std::vector<Bytes> reply = {}) {
  Answer answer;
  answer.state = error == 0 ? Answer::State::kDone : Answer::State::kFailed;
  answer.failure.error = error;
  if (error != 0) answer.failure.call = "netlink";
  answer.reply = std::move(reply);
  return answer;
}

}  // namespace

Answer recoverAnswer(Slots& slots, uint32_t slot, const Request& request, uint32_t deadlineMs) {
  Answer answer;
  for (int attempt = 0; attempt < kAttempts; attempt++) {
    Socket* socket = nullptr;
    if (Failure failure = slots.socket(slot, request.family->protocol, socket); failure.error != 0) {
      answer.failure = std::move(failure);
      return answer;
    }
    const bool adds = request.verb == Verb::kAdd || request.verb == Verb::kAppend;
    if (adds || request.verb == Verb::kDelete) {
      Sighting seen = look(slots, slot, request, deadlineMs);
      if (!seen.certain) {
        if (answer.failure.error == 0) answer.failure = settled(ETIMEDOUT).failure;
        // A request that identifies no object, such as a deletion by group, is repeated only if that is
        // harmless.
        if (adds) continue;
      } else if (adds && !seen.object.empty()) {
        const bool same = hasRequested(*request.family, request.bytes, seen.object);
        return same ? settled(0, {std::move(seen.object)}) : settled(EEXIST);
      } else if (!adds && seen.object.empty()) {
        return settled(0);
      }
    }
    // The look-up may have spoiled the socket.
    if (slots.socket(slot, request.family->protocol, socket).error != 0) continue;
    answer = isDump(request) ? dump(*socket, request, deadlineIn(deadlineMs))
                             : askOnce(*socket, request, deadlineIn(deadlineMs));
    // The lost request may have removed the object after all, or after the look-up.
    if (request.verb == Verb::kDelete && answer.state == Answer::State::kFailed &&
        isNotFound(answer.failure.error))
      return settled(0);
    if (answer.state != Answer::State::kUnknown) return answer;
  }
  return answer;
}

Answer query(Slots& slots, uint32_t slot, const Request& request, uint32_t deadlineMs) {
  Answer answer;
  for (int attempt = 0; attempt < kAttempts && answer.state == Answer::State::kUnknown; attempt++) {
    Socket* socket = nullptr;
    answer.failure = slots.socket(slot, request.family->protocol, socket);
    if (answer.failure.error != 0) break;
    const int64_t deadline = deadlineIn(deadlineMs);
    answer = isDump(request) ? dump(*socket, request, deadline) : askOnce(*socket, request, deadline);
  }
  return answer;
}

Answer recoverReply(Slots& slots, uint32_t slot, const Request& request, uint32_t deadlineMs, Answer done) {
  Sighting seen = look(slots, slot, request, deadlineMs);
  if (seen.certain && !seen.object.empty()) return settled(0, {std::move(seen.object)});
  done.state = Answer::State::kUnknown;
  done.failure.error = ENOBUFS;
  done.failure.call = "recvmsg";
  return done;
}

}  // namespace netloom
