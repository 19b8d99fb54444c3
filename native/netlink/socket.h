// A netlink socket: born in the calling thread's namespace, afterwards usable from any thread. No N-API in
// here.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "../base/clock.h"
#include "../base/descriptor.h"
#include "message.h"

namespace netloom {

class Socket {
 public:
  // Opens one in the calling thread's namespace with extended ACKs, capped ACKs and strict checking;
  // receiveBuffer 0 takes the default (4 MiB forced where permitted). Returns 0 or an errno.
  static int open(int protocol, int receiveBuffer, std::shared_ptr<Socket>& out);

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] uint32_t port() const { return port_; }
  [[nodiscard]] int protocol() const { return protocol_; }
  [[nodiscard]] int receiveBuffer() const { return receiveBuffer_; }
  [[nodiscard]] uint32_t nextSequence() { return ++sequence_; }
  [[nodiscard]] size_t sendLimit() const { return sendLimit_; }  // sk_sndbuf - 32: the largest datagram

  // One datagram; the kernel runs the requests in it before this returns. One beyond the limit raises the
  // limit first, which takes CAP_NET_ADMIN. 0 or an errno: then nothing was run.
  int send(ByteView datagram);
  // One datagram from the kernel (other senders are dropped), waiting until `deadline` (CLOCK_MONOTONIC, ns).
  // 0, ETIMEDOUT, ENOBUFS (something was lost), EMSGSIZE (truncated), or another errno.
  int receive(Bytes& out, int64_t deadline);
  // The same without waiting: EAGAIN if there is nothing. `nsid` is -1 unless NETLINK_LISTEN_ALL_NSID
  // delivered one.
  int receiveNow(Bytes& out, int& nsid);
  // A socket that lost something, or has an unanswered request, is used no more.
  bool spoiled = false;
  // The types of generic netlink families that were asked for here; the kernel gives each its number for
  // good.
  std::map<std::string_view, uint16_t> genericTypes;
  // Takes the place of a spoiled socket inside the object, so that what holds it stays valid. Memberships are
  // lost.
  void replaceBy(Socket& fresh);

  int join(uint32_t group);
  int listenToAllNamespaces();

 private:
  int setUp(int protocol, int receiveBuffer);
  int learnSendLimit();

  Descriptor fd_;
  uint32_t port_ = 0;
  uint32_t sequence_ = 0;
  size_t sendLimit_ = 0;
  int protocol_ = 0;
  int receiveBuffer_ = 0;
};

}  // namespace netloom
