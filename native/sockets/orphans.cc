#include "orphans.h"

#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string_view>
#include <vector>

#include "../base/descriptor.h"
#include "../netlink/message.h"
#include "../netlink/socket.h"
#include "diag_request.h"

namespace netloom {
namespace {

constexpr uint32_t kDeadlineMs = 1'000;
// The states in which the FIN is, or will be, sent and is not acknowledged. Connections that wait for the
// peer's FIN (FIN-WAIT-2, TIME-WAIT) do not pin a namespace.
constexpr uint32_t kStates = 1U << TCP_FIN_WAIT1 | 1U << TCP_CLOSING | 1U << TCP_LAST_ACK;

// Whether the count after `key` ("TCP: inuse ") is not 0.
bool counts(const char* path, std::string_view key) {
  const Descriptor file(open(path, O_RDONLY | O_CLOEXEC));
  std::array<char, 1024> text;
  const ssize_t size = file ? read(file.get(), text.data(), text.size()) : 0;
  const std::string_view found(text.data(), size > 0 ? static_cast<size_t>(size) : 0);
  const size_t at = found.find(key);
  return at != std::string_view::npos && found.substr(at + key.size(), 2) != "0 " &&
         found.substr(at + key.size(), 2) != "0\n";
}

// The orphans of one address family. If a part of the list was lost the others are found next time: the
// caller repeats until none is left.
std::vector<inet_diag_req_v2> orphans(Socket& socket, uint8_t family) {
  std::vector<inet_diag_req_v2> found;
  inet_diag_req_v2 all{};
  all.sdiag_family = family;
  all.sdiag_protocol = IPPROTO_TCP;
  all.idiag_states = kStates;
  const uint32_t sequence = socket.nextSequence();
  if (socket.send(diagRequest(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, all, sequence, socket.port())) != 0)
    return found;
  Bytes datagram;
  while (socket.receive(datagram, deadlineIn(kDeadlineMs)) == 0) {
    MessageReader reader(datagram);
    while (const auto message = reader.next()) {
      const auto header = load<nlmsghdr>(*message);
      if (header.nlmsg_seq != sequence) continue;
      if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) return found;
      if (message->size() < NLMSG_HDRLEN + sizeof(inet_diag_msg)) continue;
      const auto one = load<inet_diag_msg>(payloadOf(*message));
      if (one.idiag_inode != 0) continue;
      all.id = one.id;
      found.push_back(all);
    }
  }
  return found;
}

}  // namespace

bool hasTcpSockets() {
  return counts("/proc/thread-self/net/sockstat", "TCP: inuse ") ||
         counts("/proc/thread-self/net/sockstat6", "TCP6: inuse ");
}

void destroyOrphans() {
  std::shared_ptr<Socket> socket;
  if (Socket::open(NETLINK_SOCK_DIAG, 0, socket) != 0) return;
  for (const uint8_t family : {uint8_t{AF_INET}, uint8_t{AF_INET6}}) {
    for (const inet_diag_req_v2& orphan : orphans(*socket, family)) {
      // Best effort: no answer is requested.
      (void)socket->send(diagRequest(SOCK_DESTROY, 0, orphan, socket->nextSequence(), socket->port()));
    }
  }
}

}  // namespace netloom
