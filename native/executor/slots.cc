#include "slots.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <iterator>
#include <utility>

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

Failure Slots::create(uint32_t slot, const std::string& path) {
  auto netns = std::make_shared<Namespace>();
  std::shared_ptr<Socket> route;
  if (Failure failure = prepare(path); failure.error != 0) return failure;
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
  made_.push_back(slot);
  return {};
}

// Sharing the directory's mount takes the kernel the longer the more names are in it: once for a program is
// enough.
Failure Slots::prepare(const std::string& path) {
  const std::string directory = path.substr(0, std::max<size_t>(path.rfind('/'), 1));
  if (path.empty() || directory == prepared_) return {};
  if (const int error = prepareDirectory(directory)) return failed(error, "mount");
  prepared_ = directory;
  return {};
}

Failure Slots::open(uint32_t slot, const std::string& path) {
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

void Slots::drop(uint32_t slot) { slots_[slot] = {}; }

void Slots::add(std::vector<Slot> more) { std::move(more.begin(), more.end(), std::back_inserter(slots_)); }

void Slots::closeSockets() {
  for (const uint32_t slot : std::exchange(made_, {})) slots_[slot].route.reset();
}

Failure Slots::socket(uint32_t index, int protocol, Socket*& out) {
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

Failure Slots::openSocket(uint32_t index, int protocol, int receiveBuffer, std::shared_ptr<Socket>& out) {
  const Slot& slot = slots_[index];
  if (!slot.netns) return failed(EBADF, "setns");
  Trace trace;
  const int error = home_.inside(slot.netns->fd.get(), [&] {
    trace.failed("socket", Socket::open(protocol, receiveBuffer, out));
    return trace.error;
  });
  return error == 0 ? Failure{} : failed(error, trace.error != 0 ? trace.call : "setns");
}

void Slots::lend(uint32_t slot, std::shared_ptr<Socket> socket) {
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
