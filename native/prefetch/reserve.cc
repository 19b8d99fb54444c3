#include "reserve.h"

#include <algorithm>
#include <utility>

namespace netloom {
namespace {

// Each reserved namespace has two open descriptors.
constexpr uint32_t kMaxPerJob = 16;

}  // namespace

void Reserve::order(JobId job, uint32_t count) { orders_[job].missing = std::min(count, kMaxPerJob); }

std::deque<Creation> Reserve::take(JobId job) {
  const auto found = orders_.find(job);
  if (found == orders_.end()) return {};
  std::deque<Creation> made = std::move(found->second.made);
  orders_.erase(found);
  return made;
}

bool Reserve::makeNext() {
  const auto next = std::find_if(orders_.begin(), orders_.end(),
                                 [](const auto& entry) { return entry.second.missing > 0; });
  if (next == orders_.end()) return false;
  Order& order = next->second;
  Creation made;
  if (createNamespace(scope_, {}, made).error == 0) {
    order.missing--;
    order.made.push_back(std::move(made));
  } else {
    order.missing = 0;  // the program will meet the error itself and report it
  }
  return true;
}

}  // namespace netloom
