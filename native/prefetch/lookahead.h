// The namespaces that the next steps of a program will create: reserved ones that exist already, and others
// that are ordered from the worker before their turn comes.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "../program/program.h"
#include "../program/slots.h"
#include "namespace_worker.h"

namespace netloom {

class Lookahead {
 public:
  // A namespace for the CreateStep with this number.
  struct Pending {
    size_t step;
    uint32_t slot;
    std::string path;
    std::shared_ptr<NamespaceWorker::Order> order;  // null: a reserved namespace, which has no name yet
    Creation made;
  };

  Lookahead(NamespaceWorker& worker, std::deque<Creation> reserved)
      : worker_(worker), reserved_(std::move(reserved)) {}

  // Notes which of the program's next slots hold namespaces that exist.
  void addSlots(const std::vector<Slot>& slots);
  // Orders the creations among the program's next steps, up to the first step whose effect depends on whether
  // they have happened.
  void addSteps(const std::vector<Step>& steps, Slots& slots);
  // The namespace for that step, if it was ordered and its creation succeeded. Creates later ones while the
  // worker is still busy with it. Steps must be asked for in ascending order.
  bool take(size_t step, NamespaceScope& scope, Creation& out);
  // Cancels the last order, and returns it with its namespace. Orders that were not begun are dropped. False
  // if no created namespace is left.
  bool cancelLast(Pending& pending, Creation& out);

 private:
  [[nodiscard]] bool isBarrier(const Step& step) const;

  NamespaceWorker& worker_;
  std::deque<Creation> reserved_;
  std::vector<bool> exists_;  // by slot
  size_t steps_ = 0;
  bool ended_ = false;
  std::deque<Pending> pending_;
};

}  // namespace netloom
