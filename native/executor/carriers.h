// The links that a program has made and set up.
#pragma once

#include <string>
#include <vector>

#include "../program/program.h"
#include "../program/slots.h"

namespace netloom {

// The kernel lets a link whose carrier has just come up send packets, and a bridge's port forward them, once
// a worker of its own has run (net/core/link_watch.c): on a busy machine, a moment after the request was
// acknowledged. What is sent before that is lost, and nobody sends it again. Whoever asks for a link's state
// has the kernel do that work at once, since Linux 6.8.
class Carriers {
 public:
  // Takes note of a request that was carried out.
  void note(uint32_t slot, const Request& request);
  // Has the kernel finish with the links that came up since the last call.
  void synchronise(Slots& slots);

 private:
  struct Link {
    uint32_t slot;
    uint32_t index;  // 0: known by its name
    std::string name;
  };

  std::vector<Link> links_;
  bool made_ = false;  // the program has made a link: what only sets up others' is not meant
};

}  // namespace netloom
