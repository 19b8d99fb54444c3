#include "lookahead.h"

#include <cstring>
#include <utility>

namespace netloom {
namespace {

// net/ipv4/conf/eth0/forwarding and its like; nobody inherits them.
bool isOfOneDevice(const std::string& path) {
  for (const char* family : {"net/ipv4/conf/", "net/ipv6/conf/"}) {
    if (!path.starts_with(family)) continue;
    const std::string rest = path.substr(std::strlen(family));
    return !rest.starts_with("default/") && !rest.starts_with("all/");
  }
  return false;
}

}  // namespace

void Foresight::addSlots(const std::vector<Slot>& slots) {
  for (const Slot& slot : slots) given_.push_back(slot.netns != nullptr);
}

void Foresight::addSteps(const std::vector<Step>& steps, Slots& slots) {
  for (const Step& step : steps) {
    const size_t number = steps_++;
    ended_ = ended_ || tells(step);
    const auto* creation = std::get_if<CreateStep>(&step);
    if (ended_ || creation == nullptr || slots.prepare(creation->path).error != 0) continue;
    if (!stock_.empty()) {
      ordered_.push_back({number, creation->slot, creation->path, nullptr, std::move(stock_.front())});
      stock_.pop_front();
      continue;
    }
    // The executor begins with the first step itself.
    if (number == 0) continue;
    if (auto order = maker_.order(creation->path))
      ordered_.push_back({number, creation->slot, creation->path, std::move(order), {}});
  }
}

// Names come and go by some steps, and what a host has set can be inherited by its new namespaces.
bool Foresight::tells(const Step& step) const {
  if (const auto* setting = std::get_if<SysctlStep>(&step))
    return given_[setting->slot] && !isOfOneDevice(setting->path);
  return std::holds_alternative<OpenStep>(step) || std::holds_alternative<UnpinStep>(step) ||
         std::holds_alternative<ConfirmStep>(step);
}

bool Foresight::take(size_t step, Home& home, Creation& out) {
  if (ordered_.empty() || ordered_.front().step != step) return false;
  Ordered next = std::move(ordered_.front());
  ordered_.pop_front();
  const auto order = std::move(next.order);
  if (!order) {
    out = std::move(next.made);
    return next.path.empty() || pinNamespace(out.netns->fd.get(), next.path) == 0;
  }
  while (maker_.help(*order, home)) {
  }
  return maker_.take(order, out);
}

bool Foresight::giveUp(Ordered& ordered, Creation& out) {
  // From the back, where most were not begun, so that the maker does not go on meanwhile.
  while (!ordered_.empty()) {
    ordered = std::move(ordered_.back());
    ordered_.pop_back();
    if (ordered.order && maker_.take(ordered.order, out)) return true;
  }
  return false;
}

}  // namespace netloom
