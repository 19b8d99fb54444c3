// nf_tables batches, which the kernel applies as a whole or not at all.
#pragma once

#include "../program/slots.h"

namespace netloom {

// Sends the requests as one batch. A failure names the request that the kernel rejected. ENOBUFS or
// ETIMEDOUT: the answer was lost and the ruleset changed meanwhile, so the batch may have been applied.
Failure sendNftBatch(Slots& slots, uint32_t slot, const std::vector<Request>& requests, uint32_t deadlineMs);

// Sends the inverse of a batch. Objects that do not exist any more are ignored.
Failure undoNftBatch(Slots& slots, uint32_t slot, const std::vector<Request>& inverse, uint32_t deadlineMs);

}  // namespace netloom
