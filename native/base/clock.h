// The monotonic clock, by which all deadlines are kept.
#pragma once

#include <cstdint>

namespace netloom {

constexpr int64_t kMillisecond = 1'000'000;

// CLOCK_MONOTONIC in nanoseconds: now, and in so many milliseconds.
int64_t monotonicNow();
int64_t deadlineIn(uint32_t milliseconds);

}  // namespace netloom
