#include "directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

namespace netloom {
namespace {

int openDirectory(const std::string& directory, Descriptor& out, Place& place) {
  Descriptor fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat file {};
  if (!fd || fstat(fd.get(), &file) < 0) return errno;
  place = {file.st_dev, file.st_ino};
  out = std::move(fd);
  return 0;
}

struct flock byteLock(int16_t type, uint64_t byte) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(byte);
  lock.l_len = 1;
  return lock;
}

}  // namespace

int lockDirectory(const std::string& directory, Descriptor& out) {
  Descriptor fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || flock(fd.get(), LOCK_EX | LOCK_NB) < 0) return errno;
  out = std::move(fd);
  return 0;
}

int takeLivenessLock(const std::string& directory, uint64_t byte, Descriptor& out, Place& place) {
  Descriptor fd;
  if (const int error = openDirectory(directory, fd, place)) return error;
  struct flock lock = byteLock(F_RDLCK, byte);
  if (fcntl(fd.get(), F_OFD_SETLK, &lock) < 0) return errno;
  out = std::move(fd);
  return 0;
}

int readLivenessLock(const std::string& directory, uint64_t byte, bool& isHeld, Place& place) {
  Descriptor fd;
  if (const int error = openDirectory(directory, fd, place)) return error;
  // A write lock would conflict with every read lock of another descriptor. It is tested, not taken.
  struct flock lock = byteLock(F_WRLCK, byte);
  if (fcntl(fd.get(), F_OFD_GETLK, &lock) < 0) return errno;
  isHeld = lock.l_type != F_UNLCK;
  return 0;
}

}  // namespace netloom
