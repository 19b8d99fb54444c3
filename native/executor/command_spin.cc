#include "command_spin.h"

#include <sched.h>

#include "../base/clock.h"
#include "../base/cpu.h"

namespace netloom {

bool CommandSpin::mustWake() {
  posterCpu_ = currentCpu();
  return !spinning_;
}

bool CommandSpin::begin() {
  if (!enabled_ || !expected_ || currentCpu() == posterCpu_) return false;
  end_ = monotonicNow() + kLimit;
  spinning_ = true;
  return true;
}

bool CommandSpin::yieldUntilLimit() const {
  if (monotonicNow() >= end_) return false;
  sched_yield();
  return true;
}

}  // namespace netloom
