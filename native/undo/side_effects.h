// The side effects of a request: objects that the kernel removes with the one that is changed. A link that
// goes down loses routes, nexthops, neighbours and IPv6 addresses; a deleted address its routes and secondary
// addresses; a deleted nexthop the routes that use it; a port that leaves its bridge its settings there. They
// are read before the request.
#pragma once

#include <vector>

#include "restore.h"

namespace netloom {

// The requests that create the removed objects again, in order. Objects that the kernel restores by itself
// are left out. `request` is patched, `before` is its object.
Failure readSideEffects(Slots& slots, const RequestStep& step, const Request& request, const Before& before,
                        uint32_t deadlineMs, std::vector<Request>& out);

}  // namespace netloom
