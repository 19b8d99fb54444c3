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

namespace netloom {

namespace {

int listDirectory(const std::string& path, std::vector<std::string>& out) {
  DIR* directory = opendir(path.c_str());
  if (directory == nullptr) return errno;
  while (const dirent* entry = readdir(directory)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") out.push_back(name);
  }
  closedir(directory);
  return 0;
}

int bindMount(const std::string& from, const std::string& to) {
  // Recursive: the kernel lets a user namespace show no less than all that is mounted there.
  return mount(from.c_str(), to.c_str(), nullptr, MS_BIND | MS_REC, nullptr) < 0 ? errno : 0;
}

// What cannot be shown again is empty: a mount of somebody else's may refuse, and nothing of ours needs it.
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

// The mount that a file lies on shares nothing with other mount namespaces from here on, or what is mounted
// on the file would appear there as well. Mounts below it are left alone.
int keepInside(const std::string& file) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(file.c_str(), nullptr), &std::free);
  if (!real) return errno;
  for (std::string place = real.get();;) {
    if (mount(nullptr, place.empty() ? "/" : place.c_str(), nullptr, MS_SLAVE, nullptr) == 0) return 0;
    // No mount begins here.
    if (errno != EINVAL || place.empty()) return errno;
    place.resize(place.rfind('/'));
  }
}

const std::string kDraftPlace = "/etc";

// The kernel binds no file without a name. This one has a name on a mount that is taken away at once.
int bindText(const std::string& text, const std::string& to) {
  const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (mount("tmpfs", kDraftPlace.c_str(), "tmpfs", flags, "size=64k,mode=755") < 0) return errno;
  const std::string draft = kDraftPlace + "/draft";
  int error = writeFile(draft, text);
  if (error == 0) error = bindMount(draft, to);
  umount2(kDraftPlace.c_str(), MNT_DETACH);
  return error;
}

// The sockets of nscd, systemd-resolved and Avahi, as nsswitch.conf(5) knows them.
constexpr const char* kNameServices[] = {"/var/run/nscd/socket", "/run/systemd/resolve/io.systemd.Resolve",
                                         "/run/avahi-daemon/socket"};

}  // namespace

namespace {

// Nothing can be mounted on what is not there, be it that a link leads nowhere. To make it would be seen by
// everybody: the child gets a directory of its own instead, with all else that is in there.
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
  // The file may be a link to elsewhere.
  for (const std::string& place : {file, kDraftPlace})
    if (const int error = keepInside(place); error != 0) return error;
  // The descriptor still leads to what a mount on its directory hides.
  const int place = open(file.c_str(), O_PATH | O_CLOEXEC);
  if (place < 0) return errno;
  const int error = bindText(text, "/proc/self/fd/" + std::to_string(place));
  close(place);
  return error;
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
      std::fprintf(stderr, "netloom: %s is not shown as %s: %s\n", from.c_str(), to.c_str(),
                   std::strerror(error));
  }
  return 0;
}

int mountFreshSys() {
  struct statvfs before;
  const bool readOnly = statvfs("/sys", &before) == 0 && (before.f_flag & ST_RDONLY) != 0;
  if (mount("sysfs", "/sys", "sysfs", readOnly ? MS_RDONLY : 0, nullptr) == 0) return 0;
  return errno == EBUSY ? 0 : errno;  // busy: the very one is there already
}

int makeOwn(const std::string& directory, const std::vector<std::string>& without) {
  std::vector<std::string> names;
  if (const int error = listDirectory(directory, names); error != 0) return error;
  // The descriptor still leads to what the new mount hides.
  const int hidden = open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (hidden < 0) return errno;
  if (mount("tmpfs", directory.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") < 0) {
    const int error = errno;
    close(hidden);
    return error;
  }
  const std::string old = "/proc/self/fd/" + std::to_string(hidden) + "/";
  for (const std::string& name : names) {
    if (std::find(without.begin(), without.end(), name) == without.end())
      showAgain(old + name, directory + "/" + name);
  }
  close(hidden);
  return 0;
}

int writeFile(const std::string& path, const std::string& text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return errno;
  // For everybody to read, whatever the umask of whoever started us.
  const bool done = fchmod(fd, 0644) == 0 && write(fd, text.data(), text.size()) >= 0;
  const int error = done ? 0 : errno;
  close(fd);
  return error;
}

}  // namespace netloom
