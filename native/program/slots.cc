#include "slots.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace netloom {
namespace {

// The number of unused sockets in new namespaces that stay open.
constexpr size_t kMostFresh = 64;

std::shared_ptr<Socket>& socketOf(Slot& slot, int protocol) {
  if (protocol == NETLINK_ROUTE) return slot.route;
  return protocol == NETLINK_NETFILTER ? slot.netfilter : slot.generic;
}

}  // namespace

Slots::Slots(NamespaceScope& scope, std::vector<Slot> slots) : scope_(scope), slots_(std::move(slots)) {}

Failure Slots::create(uint32_t slot, const std::string& path) {
  if (Failure failure = prepare(path); failure.error != 0) return failure;
  Creation made;
  if (Failure failure = createNamespace(scope_, path, made); failure.error != 0) return failure;
  fill(slot, std::move(made));
  return {};
}

void Slots::fill(uint32_t slot, Creation made) {
  slots_[slot] = {std::move(made.netns), std::move(made.route), nullptr, nullptr};
  fresh_.push_back({slot, false});
}

// Done once for each program: where the kernel cannot tell whether the directory is shared, the cost grows
// with the number of names in it.
Failure Slots::prepare(const std::string& path) {
  const std::string directory = path.substr(0, std::max<size_t>(path.rfind('/'), 1));
  if (path.empty() || directory == prepared_) return {};
  if (const int error = prepareDirectory(directory)) return failedInside(error, "mount");
  prepared_ = directory;
  return {};
}

Failure Slots::open(uint32_t slot, const std::string& path) {
  auto netns = std::make_shared<Namespace>();
  if (const int error = openNamespace(path, netns->fd)) return failedInside(error, "open");
  Trace trace;
  const int error = scope_.runInside(netns->fd.get(), [&] {
    trace.failed("getsockopt", namespaceCookie(netns->cookie));
    return trace.error;
  });
  if (error != 0) return failedInside(error, trace.error != 0 ? trace.call : "setns");
  slots_[slot] = {std::move(netns), nullptr, nullptr, nullptr};
  return {};
}

void Slots::drop(uint32_t slot) { slots_[slot] = {}; }

void Slots::add(std::vector<Slot> more) { std::move(more.begin(), more.end(), std::back_inserter(slots_)); }

void Slots::closeSockets() {
  const size_t spare = fresh_.size() > kMostFresh ? fresh_.size() - kMostFresh : 0;
  size_t seen = 0;
  std::erase_if(fresh_, [&](const Fresh& fresh) {
    const bool closes = fresh.used || seen < spare;
    seen++;
    if (closes) slots_[fresh.slot].route.reset();
    return closes;
  });
}

Failure Slots::socket(uint32_t index, int protocol, Socket*& out) {
  Slot& slot = slots_[index];
  auto& socket = socketOf(slot, protocol);
  for (Fresh& fresh : fresh_) fresh.used = fresh.used || fresh.slot == index;
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
  if (!slot.netns) return failedInside(EBADF, "setns");
  Trace trace;
  const int error = scope_.runInside(slot.netns->fd.get(), [&] {
    trace.failed("socket", Socket::open(protocol, receiveBuffer, out));
    return trace.error;
  });
  return error == 0 ? Failure{} : failedInside(error, trace.error != 0 ? trace.call : "setns");
}

void Slots::lend(uint32_t slot, std::shared_ptr<Socket> socket) {
  auto& place = socketOf(slots_[slot], socket->protocol());
  place = std::move(socket);
}

Failure Slots::replace(const Slot& slot, Socket& socket) {
  // A netfilter socket may own a table that the kernel deletes with the socket, so it is kept. Its sequence
  // numbers continue, so a late answer to an old request is recognised. The same is done without a namespace
  // to open one in.
  if (socket.protocol() == NETLINK_NETFILTER || !slot.netns) {
    socket.spoiled = false;
    return {};
  }
  std::shared_ptr<Socket> fresh;
  Trace trace;
  const int error = scope_.runInside(slot.netns->fd.get(), [&] {
    trace.failed("socket", Socket::open(socket.protocol(), socket.receiveBuffer(), fresh));
    return trace.error;
  });
  if (error != 0) return failedInside(error, trace.error != 0 ? trace.call : "setns");
  socket.replaceBy(*fresh);
  return {};
}

}  // namespace netloom
