// Namespaces that are created before their program arrives. JavaScript announces how many a program will
// need, and the executor's thread creates the first few while JavaScript prepares the program.
#pragma once

#include <cstdint>
#include <deque>
#include <map>

#include "../program/completion.h"
#include "../program/namespace_creation.h"

namespace netloom {

class Reserve {
 public:
  explicit Reserve(NamespaceScope& scope) : scope_(scope) {}

  // Begins to create `count` namespaces for the program of that job. Only the first few are created before it
  // comes.
  void order(JobId job, uint32_t count);
  // The program will not come. Ignored if nothing was ordered for the job, or its namespaces were taken.
  void cancel(JobId job) { orders_.erase(job); }
  // The namespaces that are created by now. No more will be.
  std::deque<Creation> take(JobId job);

  // Creates one namespace. False if none is missing.
  bool makeNext();

 private:
  struct Order {
    uint32_t missing = 0;
    std::deque<Creation> made;
  };

  NamespaceScope& scope_;
  std::map<JobId, Order> orders_;
};

}  // namespace netloom
