// A multicast subscription: its socket, and the queue of events.
#pragma once

#include <deque>

#include "../netns/namespace_scope.h"
#include "../program/completion.h"

namespace netloom {

class Monitor {
 public:
  // Opens the socket inside the namespace and joins the groups. Returns 0 or an errno.
  static int open(NamespaceScope& scope, const Namespace& netns, int protocol,
                  const std::vector<uint32_t>& groups, bool allNamespaces, int receiveBuffer,
                  std::unique_ptr<Monitor>& out);

  explicit Monitor(std::shared_ptr<Socket> socket) : socket_(std::move(socket)) {}
  // -1 once the monitor has ended: its socket is closed, which removes it from any epoll set.
  [[nodiscard]] int fd() const { return socket_ ? socket_->fd() : -1; }

  // Reads a bounded number of datagrams from the socket.
  void receive();
  // Closes the socket and queues a kEnd event.
  void end(int error);

  // False while the queue is full: then the socket is not read, and if its buffer overflows the kernel
  // reports that, which becomes a kResync.
  [[nodiscard]] bool wantsInput() const { return !ended_ && bytes_ < kMostBytes; }

  bool reading = false;  // a reader waits for the next events
  [[nodiscard]] bool hasEvents() const { return !events_.empty(); }
  [[nodiscard]] bool ended() const { return ended_; }
  std::vector<MonitorEvent> take();

 private:
  static constexpr size_t kMostBytes = 16 << 20;

  void push(MonitorEvent event);

  std::shared_ptr<Socket> socket_;
  std::deque<MonitorEvent> events_;
  size_t bytes_ = 0;
  bool ended_ = false;
};

}  // namespace netloom
