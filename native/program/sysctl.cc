#include "sysctl.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace netloom {
namespace {

// True for a path below net/ without empty or relative components.
bool isPlain(const std::string& path) {
  if (!path.starts_with("net/") || path.find('\0') != std::string::npos) return false;
  for (size_t start = 0; start <= path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string part = path.substr(start, end - start);
    if (part.empty() || part == "." || part == "..") return false;
    start = end + 1;
  }
  return true;
}

struct Call {
  int error = 0;
  const char* name = "";
};

Call readAll(int fd, std::string& out) {
  std::array<char, 4096> buffer;
  const ssize_t size = pread(fd, buffer.data(), buffer.size(), 0);
  if (size < 0) return {errno, "read"};
  out.assign(buffer.data(), static_cast<size_t>(size));
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return {};
}

// /proc/sys/net shows the namespace of the thread that looks the path up.
Call exchangeValue(const std::string& path, const std::string& value, std::string& previous) {
  const std::string file = "/proc/sys/" + path;
  const Descriptor reader(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!reader) return {errno, "open"};
  if (const Call call = readAll(reader.get(), previous); call.error != 0) return call;
  if (previous == value) return {};
  const Descriptor writer(open(file.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!writer) return {errno, "open"};
  // One write: the kernel takes a value only whole and at offset 0.
  if (write(writer.get(), value.data(), value.size()) < 0) return {errno, "write"};
  return {};
}

}  // namespace

Failure writeSysctl(NamespaceScope& scope, const Namespace& netns, const std::string& path,
                    const std::string& value, std::string& previous) {
  Failure failure;
  if (!isPlain(path)) {
    failure.error = EINVAL;
    failure.call = "open";
    return failure;
  }
  Call call{0, "setns"};
  failure.error = scope.runInside(netns.fd.get(), [&] {
    call = exchangeValue(path, value, previous);
    return call.error;
  });
  if (failure.error != 0) failure.call = call.error != 0 ? call.name : "setns";
  return failure;
}

}  // namespace netloom
