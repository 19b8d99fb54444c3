#include "slots.h"

#include <linux/netlink.h>
#include <sys/socket.h>

namespace netloom {
namespace {

Failure failed(int error, const char* call) {
  Failure failure;
  failure.error = error;
  failure.call = error == EOWNERDEAD ? "setns" : call;
  return failure;
}

// Remembers which of several calls failed: `if (trace.failed("open", error)) return trace.error();`
struct Trace {
  int error = 0;
  const char* call = "";
  bool failed(const char* name, int result) {
    error = result;
    call = name;
    return result != 0;
  }
};

}  // namespace

Slots::Slots(Home& home, std::vector<Slot> slots) : home_(home), slots_(std::move(slots)) {}

Failure Slots::create(uint16_t slot, const std::string& path) {
  auto netns = std::make_shared<Namespace>();
  std::shared_ptr<Socket> route;
  Trace trace;
  const int error = home_.insideNew([&] {
    // The socket is opened while the thread is inside anyway: nearly every new namespace is configured next.
    if (trace.failed("open", openCurrentNamespace(netns->fd))) return trace.error;
    if (trace.failed("socket", Socket::open(NETLINK_ROUTE, 0, route))) return trace.error;
    socklen_t size = sizeof netns->cookie;
    const int got = getsockopt(route->fd(), SOL_SOCKET, SO_NETNS_COOKIE, &netns->cookie, &size);
    if (trace.failed("getsockopt", got < 0 ? errno : 0)) return trace.error;
    if (!path.empty() && trace.failed("mount", pinCurrentNamespace(path))) return trace.error;
    return 0;
  });
  if (error != 0) {
    if (trace.error == 0 && netns->fd && !path.empty())
      unpinNamespace(path);  // pinned, but the way back was barred
    return failed(error, trace.error != 0 ? trace.call : "unshare");
  }
  slots_[slot] = {std::move(netns), std::move(route), nullptr};
  return {};
}

Failure Slots::open(uint16_t slot, const std::string& path) {
  auto netns = std::make_shared<Namespace>();
  if (const int error = openNamespace(path, netns->fd)) return failed(error, "open");
  Trace trace;
  const int error = home_.inside(netns->fd.get(), [&] {
    trace.failed("getsockopt", namespaceCookie(netns->cookie));
    return trace.error;
  });
  if (error != 0) return failed(error, trace.error != 0 ? trace.call : "setns");
  slots_[slot] = {std::move(netns), nullptr, nullptr};
  return {};
}

void Slots::drop(uint16_t slot) { slots_[slot] = {}; }

Failure Slots::socket(uint16_t index, int protocol, Socket*& out) {
  Slot& slot = slots_[index];
  auto& socket = protocol == NETLINK_ROUTE ? slot.route : slot.netfilter;
  if (!socket) {
    if (Failure failure = openSocket(index, protocol, 0, socket); failure.error != 0) return failure;
  } else if (socket->spoiled) {
    if (Failure failure = replace(slot, *socket); failure.error != 0) return failure;
  }
  out = socket.get();
  return {};
}

Failure Slots::openSocket(uint16_t index, int protocol, int receiveBuffer, std::shared_ptr<Socket>& out) {
  const Slot& slot = slots_[index];
  if (!slot.netns) return failed(EBADF, "setns");
  Trace trace;
  const int error = home_.inside(slot.netns->fd.get(), [&] {
    trace.failed("socket", Socket::open(protocol, receiveBuffer, out));
    return trace.error;
  });
  return error == 0 ? Failure{} : failed(error, trace.error != 0 ? trace.call : "setns");
}

void Slots::lend(uint16_t slot, std::shared_ptr<Socket> socket) {
  (socket->protocol() == NETLINK_ROUTE ? slots_[slot].route : slots_[slot].netfilter) = std::move(socket);
}

Failure Slots::replace(const Slot& slot, Socket& socket) {
  // A netfilter socket may own a table that the kernel deletes with it, so it is kept: its sequence numbers
  // go on, and a late answer to an old request is told apart by them. The same serves where no namespace was
  // given to open in.
  if (socket.protocol() == NETLINK_NETFILTER || !slot.netns) {
    socket.spoiled = false;
    return {};
  }
  std::shared_ptr<Socket> fresh;
  Trace trace;
  const int error = home_.inside(slot.netns->fd.get(), [&] {
    trace.failed("socket", Socket::open(socket.protocol(), socket.receiveBuffer(), fresh));
    return trace.error;
  });
  if (error != 0) return failed(error, trace.error != 0 ? trace.call : "setns");
  socket.replaceBy(*fresh);
  return {};
}

}  // namespace netloom
