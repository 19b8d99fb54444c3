#include "inet_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

namespace netloom {
namespace {

struct Place {
  sockaddr_storage address{};
  socklen_t size = 0;
};

bool parse(const std::string& text, uint16_t port, Place& out) {
  auto* four = reinterpret_cast<sockaddr_in*>(&out.address);
  if (inet_pton(AF_INET, text.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
    out.size = sizeof *four;
    return true;
  }
  auto* six = reinterpret_cast<sockaddr_in6*>(&out.address);
  if (inet_pton(AF_INET6, text.c_str(), &six->sin6_addr) != 1) return false;
  six->sin6_family = AF_INET6;
  six->sin6_port = htons(port);
  out.size = sizeof *six;
  return true;
}

int enable(int fd, int option) {
  const int on = 1;
  return setsockopt(fd, SOL_SOCKET, option, &on, sizeof on) < 0 ? errno : 0;
}

}  // namespace

int openInetSocket(int type, const std::string& address, uint16_t port, Descriptor& out, const char*& call) {
  call = "inet_pton";
  Place place;
  if (!parse(address, port, place)) return EINVAL;
  call = "socket";
  Descriptor socket(::socket(place.address.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return errno;
  call = "setsockopt";
  if (port != 0) {
    // Processes of one user that hold the same network serve it together, and each may go at any time.
    if (const int error = enable(socket.get(), SO_REUSEPORT)) return error;
    // For streams alone: connections of an earlier server may still linger. Datagram sockets would steal from
    // others.
    if (type == SOCK_STREAM)
      if (const int error = enable(socket.get(), SO_REUSEADDR)) return error;
  }
  call = "bind";
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&place.address), place.size) < 0) return errno;
  out = std::move(socket);
  return 0;
}

}  // namespace netloom
