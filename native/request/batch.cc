#include "batch.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>

#include "../netlink/path.h"
#include "generic_netlink.h"

namespace netloom {
namespace {

// Bounded by the answers that a receive buffer of default size holds (256).
constexpr size_t kMostMessages = 128;
constexpr size_t kMostBytes = 64 << 10;
// Deleting a link takes 15 to 30 ms of RCU grace periods, in which monitors and other programs have to wait.
constexpr int kMostDeletedLinks = 16;
// Adding a port to a large bridge takes half a millisecond. A kernel without preemption lets nothing else run
// on the processor meanwhile, the event loop included.
constexpr int kMostNewLinks = 2;

bool deletesLink(const Request& request) { return load<nlmsghdr>(request.bytes).nlmsg_type == RTM_DELLINK; }

bool makesLink(const Request& request) {
  const auto header = load<nlmsghdr>(request.bytes);
  return request.family->protocol == NETLINK_ROUTE && header.nlmsg_type == RTM_NEWLINK &&
         (header.nlmsg_flags & NLM_F_CREATE) != 0;
}

// True if device names may have another meaning after the request: it creates, deletes, renames or moves a
// device.
bool changesNames(const Request& request) {
  const auto header = load<nlmsghdr>(request.bytes);
  if (request.family->protocol != NETLINK_ROUTE) return false;
  if (header.nlmsg_type == RTM_DELLINK || header.nlmsg_type == RTM_NEWLINKPROP) return true;
  if (header.nlmsg_type != RTM_NEWLINK && header.nlmsg_type != RTM_SETLINK) return false;
  if ((header.nlmsg_flags & NLM_F_CREATE) || !request.namespaces.empty()) return true;
  const ByteView payload = payloadOf(request.bytes);
  if (payload.size() < sizeof(ifinfomsg)) return true;
  const ByteView attributes = payload.subspan(NLMSG_ALIGN(sizeof(ifinfomsg)));
  // In a request with an index the name is the new one, without an index it identifies the device.
  const bool renames = load<ifinfomsg>(payload).ifi_index != 0 && findAttribute(attributes, IFLA_IFNAME);
  return renames || findAttribute(attributes, IFLA_NET_NS_PID) || findAttribute(attributes, IFLA_NET_NS_FD);
}

int indexOf(Socket& socket, const std::string& name, uint32_t& out) {
  ifreq request{};
  if (name.size() >= sizeof request.ifr_name) return ENODEV;
  std::copy(name.begin(), name.end(), request.ifr_name);
  // The ioctl works in the socket's namespace, not the thread's, and knows alternative names.
  if (ioctl(socket.fd(), SIOCGIFINDEX, &request) < 0) return errno;
  out = static_cast<uint32_t>(request.ifr_ifindex);
  return 0;
}

void store(Bytes& bytes, uint32_t offset, uint32_t value) {
  if (offset + sizeof value <= bytes.size()) std::memcpy(bytes.data() + offset, &value, sizeof value);
}

}  // namespace

Failure patch(Slots& slots, Socket& socket, const Request& request, Bytes& bytes) {
  Failure failure = patchType(socket, *request.family, bytes);
  if (failure.error != 0) return failure;
  for (const auto& device : request.devices) {
    uint32_t index = 0;
    if (const int error = indexOf(socket, device.name, index)) {
      failure.error = error;
      failure.call = "SIOCGIFINDEX";
      failure.path = pathAt(*request.family, request.bytes, device.offset);
      return failure;
    }
    store(bytes, device.offset, index);
  }
  for (const auto& place : request.namespaces) {
    const auto& netns = slots.netns(place.slot);
    if (!netns || !netns->fd) {
      failure.error = EBADF;
      failure.call = "setns";
      failure.path = pathAt(*request.family, request.bytes, place.offset);
      return failure;
    }
    store(bytes, place.offset, static_cast<uint32_t>(netns->fd.get()));
  }
  return failure;
}

bool Batch::full(const Request& request) const {
  if (families_.empty()) return false;
  return families_.size() >= kMostMessages || deletedLinks_ >= kMostDeletedLinks ||
         (newLinks_ >= kMostNewLinks && makesLink(request)) || (renames_ && !request.devices.empty()) ||
         bytes_.size() + request.bytes.size() > std::min(socket_.sendLimit(), kMostBytes);
}

Batch::Added Batch::add(const Request& request, Failure& why) {
  if (full(request)) return Added::kFull;
  Bytes bytes = request.bytes;
  why = patch(slots_, socket_, request, bytes);
  if (why.error != 0) return families_.empty() ? Added::kFailed : Added::kFull;
  last_ = bytes_.size();
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  families_.push_back(request.family);
  if (deletesLink(request)) deletedLinks_++;
  if (makesLink(request)) newLinks_++;
  renames_ = renames_ || changesNames(request);
  return Added::kYes;
}

std::vector<Answer> Batch::send(int64_t deadline) {
  auto header = load<nlmsghdr>(bytes_, last_);
  header.nlmsg_flags |= NLM_F_ACK;
  std::memcpy(bytes_.data() + last_, &header, sizeof header);
  return exchange(socket_, bytes_, families_, deadline);
}

}  // namespace netloom
