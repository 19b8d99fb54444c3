// The inverse of a request that changes or deletes an object, from the state of the object before.
#pragma once

#include <optional>

#include "../program/slots.h"
#include "../request/exchange.h"

namespace netloom {

// The message of an object as it was before a request; empty if it did not exist.
using Before = std::optional<Bytes>;

// Reads the object of a kRestore step. `request` is patched.
Failure readBefore(Slots& slots, const RequestStep& step, const Request& request, uint32_t deadlineMs,
                   Before& out);

// Turns a message from the kernel into a request that creates the same object.
Request asRequest(const schema::Family& family, ByteView object, uint16_t flags);

struct Restoration {
  uint32_t slot = 0;
  Request request;
};

// The request that undoes `request`. None if there is nothing to undo, such as the deletion of an absent
// object.
std::optional<Restoration> restorationOf(const RequestStep& step, const Request& request,
                                         const Before& before);

}  // namespace netloom
