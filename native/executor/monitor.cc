#include "monitor.h"

#include <cerrno>
#include <iterator>

namespace netloom {
namespace {

constexpr int kDatagramsAtOnce = 64;        // afterwards programs take their turn
constexpr size_t kOverhead = 64;            // of an event in the queue, so that tiny events are bounded, too
constexpr size_t kMostEventsAtOnce = 1024;  // for one read: decoding them blocks the JavaScript thread

}  // namespace

int Monitor::open(NamespaceScope& scope, const Namespace& netns, int protocol,
                  const std::vector<uint32_t>& groups, bool allNamespaces, int receiveBuffer,
                  std::unique_ptr<Monitor>& out) {
  std::shared_ptr<Socket> socket;
  const int error =
      scope.runInside(netns.fd.get(), [&] { return Socket::open(protocol, receiveBuffer, socket); });
  if (error != 0) return error;
  if (allNamespaces) {
    if (const int refused = socket->listenToAllNamespaces()) return refused;
  }
  for (const uint32_t group : groups) {
    if (const int refused = socket->join(group)) return refused;
  }
  out = std::make_unique<Monitor>(std::move(socket));
  return 0;
}

void Monitor::push(MonitorEvent event) {
  bytes_ += event.message.size() + kOverhead;
  events_.push_back(std::move(event));
}

void Monitor::receive() {
  Bytes datagram;
  for (int i = 0; i < kDatagramsAtOnce && wantsInput(); i++) {
    MonitorEvent event;
    const int error = socket_->receiveNow(datagram, event.nsid);
    if (error == EAGAIN) return;
    if (error == ENOBUFS || error == EMSGSIZE) {
      event.type = MonitorEvent::Type::kResync;
      push(std::move(event));
      continue;
    }
    if (error != 0) return end(error);
    MessageReader reader(datagram);
    while (const auto message = reader.next()) {
      if (load<nlmsghdr>(*message).nlmsg_type < NLMSG_MIN_TYPE) continue;
      MonitorEvent part;
      part.nsid = event.nsid;
      part.message.assign(message->begin(), message->end());
      push(std::move(part));
    }
  }
}

void Monitor::end(int error) {
  if (ended_) return;
  ended_ = true;
  socket_.reset();
  MonitorEvent event;
  event.type = MonitorEvent::Type::kEnd;
  event.error = error;
  push(std::move(event));
}

std::vector<MonitorEvent> Monitor::take() {
  const auto count = static_cast<std::ptrdiff_t>(std::min(events_.size(), kMostEventsAtOnce));
  std::vector<MonitorEvent> out(std::make_move_iterator(events_.begin()),
                                std::make_move_iterator(events_.begin() + count));
  events_.erase(events_.begin(), events_.begin() + count);
  for (const MonitorEvent& event : out) bytes_ -= event.message.size() + kOverhead;
  return out;
}

}  // namespace netloom
