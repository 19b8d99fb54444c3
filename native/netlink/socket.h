// A netlink socket. It belongs to the namespace of the thread that opened it, and can be used from any
// thread.
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
  // Opens a socket in the calling thread's namespace with extended ACKs, capped ACKs and strict checking.
  // receiveBuffer 0: the default, 4 MiB where permitted. Returns 0 or an errno.
  static int open(int protocol, int receiveBuffer, std::shared_ptr<Socket>& out);

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] uint32_t port() const { return port_; }
  [[nodiscard]] int protocol() const { return protocol_; }
  [[nodiscard]] int receiveBuffer() const { return receiveBuffer_; }
  [[nodiscard]] uint32_t nextSequence() { return ++sequence_; }
  [[nodiscard]] size_t sendLimit() const { return sendLimit_; }  // sk_sndbuf - 32: the largest datagram

  // Sends one datagram; the kernel processes its requests before this returns. A datagram beyond the limit
  // raises the limit first, which needs CAP_NET_ADMIN. Returns 0 or an errno; on an error nothing was
  // processed.
  int send(ByteView datagram);
  // Receives one datagram from the kernel, waiting until `deadline` (CLOCK_MONOTONIC, ns). Datagrams of other
  // senders are dropped. Returns 0, ETIMEDOUT, ENOBUFS (a datagram was lost), EMSGSIZE (truncated), or
  // another errno.
  int receive(Bytes& out, int64_t deadline);
  // The same without waiting: EAGAIN if there is none. `nsid` is -1 unless NETLINK_LISTEN_ALL_NSID delivered
  // one.
  int receiveNow(Bytes& out, int& nsid);
  // True after a datagram was lost or a request was not answered: the socket must not be used any more.
  bool spoiled = false;
  // The types of generic netlink families that were looked up; they never change.
  std::map<std::string_view, uint16_t> genericTypes;
  // Replaces a spoiled socket inside the object, so that references to it stay valid. Memberships are lost.
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
