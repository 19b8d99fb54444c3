#include "socket_owner.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../base/descriptor.h"

namespace netloom {
namespace {

// 0 if the descriptor is not a socket.
uint64_t namespaceOf(const Descriptor& socket) {
  uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  return getsockopt(socket.get(), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) < 0 ? 0 : cookie;
}

bool isListening(const Descriptor& socket) {
  int listening = 0;
  socklen_t size = sizeof listening;
  return getsockopt(socket.get(), SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0;
}

}  // namespace

std::vector<uint64_t> namespacesOfSockets(pid_t process, const std::vector<int>& descriptors) {
  std::vector<uint64_t> cookies(descriptors.size(), 0);
  const Descriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, process, 0)));
  if (!pidfd) return cookies;
  for (size_t i = 0; i < descriptors.size(); i++) {
    // A duplicate for a moment; the descriptor of the other process is not affected.
    const Descriptor share(static_cast<int>(syscall(SYS_pidfd_getfd, pidfd.get(), descriptors[i], 0)));
    if (share) cookies[i] = namespaceOf(share);
  }
  return cookies;
}

void shutDownConnections(const std::vector<int>& descriptors, uint64_t cookie) {
  for (const int fd : descriptors) {
    // Works on a duplicate: another thread may close the descriptor meanwhile and reuse its number.
    const Descriptor share(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    // A listener that was shut down stays readable while accept() fails: libuv would try without end.
    if (share && namespaceOf(share) == cookie && !isListening(share)) (void)shutdown(share.get(), SHUT_RDWR);
  }
}

}  // namespace netloom
