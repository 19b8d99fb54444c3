// Names for namespaces under /run/netns, interoperable with `ip netns`.
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>

#include "../base/directory_lock.h"
#include "namespace.h"
#include "propagation.h"

namespace netloom {
namespace {

constexpr int kStacked = 16;        // the most mounts on one name that are removed
constexpr int kLockAttempts = 200;  // of kPauseMs each
constexpr int kLeftoverAttempts = 20;
constexpr int kPauseMs = 5;

void pause() { poll(nullptr, 0, kPauseMs); }

enum class Found { kNothing, kNamespace, kOther, kLeftover, kForeign };

// Examines a name without following or opening it. Returns 0 or an errno.
int look(const std::string& path, Found& out, uint32_t inode = 0) {
  const Descriptor place(open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!place && errno != ENOENT) return errno;
  out = Found::kNothing;
  if (!place) return 0;
  struct statfs system {};
  struct stat file {};
  if (fstatfs(place.get(), &system) < 0 || fstat(place.get(), &file) < 0) return errno;
  if (system.f_type == NSFS_MAGIC)
    out = inode == 0 || file.st_ino == inode ? Found::kNamespace : Found::kOther;
  else
    out = S_ISREG(file.st_mode) && file.st_size == 0 ? Found::kLeftover : Found::kForeign;
  return 0;
}

// Takes the lock that iproute2 takes while it makes the directory shared. It is held until the descriptor
// closes.
int awaitLock(const std::string& directory, Descriptor& out) {
  for (int attempt = 0; attempt < kLockAttempts; attempt++) {
    const int error = lockDirectory(directory, out);
    if (error != EWOULDBLOCK) return error;
    pause();
  }
  return EBUSY;
}

// Makes the directory a shared mount, so that a name removed in one mount namespace disappears in all. EINVAL
// says that the directory is not a mount yet; the lock ensures that it becomes one only once.
int share(const std::string& directory) {
  const char* path = directory.c_str();
  if (mount("", path, "none", MS_SHARED | MS_REC, nullptr) == 0) return 0;
  if (errno != EINVAL) return errno;
  if (mount(path, path, "none", MS_BIND | MS_REC, nullptr) < 0) return errno;
  return mount("", path, "none", MS_SHARED | MS_REC, nullptr) < 0 ? errno : 0;
}

// Creates the empty file to mount on, or reuses one that a killed process left.
int makeFile(const std::string& path) {
  Found found = Found::kNothing;
  for (int attempt = 0; attempt < kLeftoverAttempts; attempt++) {
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0));
    if (file) return 0;
    if (errno != EEXIST) return errno;
    if (const int error = look(path, found)) return error;
    if (found == Found::kNamespace || found == Found::kForeign) return EEXIST;
    // `ip netns add` mounts without the lock, so the file may be about to be mounted on. It is reused if it
    // stays empty.
    pause();
  }
  if (const int error = look(path, found)) return error;
  return found == Found::kLeftover ? 0 : EEXIST;
}

}  // namespace

int prepareDirectory(const std::string& directory) {
  // Sharing it again would take the kernel time in proportion to the number of names.
  if (isSharedMount(directory)) return 0;
  if (mkdir(directory.c_str(), 0755) < 0 && errno != EEXIST) return errno;
  Descriptor held;
  if (const int error = awaitLock(directory, held)) return error;
  return share(directory);
}

int pinNamespace(int netns, const std::string& path) {
  if (const int error = makeFile(path)) return error;
  const std::string source = "/proc/thread-self/fd/" + std::to_string(netns);
  if (mount(source.c_str(), path.c_str(), "none", MS_BIND, nullptr) == 0) return 0;
  const int error = errno;
  // A mount that was reported as failed may exist nevertheless. EINVAL, the usual answer, says that it does
  // not.
  (void)umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
  unlink(path.c_str());
  return error;
}

int unpinNamespace(const std::string& path, uint32_t inode) {
  Found found = Found::kNothing;
  if (const int error = look(path, found, inode)) return error;
  // What is no name of a namespace is not ours to remove: then the name is gone already.
  if (found == Found::kNothing || found == Found::kOther || found == Found::kForeign) return 0;
  int refusal = 0;
  for (int mounts = 0; mounts < kStacked && refusal == 0; mounts++) {
    if (umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) < 0) refusal = errno;
  }
  // EINVAL: nothing is mounted there any more. ENOENT: another process was faster.
  if (refusal != 0 && refusal != EINVAL && refusal != ENOENT) return refusal;
  // A name that another process removes at the same time counts as removed.
  return unlink(path.c_str()) < 0 && errno != ENOENT ? errno : 0;
}

}  // namespace netloom
