#include "mounts.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "../base/descriptor.h"

namespace netloom {

namespace {

struct DirectoryCloser {
  void operator()(DIR* directory) const { closedir(directory); }
};

int listDirectory(const std::string& path, std::vector<std::string>& out) {
  const std::unique_ptr<DIR, DirectoryCloser> directory(opendir(path.c_str()));
  if (!directory) return errno;
  while (const dirent* entry = readdir(directory.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") out.push_back(name);
  }
  return 0;
}

int bindMount(const std::string& from, const std::string& to) {
  // Recursive, because the kernel does not let a user namespace reveal what mounts in it hide.
  return mount(from.c_str(), to.c_str(), nullptr, MS_BIND | MS_REC, nullptr) < 0 ? errno : 0;
}

// Makes an entry of a hidden directory available in its copy. An entry that cannot be mounted stays empty.
void showAgain(const std::string& from, const std::string& to) {
  struct stat found;
  if (lstat(from.c_str(), &found) < 0) return;
  if (S_ISLNK(found.st_mode)) {
    std::string target(static_cast<size_t>(found.st_size) + 1, '\0');
    const ssize_t length = readlink(from.c_str(), target.data(), target.size());
    if (length < 0) return;
    target.resize(static_cast<size_t>(length));
    if (symlink(target.c_str(), to.c_str()) < 0) return;
  } else if (S_ISDIR(found.st_mode)) {
    if (mkdir(to.c_str(), 0755) == 0) bindMount(from, to);
  } else {
    if (mknod(to.c_str(), S_IFREG | 0644, 0) == 0) bindMount(from, to);
  }
}

// Stops the propagation of the mount that contains a file, so that a mount on the file does not appear in
// other mount namespaces. Mounts below it are left alone.
int keepInside(const std::string& file) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(file.c_str(), nullptr), &std::free);
  if (!real) return errno;
  for (std::string place = real.get();;) {
    if (mount(nullptr, place.empty() ? "/" : place.c_str(), nullptr, MS_SLAVE, nullptr) == 0) return 0;
    // EINVAL: not a mount point.
    if (errno != EINVAL || place.empty()) return errno;
    place.resize(place.rfind('/'));
  }
}

const std::string kDraftPlace = "/etc";

// The kernel cannot bind a file without a name. This file has one on a mount that is removed at once.
int bindText(const std::string& text, const std::string& to) {
  const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (mount("tmpfs", kDraftPlace.c_str(), "tmpfs", flags, "size=64k,mode=755") < 0) return errno;
  const std::string draft = kDraftPlace + "/draft";
  int error = writeFile(draft, text);
  if (error == 0) error = bindMount(draft, to);
  umount2(kDraftPlace.c_str(), MNT_DETACH);
  return error;
}

// The sockets of nscd, systemd-resolved and Avahi: see nsswitch.conf(5).
constexpr const char* kNameServices[] = {"/var/run/nscd/socket", "/run/systemd/resolve/io.systemd.Resolve",
                                         "/run/avahi-daemon/socket"};

// Nothing can be mounted on a missing file or a dangling link, and creating the file would be visible to all
// processes. Instead the child gets its own copy of the directory.
int showMissing(const std::string& text, const std::string& file) {
  const size_t slash = file.rfind('/');
  const std::string directory = file.substr(0, slash);
  if (const int error = keepInside(directory); error != 0) return error;
  if (const int error = makeOwn(directory, {file.substr(slash + 1)}); error != 0) return error;
  return writeFile(file, text);
}

}  // namespace

int showText(const std::string& text, const std::string& file) {
  if (access(file.c_str(), F_OK) < 0 && (errno == ENOENT || errno == ELOOP)) return showMissing(text, file);
  // The file may be a symbolic link.
  for (const std::string& place : {file, kDraftPlace})
    if (const int error = keepInside(place); error != 0) return error;
  // The descriptor stays valid when a mount on its directory hides the file.
  const Descriptor place(open(file.c_str(), O_PATH | O_CLOEXEC));
  if (!place) return errno;
  return bindText(text, "/proc/self/fd/" + std::to_string(place.get()));
}

void hideNameServices() {
  for (const char* socket : kNameServices) {
    if (access(socket, F_OK) == 0 && keepInside(socket) == 0) bindMount("/dev/null", socket);
  }
}

int keepMountsInside() { return mount("none", "/", nullptr, MS_REC | MS_SLAVE, nullptr) < 0 ? errno : 0; }

int showInEtc(const std::string& directory) {
  std::vector<std::string> names;
  if (const int error = listDirectory(directory, names); error != 0) return error == ENOENT ? 0 : error;
  for (const std::string& name : names) {
    const std::string from = directory + "/" + name;
    const std::string to = "/etc/" + name;
    if (const int error = bindMount(from, to); error != 0)
      std::fprintf(stderr, "netloom: cannot mount %s on %s: %s\n", from.c_str(), to.c_str(),
                   std::strerror(error));
  }
  return 0;
}

int mountFreshSys() {
  struct statvfs before;
  const bool readOnly = statvfs("/sys", &before) == 0 && (before.f_flag & ST_RDONLY) != 0;
  if (mount("sysfs", "/sys", "sysfs", readOnly ? MS_RDONLY : 0, nullptr) == 0) return 0;
  return errno == EBUSY ? 0 : errno;  // busy: the same sysfs is mounted already
}

int makeOwn(const std::string& directory, const std::vector<std::string>& without) {
  std::vector<std::string> names;
  if (const int error = listDirectory(directory, names); error != 0) return error;
  // The descriptor stays valid when the new mount hides the directory.
  const Descriptor hidden(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!hidden) return errno;
  if (mount("tmpfs", directory.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0) return errno;
  const std::string old = "/proc/self/fd/" + std::to_string(hidden.get()) + "/";
  for (const std::string& name : names) {
    if (std::find(without.begin(), without.end(), name) == without.end())
      showAgain(old + name, directory + "/" + name);
  }
  return 0;
}

int writeFile(const std::string& path, const std::string& text) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file) return errno;
  // Readable by everybody, regardless of the umask.
  const bool done = fchmod(file.get(), 0644) == 0 && write(file.get(), text.data(), text.size()) >= 0;
  return done ? 0 : errno;
}

}  // namespace netloom
