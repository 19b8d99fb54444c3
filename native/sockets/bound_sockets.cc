#include "bound_sockets.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "../netlink/message.h"
#include "../netlink/socket.h"
#include "diag_request.h"

namespace netloom {
namespace {

constexpr uint32_t kDeadlineMs = 1'000;
constexpr int kRepeats = 8;

// Those that listen, or are bound.
inet_diag_req_v2 allBound(uint8_t family, bool tcp) {
  inet_diag_req_v2 about{};
  about.sdiag_family = family;
  about.sdiag_protocol = tcp ? IPPROTO_TCP : IPPROTO_UDP;
  // A connected UDP socket receives from its peer only.
  about.idiag_states = 1U << (tcp ? TCP_LISTEN : TCP_CLOSE);
  return about;
}

std::string textOfAddress(int family, const void* bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return inet_ntop(family, bytes, text.data(), text.size()) == nullptr ? std::string() : text.data();
}

BoundSocket boundSocket(const inet_diag_msg& one, ByteView attributes, bool tcp) {
  BoundSocket out;
  out.tcp = tcp;
  out.port = ntohs(one.id.idiag_sport);
  if (one.idiag_family == AF_INET) {
    out.address = textOfAddress(AF_INET, &one.id.idiag_src[0]);
    return out;
  }
  in6_addr address{};
  std::memcpy(&address, &one.id.idiag_src[0], sizeof address);
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    out.address = textOfAddress(AF_INET, &one.id.idiag_src[3]);
    return out;
  }
  out.address = textOfAddress(AF_INET6, &address);
  const auto only = findAttribute(attributes, INET_DIAG_SKV6ONLY);
  out.both = IN6_IS_ADDR_UNSPECIFIED(&address) && only && !only->empty() && only->front() == 0;
  return out;
}

// The result of one message: an errno, 0 at the end of the dump, or none if more messages follow.
std::optional<int> take(ByteView message, bool tcp, std::vector<BoundSocket>& out) {
  const auto header = load<nlmsghdr>(message);
  const ByteView payload = payloadOf(message);
  if (header.nlmsg_type == NLMSG_ERROR) return payload.size() < sizeof(int) ? EBADMSG : -load<int>(payload);
  if (header.nlmsg_type == NLMSG_DONE) return 0;
  if ((header.nlmsg_flags & NLM_F_DUMP_INTR) != 0) return EINTR;
  if (payload.size() < sizeof(inet_diag_msg)) return EBADMSG;
  out.push_back(boundSocket(load<inet_diag_msg>(payload), payload.subspan(sizeof(inet_diag_msg)), tcp));
  return std::nullopt;
}

int readOnce(uint8_t family, bool tcp, std::vector<BoundSocket>& out) {
  std::shared_ptr<Socket> socket;
  if (const int error = Socket::open(NETLINK_SOCK_DIAG, 0, socket); error != 0) return error;
  const uint32_t sequence = socket->nextSequence();
  const Bytes request =
      diagRequest(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, allBound(family, tcp), sequence, socket->port());
  if (const int error = socket->send(request); error != 0) return error;
  Bytes datagram;
  for (;;) {
    if (const int error = socket->receive(datagram, deadlineIn(kDeadlineMs)); error != 0) return error;
    MessageReader reader(datagram);
    while (const auto message = reader.next()) {
      if (load<nlmsghdr>(*message).nlmsg_seq != sequence) continue;
      if (const auto end = take(*message, tcp, out)) return *end;
    }
  }
}

// The list is read again if a datagram was lost or the list changed meanwhile.
int readAll(uint8_t family, bool tcp, std::vector<BoundSocket>& out) {
  int error = 0;
  for (int i = 0; i < kRepeats; i++) {
    std::vector<BoundSocket> found;
    error = readOnce(family, tcp, found);
    if (error == 0) out.insert(out.end(), found.begin(), found.end());
    if (error != EINTR && error != ENOBUFS) break;
  }
  return error;
}

}  // namespace

int readBoundSockets(bool tcp, bool udp, std::vector<BoundSocket>& out) {
  for (const bool isTcp : {true, false}) {
    if (!(isTcp ? tcp : udp)) continue;
    for (const uint8_t family : {uint8_t{AF_INET}, uint8_t{AF_INET6}}) {
      const int error = readAll(family, isTcp, out);
      // A kernel without IPv6 does not have this list.
      if (error != 0 && !(family == AF_INET6 && error == ENOENT)) return error;
    }
  }
  return 0;
}

}  // namespace netloom
