// Waits for the carriers of links that a program has created and set up.
#pragma once

#include <string>
#include <vector>

#include "../program/program.h"
#include "../program/slots.h"

namespace netloom {

// After the carrier of a link comes up, the link sends packets, and a bridge port forwards them, only once a
// kernel worker has run (net/core/link_watch.c). On a busy machine that is a moment after the request was
// acknowledged. Packets sent before are lost. Since Linux 6.8 a query of the link's state makes the kernel do
// that work at once.
class Carriers {
 public:
  // Records the link of a request that succeeded.
  void note(uint32_t slot, const Request& request);
  // Makes the kernel finish its work for the links that came up since the last call.
  void synchronise(Slots& slots);

 private:
  struct Link {
    uint32_t slot;
    uint32_t index;  // 0: identified by its name
    std::string name;
  };

  std::vector<Link> links_;
  bool made_ = false;  // the program has created a link; setting up existing links needs no wait
};

}  // namespace netloom
