// libFuzzer over the life of a netlink socket: questions to the kernel, answers awaited or not, groups,
// another socket in its place. It only asks: nothing in the namespace changes.
#include <linux/rtnetlink.h>

#include <cstddef>
#include <cstdint>

#include "netlink/socket.h"

namespace {

using namespace netloom;

constexpr uint16_t kQuestions[] = {RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE, RTM_GETNEIGH, RTM_GETRULE};
constexpr int kProtocols[] = {NETLINK_ROUTE, NETLINK_NETFILTER, NETLINK_GENERIC, -1};

void ask(Socket& socket, uint8_t which, uint8_t length) {
  Bytes datagram;
  MessageWriter writer(datagram);
  const uint16_t flags = NLM_F_REQUEST | ((which & 0x80) != 0 ? NLM_F_DUMP : NLM_F_ACK);
  writer.begin(kQuestions[which % std::size(kQuestions)], flags);
  (void)writer.header(length);
  if (!writer.end()) return;
  auto header = load<nlmsghdr>(datagram);
  header.nlmsg_seq = socket.nextSequence();
  header.nlmsg_pid = socket.port();
  std::memcpy(datagram.data(), &header, sizeof header);
  (void)socket.send(datagram);
}

}  // namespace

// Two bytes a turn: what to do, and with what.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::shared_ptr<Socket> socket;
  if (size < 2 || Socket::open(kProtocols[data[0] & 3], data[1] * 16, socket) != 0) return 0;
  Bytes out;
  for (size_t at = 2; at + 2 <= size && at < 64; at += 2) {
    const uint8_t value = data[at + 1];
    int nsid = 0;
    switch (data[at] % 7) {
      case 0:
        if (socket->protocol() == NETLINK_ROUTE) ask(*socket, value, value);
        break;
      case 1:
        (void)socket->receive(out, monotonicNow() + value * 1000);
        break;
      case 2:
        (void)socket->receiveNow(out, nsid);
        break;
      case 3:
        (void)socket->join(value % 40);
        break;
      case 4:
        (void)socket->listenToAllNamespaces();
        break;
      case 5: {
        std::shared_ptr<Socket> fresh;
        if (Socket::open(socket->protocol(), socket->receiveBuffer(), fresh) == 0) socket->replaceBy(*fresh);
        break;
      }
      default:
        // Beyond what the socket takes, at times.
        if (socket->protocol() == NETLINK_ROUTE) (void)socket->send(Bytes(size_t{value} * 2048));
    }
  }
  return 0;
}
