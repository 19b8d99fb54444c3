// A set of descriptors to wait on.
#pragma once

#include <sys/epoll.h>

#include <cerrno>
#include <cstdint>

#include "descriptor.h"

namespace netloom {

class Epoll {
 public:
  // Returns 0 or an errno.
  int open() {
    fd_ = Descriptor(epoll_create1(EPOLL_CLOEXEC));
    return fd_ ? 0 : errno;
  }
  // Reports input on `fd` as `tag`. Returns 0 or an errno.
  int add(int fd, uint64_t tag) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = tag;
    return epoll_ctl(fd_.get(), EPOLL_CTL_ADD, fd, &event) < 0 ? errno : 0;
  }
  void remove(int fd) { epoll_ctl(fd_.get(), EPOLL_CTL_DEL, fd, nullptr); }

  // Waits for so many milliseconds (-1: without a limit) and calls `visit(tag)` for each descriptor that has
  // input.
  template <typename Visit>
  void wait(int timeoutMs, Visit visit) {
    epoll_event events[64];
    const int count = epoll_wait(fd_.get(), events, 64, timeoutMs);
    for (int i = 0; i < count; i++) visit(events[i].data.u64);
  }

 private:
  Descriptor fd_;
};

}  // namespace netloom
