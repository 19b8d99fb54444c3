#include "reserve.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace netloom {
namespace {

// Each has two descriptors open.
constexpr uint32_t kMostEach = 16;
// Orders are a row if each comes so soon after the last program; for so long a spare waits for the next.
constexpr int64_t kRow = 5'000'000;

}  // namespace

void Stock::order(JobId job, uint32_t count) {
  Order& order = orders_[job];
  order.missing = std::min(count, kMostEach);
  if (spare_ && order.missing > 0) {
    order.made.push_back(*std::exchange(spare_, std::nullopt));
    order.missing--;
  }
  wantsSpare_ = false;
  if (count != 1) return;
  single_ = job;
  inRow_ = monotonicNow() - endedAt_ < kRow;
}

std::deque<Creation> Stock::take(JobId job) {
  const auto found = orders_.find(job);
  if (found == orders_.end()) return {};
  std::deque<Creation> made = std::move(found->second.made);
  orders_.erase(found);
  return made;
}

void Stock::ended(JobId job) {
  if (job != single_) return;
  endedAt_ = monotonicNow();
  wantsSpare_ = inRow_;
}

void Stock::mind(const Program& program) {
  const bool sets = std::any_of(program.steps.begin(), program.steps.end(),
                                [](const Step& step) { return std::holds_alternative<SysctlStep>(step); });
  if (sets) spare_.reset();
}

bool Stock::makeNext(bool idle) {
  const auto next = std::find_if(orders_.begin(), orders_.end(),
                                 [](const auto& entry) { return entry.second.missing > 0; });
  Creation made;
  if (next != orders_.end()) {
    Order& order = next->second;
    if (createNamespace(home_, {}, made).error == 0) {
      order.missing--;
      order.made.push_back(std::move(made));
    } else {
      order.missing = 0;  // the program finds out why for itself
    }
    return true;
  }
  if (!idle || !std::exchange(wantsSpare_, false)) return false;
  if (createNamespace(home_, {}, made).error != 0) return false;
  spare_ = std::move(made);
  spareUntil_ = monotonicNow() + kRow;
  return true;
}

void Stock::expire(int64_t now) {
  if (spare_ && now >= spareUntil_) spare_.reset();
}

}  // namespace netloom
