// Namespaces made before the program that needs them is here. Whoever will want some says so first, and the
// kernel makes them while JavaScript works out the rest. And of those that come one by one in a row the next
// is made while JavaScript takes note of the last: a seventh of the time of an attach (virtual machine with
// two processors, Linux 6.18).
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>

#include "../program/completion.h"
#include "../program/namespace_creation.h"

namespace netloom {

class Stock {
 public:
  explicit Stock(Home& home) : home_(home) {}

  // Begins to make so many for the program of that job; only the first few will be made before it comes.
  void order(JobId job, uint32_t count);
  // The program will not come. A job that was not ordered for, or has taken, is ignored.
  void cancel(JobId job) { orders_.erase(job); }
  // What was made for the job by now; no more will be.
  std::deque<Creation> take(JobId job);
  // The job's program has ended: if it was one of a row, a spare is made for the next.
  void ended(JobId job);
  // A program is about to begin. What it sets on its host could be inherited, so no spare may be older.
  void mind(const Program& program);

  // Makes one. False if there is none to make. `idle`: no program is under way.
  bool makeNext(bool idle);
  // Gives up a spare that nobody has come for.
  void expire(int64_t now);
  [[nodiscard]] int64_t nextDeadline() const {
    return spare_ ? spareUntil_ : std::numeric_limits<int64_t>::max();
  }

 private:
  struct Order {
    uint32_t missing = 0;
    std::deque<Creation> made;
  };

  Home& home_;
  std::map<JobId, Order> orders_;
  JobId single_ = 0;     // the last job that ordered a single one
  bool inRow_ = false;   // and it came soon after the one before had ended
  int64_t endedAt_ = 0;  // when that one ended
  bool wantsSpare_ = false;
  std::optional<Creation> spare_;
  int64_t spareUntil_ = 0;
};

}  // namespace netloom
