#include "socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace netloom {
namespace {

constexpr int kReceiveBuffer = 4 << 20;
// The kernel sends dumps in datagrams of 32 KiB, but an object that does not fit gets a larger one, and the
// attributes of a link can take some hundred KiB. The size is constant: after a large receive a smaller one
// loses messages.
constexpr size_t kDatagram = 1 << 20;
constexpr size_t kReserve = 32;  // what the kernel subtracts from sk_sndbuf before it compares

int set(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value) < 0 ? errno : 0;
}

// The namespace id that NETLINK_LISTEN_ALL_NSID attaches to events of other namespaces.
int nsidOf(msghdr& header) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
       control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level != SOL_NETLINK || control->cmsg_type != NETLINK_LISTEN_ALL_NSID) continue;
    int nsid = -1;
    std::memcpy(&nsid, CMSG_DATA(control), sizeof nsid);
    return nsid;
  }
  return -1;
}

// One buffer for each receiving thread. Its pages are allocated when a datagram reaches them.
uint8_t* receiveBuffer() {
  static thread_local const std::unique_ptr<uint8_t[]> buffer(new uint8_t[kDatagram]);
  return buffer.get();
}

}  // namespace

int Socket::open(int protocol, int receiveBuffer, std::shared_ptr<Socket>& out) {
  auto socket = std::make_shared<Socket>();
  if (const int error = socket->setUp(protocol, receiveBuffer)) return error;
  out = std::move(socket);
  return 0;
}

int Socket::setUp(int protocol, int receiveBuffer) {
  fd_ = Descriptor(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  if (!fd_) return errno;
  protocol_ = protocol;
  receiveBuffer_ = receiveBuffer;
  if (const int error = set(fd(), SOL_NETLINK, NETLINK_EXT_ACK, 1)) return error;
  if (const int error = set(fd(), SOL_NETLINK, NETLINK_CAP_ACK, 1)) return error;
  // Strict checking exists in rtnetlink only; other protocols ignore the option.
  if (const int error = set(fd(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)) return error;
  const int size = receiveBuffer > 0 ? receiveBuffer : kReceiveBuffer;
  if (set(fd(), SOL_SOCKET, SO_RCVBUFFORCE, size) != 0) {
    if (const int error = set(fd(), SOL_SOCKET, SO_RCVBUF, size)) return error;
  }
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  if (bind(fd(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) return errno;
  socklen_t length = sizeof address;
  if (getsockname(fd(), reinterpret_cast<sockaddr*>(&address), &length) < 0) return errno;
  port_ = address.nl_pid;
  return learnSendLimit();
}

int Socket::learnSendLimit() {
  int size = 0;
  socklen_t length = sizeof size;
  if (getsockopt(fd(), SOL_SOCKET, SO_SNDBUF, &size, &length) < 0) return errno;
  sendLimit_ = size > static_cast<int>(kReserve) ? static_cast<size_t>(size) - kReserve : 0;
  return 0;
}

int Socket::send(ByteView datagram) {
  if (datagram.size() > sendLimit_) {
    if (const int error = set(fd(), SOL_SOCKET, SO_SNDBUFFORCE, static_cast<int>(datagram.size() + kReserve)))
      return error;
    if (const int error = learnSendLimit()) return error;
  }
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  iovec part{const_cast<uint8_t*>(datagram.data()), datagram.size()};
  msghdr header{};
  header.msg_name = &kernel;
  header.msg_namelen = sizeof kernel;
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  // Bounded, in case signals keep interrupting.
  for (int attempt = 0; attempt < 8; attempt++) {
    if (sendmsg(fd(), &header, MSG_DONTWAIT) >= 0) return 0;
    if (errno != EINTR) return errno;
  }
  return EINTR;
}

int Socket::receiveNow(Bytes& out, int& nsid) {
  uint8_t* const buffer = netloom::receiveBuffer();
  alignas(cmsghdr) std::array<uint8_t, 128> control;
  // Bounded, so that a flood of foreign messages cannot occupy the thread.
  for (int attempt = 0; attempt < 64; attempt++) {
    sockaddr_nl sender{};
    iovec part{buffer, kDatagram};
    msghdr header{};
    header.msg_name = &sender;
    header.msg_namelen = sizeof sender;
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    const ssize_t size = recvmsg(fd(), &header, MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno;
    if (header.msg_namelen != sizeof sender || sender.nl_pid != 0) continue;  // not the kernel
    if (header.msg_flags & MSG_TRUNC) return EMSGSIZE;
    nsid = nsidOf(header);
    out.assign(buffer, buffer + size);
    return 0;
  }
  return EAGAIN;
}

int Socket::receive(Bytes& out, int64_t deadline) {
  for (;;) {
    int nsid = -1;
    const int error = receiveNow(out, nsid);
    if (error != EAGAIN) return error;
    const int64_t left = deadline - monotonicNow();
    if (left <= 0) return ETIMEDOUT;
    pollfd wait{fd(), POLLIN, 0};
    const int64_t milliseconds = (left + kMillisecond - 1) / kMillisecond;
    if (poll(&wait, 1, static_cast<int>(std::min<int64_t>(milliseconds, 60'000))) < 0 && errno != EINTR)
      return errno;
  }
}

void Socket::replaceBy(Socket& fresh) {
  std::swap(fd_, fresh.fd_);
  std::swap(port_, fresh.port_);
  std::swap(sendLimit_, fresh.sendLimit_);
  // The sequence continues, so a late answer to the old socket cannot be mistaken for a new one.
  spoiled = false;
}

int Socket::join(uint32_t group) {
  return set(fd(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, static_cast<int>(group));
}

int Socket::listenToAllNamespaces() { return set(fd(), SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, 1); }

}  // namespace netloom
