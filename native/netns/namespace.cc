#include "namespace.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>

namespace netloom {

int enterNamespace(int fd) { return setns(fd, CLONE_NEWNET) < 0 ? errno : 0; }

int unshareNamespace() { return unshare(CLONE_NEWNET) < 0 ? errno : 0; }

uint32_t inodeOfNamespace(int fd) {
  struct stat found {};
  // Inode numbers of nsfs have 32 bits (struct ns_common).
  return fstat(fd, &found) < 0 ? 0 : static_cast<uint32_t>(found.st_ino);
}

int openCurrentNamespace(Descriptor& out) {
  // Not /proc/self, which shows the namespace of the process's main thread.
  out = Descriptor(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  return out ? 0 : errno;
}

int openNamespace(const std::string& path, Descriptor& out) {
  // O_PATH first: opening a FIFO or a device could block or have an effect.
  const Descriptor place(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!place) return errno;
  struct statfs found {};
  if (fstatfs(place.get(), &found) < 0) return errno;
  if (found.f_type != NSFS_MAGIC) return EINVAL;
  Descriptor netns(open(("/proc/self/fd/" + std::to_string(place.get())).c_str(), O_RDONLY | O_CLOEXEC));
  if (!netns) return errno;
  const int type = ioctl(netns.get(), NS_GET_NSTYPE);
  if (type < 0) return errno;
  if (type != CLONE_NEWNET) return EINVAL;
  out = std::move(netns);
  return 0;
}

int namespaceCookie(uint64_t& out) {
  const Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket) return errno;
  socklen_t size = sizeof out;
  return getsockopt(socket.get(), SOL_SOCKET, SO_NETNS_COOKIE, &out, &size) < 0 ? errno : 0;
}

}  // namespace netloom
