#include "handed_out.h"

#include <sys/stat.h>
#include <unistd.h>

#include <optional>

namespace netloom {
namespace {

// The inode identifies a socket as long as it is open.
std::optional<ino_t> inodeOf(int fd) {
  struct stat found {};
  if (fstat(fd, &found) != 0 || !S_ISSOCK(found.st_mode)) return std::nullopt;
  return found.st_ino;
}

}  // namespace

int HandedOut::give(Descriptor descriptor) {
  const std::optional<ino_t> inode = inodeOf(descriptor.get());
  // An earlier descriptor with this number is closed.
  if (inode) inodes_[descriptor.get()] = *inode;
  return descriptor.release();
}

void HandedOut::closeLeft() {
  for (const auto& [fd, inode] : inodes_)
    if (inodeOf(fd) == inode) close(fd);
  inodes_.clear();
}

}  // namespace netloom
