// Whether a namespace without a descriptor exists, by the file handles that namespaces have since Linux 6.18.
#include <fcntl.h>
#include <sched.h>
#include <sys/types.h>

#include <cerrno>
#include <cstring>

#include "namespace.h"

namespace netloom {
namespace {

constexpr int kNsfsHandle = 0xf1;  // FILEID_NSFS, newer than the headers of most distributions

// struct nsfs_file_handle of <linux/nsfs.h>. The id of a network namespace is its cookie.
struct NamespaceId {
  uint64_t id;
  uint32_t type;
  uint32_t inode;
};

// struct file_handle with room for one nsfs_file_handle.
struct Handle {
  uint32_t bytes = sizeof(NamespaceId);
  int32_t type = kNsfsHandle;
  NamespaceId id{};
};

file_handle* asFileHandle(Handle& handle) { return reinterpret_cast<file_handle*>(&handle); }

}  // namespace

int namespaceExists(uint64_t cookie, uint32_t inode, bool& exists) {
  Descriptor own;
  uint64_t ownCookie = 0;
  if (const int error = openCurrentNamespace(own)) return error;
  if (const int error = namespaceCookie(ownCookie)) return error;
  Handle handle;
  int mount = 0;
  if (name_to_handle_at(own.get(), "", asFileHandle(handle), &mount, AT_EMPTY_PATH) < 0)
    return errno == EOPNOTSUPP || errno == EOVERFLOW ? ENOTSUP : errno;
  if (handle.type != kNsfsHandle || handle.id.id != ownCookie) return ENOTSUP;
  handle.id = {cookie, CLONE_NEWNET, inode};
  const Descriptor found(open_by_handle_at(own.get(), asFileHandle(handle), O_RDONLY | O_CLOEXEC));
  if (!found && errno != ESTALE) return errno;
  exists = static_cast<bool>(found);
  return 0;
}

}  // namespace netloom
