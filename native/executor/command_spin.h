// Spins for the next command instead of sleeping until it comes. Waking the executor's thread takes 30
// microseconds, nearly half of the time of a small request, and up to a millisecond where a machine shares
// its processors (virtual machine, Linux 6.18). A caller that awaits one operation after another posts its
// next command within that time.
//
// The cost is processor time: at most kLimit after each command, spent in sched_yield(), which lets any other
// thread of that processor run first. While commands follow each other closely the thread occupies one
// processor. An idle executor does not spin: it does so only after a command that came within kLimit of the
// previous work, and a spin in vain is the last one until the next command. It never spins on the processor
// of the thread that posts.
#pragma once

#include <atomic>
#include <cstdint>

namespace netloom {

class CommandSpin {
 public:
  // `enabled`: false to always sleep.
  explicit CommandSpin(bool enabled = true) : enabled_(enabled) {}

  static constexpr int64_t kLimit = 300'000;  // ns

  // For the posting thread, after the command was queued. True if the executor's thread must be woken.
  bool mustWake();

  // The rest is for the executor's thread.

  // The thread slept until a command woke it, for so many ns.
  void wokenAfter(int64_t slept) { expected_ = slept < kLimit; }

  // Spins until `hasCommands()`. False if the thread must sleep.
  template <typename HasCommands>
  bool spinForCommand(HasCommands hasCommands) {
    if (!begin()) return false;
    while (!hasCommands() && yieldUntilLimit()) {
    }
    spinning_ = false;
    // A command posted from here on wakes the thread. One posted before is seen by this last look.
    expected_ = hasCommands();
    return expected_;
  }

 private:
  bool begin();
  bool yieldUntilLimit() const;

  const bool enabled_;
  std::atomic<bool> spinning_ = false;
  std::atomic<int> posterCpu_ = -1;
  bool expected_ = false;  // the next command is likely to come within kLimit
  int64_t end_ = 0;
};

}  // namespace netloom
