// Recovers lost answers by asking the kernel for the outcome of the request. Nothing is guessed.
#pragma once

#include "../program/slots.h"
#include "exchange.h"

namespace netloom {

// The outcome of a patched request whose answer was lost. For an addition the object is looked up: if it is
// absent the request is repeated, if it is present as requested the request succeeded, otherwise it failed
// with EEXIST. A deletion of an absent object succeeded. All other requests are safe to repeat. kUnknown if
// the look-up failed as well.
Answer recoverAnswer(Slots& slots, uint32_t slot, const Request& request, uint32_t deadlineMs);

// Sends a patched get or list, and repeats it on a fresh socket if a part of the answer was lost, with three
// attempts at most. The answer is complete, an error, or kUnknown.
Answer query(Slots& slots, uint32_t slot, const Request& request, uint32_t deadlineMs);

// Adds the lost echo to the answer of a request that succeeded, by looking the object up. kUnknown if it is
// not found.
Answer recoverReply(Slots& slots, uint32_t slot, const Request& request, uint32_t deadlineMs, Answer done);

}  // namespace netloom
