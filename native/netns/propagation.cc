#include "propagation.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace netloom {

#ifdef SYS_statx

namespace {

// Defined here because the C library and kernel headers of the build may be older.
constexpr long kStatmount = 457;             // on every architecture that Node.js runs on
constexpr uint32_t kUniqueMountId = 0x4000;  // STATX_MNT_ID_UNIQUE
constexpr uint64_t kMountRoot = 0x2000;      // STATX_ATTR_MOUNT_ROOT
constexpr uint64_t kBasic = 2;               // STATMOUNT_MNT_BASIC

struct Statx {  // struct statx
  uint32_t mask;
  uint32_t blockSize;
  uint64_t attributes;
  uint64_t other[16];
  uint64_t mount;
  uint64_t rest[13];
};
static_assert(sizeof(Statx) == 256);

struct Request {  // struct mnt_id_req
  uint32_t size;
  uint32_t spare;
  uint64_t mount;
  uint64_t wanted;
};

struct Mount {  // struct statmount, without the strings after it
  uint32_t size;
  uint32_t options;
  uint64_t mask;
  uint64_t other[7];
  uint64_t propagation;
  uint64_t rest[54];
};
static_assert(sizeof(Mount) == 512);

}  // namespace

bool isSharedMount(const std::string& directory) {
  Statx found{};
  if (syscall(SYS_statx, AT_FDCWD, directory.c_str(), 0, kUniqueMountId, &found) != 0) return false;
  if ((found.mask & kUniqueMountId) == 0 || (found.attributes & kMountRoot) == 0) return false;
  const Request request{sizeof request, 0, found.mount, kBasic};
  Mount mount{};
  if (syscall(kStatmount, &request, &mount, sizeof mount, 0) != 0) return false;
  return (mount.mask & kBasic) != 0 && (mount.propagation & MS_SHARED) != 0;
}

#else

bool isSharedMount(const std::string&) { return false; }

#endif

}  // namespace netloom
