// The inverse of a request that changes an object rather than makes one: what the object was, read before.
#pragma once

#include <optional>

#include "../program/slots.h"
#include "../request/exchange.h"

namespace netloom {

// An object as it was before a request; empty if there was none.
using Before = std::optional<Bytes>;

// Reads the object of a kRestore step. `request` is patched, `slot` the step's own.
Failure readBefore(Slots& slots, const RequestStep& step, const Request& request, uint32_t deadlineMs,
                   Before& out);

// A message as the kernel sent it, as a request that makes the same object again.
Request asRequest(const schema::Family& family, ByteView object, uint16_t flags);

struct Restoration {
  uint32_t slot = 0;
  Request request;
};

// What takes `request` back. Nothing if there is nothing to send, such as for a deletion of what was not
// there.
std::optional<Restoration> restorationOf(const RequestStep& step, const Request& request,
                                         const Before& before);

}  // namespace netloom
