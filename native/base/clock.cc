#include "clock.h"

#include <ctime>

namespace netloom {

int64_t monotonicNow() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000 * kMillisecond + now.tv_nsec;
}

int64_t deadlineIn(uint32_t milliseconds) { return monotonicNow() + milliseconds * kMillisecond; }

}  // namespace netloom
