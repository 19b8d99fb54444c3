// The namespaces that a program will need: those that were made before it came, and others that are ordered
// from the maker before their turn comes.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "../program/program.h"
#include "../program/slots.h"
#include "namespace_worker.h"

namespace netloom {

class Foresight {
 public:
  // A creation by the number of its step.
  struct Ordered {
    size_t step;
    uint32_t slot;
    std::string path;
    std::shared_ptr<Maker::Order> order;  // null: it was made before the program came, and has no name yet
    Creation made;
  };

  Foresight(Maker& maker, std::deque<Creation> stock) : maker_(maker), stock_(std::move(stock)) {}

  // Which of the program's next slots are namespaces that exist.
  void addSlots(const std::vector<Slot>& slots);
  // Orders the creations among the program's next steps, up to the first step that could tell whether they
  // were made before it.
  void addSteps(const std::vector<Step>& steps, Slots& slots);
  // The namespace for that step, if it was ordered and made; makes later ones while another thread makes it.
  // Steps are asked for in their order.
  bool take(size_t step, Home& home, Creation& out);
  // Takes back an order whose turn will not come, and what was made of it; the latest first. False if there
  // is none left that was made.
  bool giveUp(Ordered& ordered, Creation& out);

 private:
  [[nodiscard]] bool tells(const Step& step) const;

  Maker& maker_;
  std::deque<Creation> stock_;
  std::vector<bool> given_;  // by slot
  size_t steps_ = 0;
  bool ended_ = false;
  std::deque<Ordered> ordered_;
};

}  // namespace netloom
