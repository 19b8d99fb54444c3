#include "lookahead.h"

#include <cstring>
#include <utility>

namespace netloom {
namespace {

// True for paths such as net/ipv4/conf/eth0/forwarding, which new namespaces never inherit.
bool isOfOneDevice(const std::string& path) {
  for (const char* family : {"net/ipv4/conf/", "net/ipv6/conf/"}) {
    if (!path.starts_with(family)) continue;
    const std::string rest = path.substr(std::strlen(family));
    return !rest.starts_with("default/") && !rest.starts_with("all/");
  }
  return false;
}

}  // namespace

void Lookahead::addSlots(const std::vector<Slot>& slots) {
  for (const Slot& slot : slots) exists_.push_back(slot.netns != nullptr);
}

void Lookahead::addSteps(const std::vector<Step>& steps, Slots& slots) {
  for (const Step& step : steps) {
    const size_t number = steps_++;
    ended_ = ended_ || isBarrier(step);
    const auto* creation = std::get_if<CreateStep>(&step);
    if (ended_ || creation == nullptr || slots.prepare(creation->path).error != 0) continue;
    if (!reserved_.empty()) {
      pending_.push_back({number, creation->slot, creation->path, nullptr, std::move(reserved_.front())});
      reserved_.pop_front();
      continue;
    }
    // The executor begins with the first step itself.
    if (number == 0) continue;
    if (auto order = worker_.order(creation->path))
      pending_.push_back({number, creation->slot, creation->path, std::move(order), {}});
  }
}

// A later creation may not happen before a step that opens or removes names, that waits, or that changes
// settings which new namespaces inherit from their host.
bool Lookahead::isBarrier(const Step& step) const {
  if (const auto* setting = std::get_if<SysctlStep>(&step))
    return exists_[setting->slot] && !isOfOneDevice(setting->path);
  return std::holds_alternative<OpenStep>(step) || std::holds_alternative<UnpinStep>(step) ||
         std::holds_alternative<ConfirmStep>(step);
}

bool Lookahead::take(size_t step, NamespaceScope& scope, Creation& out) {
  if (pending_.empty() || pending_.front().step != step) return false;
  Pending next = std::move(pending_.front());
  pending_.pop_front();
  const auto order = std::move(next.order);
  if (!order) {
    out = std::move(next.made);
    return next.path.empty() || pinNamespace(out.netns->fd.get(), next.path) == 0;
  }
  while (worker_.help(*order, scope)) {
  }
  return worker_.take(order, out);
}

bool Lookahead::cancelLast(Pending& pending, Creation& out) {
  // From the back, where most orders are not begun, so that the worker does not go on meanwhile.
  while (!pending_.empty()) {
    pending = std::move(pending_.back());
    pending_.pop_back();
    if (pending.order && worker_.take(pending.order, out)) return true;
  }
  return false;
}

}  // namespace netloom
