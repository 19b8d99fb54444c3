#include "inet_socket.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

namespace netloom {
namespace {

struct Place {
  sockaddr_storage address{};
  socklen_t size = 0;
  std::string device;
};

bool parse(const std::string& text, uint16_t port, Place& out) {
  auto* four = reinterpret_cast<sockaddr_in*>(&out.address);
  if (inet_pton(AF_INET, text.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
    out.size = sizeof *four;
    return true;
  }
  const size_t zone = text.find('%');
  auto* six = reinterpret_cast<sockaddr_in6*>(&out.address);
  if (inet_pton(AF_INET6, text.substr(0, zone).c_str(), &six->sin6_addr) != 1) return false;
  six->sin6_family = AF_INET6;
  six->sin6_port = htons(port);
  if (zone != std::string::npos) {
    out.device = text.substr(zone + 1);
    six->sin6_scope_id = if_nametoindex(out.device.c_str());
  }
  out.size = sizeof *six;
  return true;
}

bool set(const Descriptor& socket, int level, int option, int value) {
  return setsockopt(socket.get(), level, option, &value, sizeof value) == 0;
}

bool setOptions(const Descriptor& socket, const InetSocket& wanted, const Place& place) {
  if (wanted.reuseAddress && !set(socket, SOL_SOCKET, SO_REUSEADDR, 1)) return false;
  if (wanted.reusePort && !set(socket, SOL_SOCKET, SO_REUSEPORT, 1)) return false;
  if (place.address.ss_family == AF_INET6 && !set(socket, IPPROTO_IPV6, IPV6_V6ONLY, wanted.ipv6Only ? 1 : 0))
    return false;
  // A link-local address needs a device, and the caller would look for it in its own namespace.
  return place.device.empty() || setsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, place.device.data(),
                                            static_cast<socklen_t>(place.device.size())) == 0;
}

}  // namespace

int openInetSocket(const InetSocket& wanted, Descriptor& out, const char*& call) {
  call = "inet_pton";
  Place place;
  if (!parse(wanted.address, wanted.port.value_or(0), place)) return EINVAL;
  call = "socket";
  Descriptor socket(::socket(place.address.ss_family, wanted.type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return errno;
  call = "setsockopt";
  if (!setOptions(socket, wanted, place)) return errno;
  call = "bind";
  if (wanted.port && bind(socket.get(), reinterpret_cast<const sockaddr*>(&place.address), place.size) < 0)
    return errno;
  call = "listen";
  if (wanted.backlog && listen(socket.get(), *wanted.backlog) < 0) return errno;
  out = std::move(socket);
  return 0;
}

int setResetOnClose(int fd) {
  const linger atOnce{1, 0};
  return setsockopt(fd, SOL_SOCKET, SO_LINGER, &atOnce, sizeof atOnce) < 0 ? errno : 0;
}

}  // namespace netloom
