#include "carriers.h"

#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <optional>

#include "../netlink/walk.h"

namespace netloom {
namespace {

bool nameIn(Socket& socket, uint32_t index, const std::string& name, ifreq& out) {
  if (index == 0) {
    if (name.size() >= sizeof out.ifr_name) return false;
    std::copy(name.begin(), name.end(), out.ifr_name);
    return true;
  }
  out.ifr_ifindex = static_cast<int>(index);
  return ioctl(socket.fd(), SIOCGIFNAME, &out) == 0;
}

}  // namespace

void Carriers::note(uint32_t slot, const Request& request) {
  if (request.family->protocol != NETLINK_ROUTE) return;
  const auto header = load<nlmsghdr>(request.bytes);
  if (header.nlmsg_type != RTM_NEWLINK && header.nlmsg_type != RTM_SETLINK) return;
  if ((header.nlmsg_flags & NLM_F_CREATE) != 0) made_ = true;
  const ByteView payload = payloadOf(request.bytes);
  if (!made_ || payload.size() < sizeof(ifinfomsg)) return;
  const auto info = load<ifinfomsg>(payload);
  if ((info.ifi_flags & info.ifi_change & IFF_UP) == 0) return;
  Link link{slot, static_cast<uint32_t>(info.ifi_index), {}};
  const ByteView attributes = payload.subspan(NLMSG_ALIGN(sizeof(ifinfomsg)));
  if (const auto name = findAttribute(attributes, IFLA_IFNAME)) link.name = textOf(*name);
  if (link.name != "lo") links_.push_back(std::move(link));
}

void Carriers::synchronise(Slots& slots) {
  for (const Link& link : links_) {
    Socket* socket = nullptr;
    ifreq request{};
    if (slots.socket(link.slot, NETLINK_ROUTE, socket).error != 0) continue;
    if (!nameIn(*socket, link.index, link.name, request)) continue;
    // Works in the socket's namespace, and is much cheaper than RTM_GETLINK. A link that does not support the
    // query needs no worker.
    ethtool_value value{ETHTOOL_GLINK, 0};
    request.ifr_data = reinterpret_cast<char*>(&value);
    ioctl(socket->fd(), SIOCETHTOOL, &request);
  }
  links_.clear();
}

}  // namespace netloom
