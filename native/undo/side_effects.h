// What the kernel removes beside the object that a request is about: a link that goes down takes routes,
// nexthops, neighbours and IPv6 addresses with it, a deleted address its routes and secondary addresses, a
// deleted nexthop the routes that use it, a port that leaves its bridge its settings there. They are read
// before.
#pragma once

#include <vector>

#include "restore.h"

namespace netloom {

// The requests that make them again, in this order; none if the request has no such effect. What the kernel
// brings back by itself is not among them. `request` is patched, `before` its object.
Failure readSideEffects(Slots& slots, const RequestStep& step, const Request& request, const Before& before,
                        uint32_t deadlineMs, std::vector<Request>& out);

}  // namespace netloom
