// Finds out what became of a request whose answer was lost, by asking the kernel; it never guesses.
#pragma once

#include "../program/slots.h"
#include "exchange.h"

namespace netloom {

// `request` is patched. An addition is looked up: absent, it is sent again; present as requested, it is done;
// present but different is EEXIST. A deletion of what is absent is done. Everything else may safely be sent
// again. kUnknown if that could not be found out either.
Answer recoverAnswer(Slots& slots, uint32_t slot, const Request& request, uint32_t deadlineMs);

// A question that changes nothing, patched. One of whose answer a part was lost is asked again on a fresh
// socket, three times at most: the answer is whole, a refusal, or kUnknown.
Answer query(Slots& slots, uint32_t slot, const Request& request, uint32_t deadlineMs);

// The answer to a change that is done with the object that the kernel sent back, which was lost: it is looked
// up. kUnknown if it cannot be found.
Answer recoverReply(Slots& slots, uint32_t slot, const Request& request, uint32_t deadlineMs, Answer done);

}  // namespace netloom
