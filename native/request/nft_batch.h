// nf_tables batches: all of it or nothing, by the kernel.
#pragma once

#include "../program/slots.h"

namespace netloom {

// Sends the requests as one batch. An error names the request that the kernel refused.
// ENOBUFS or ETIMEDOUT: the answer was lost and the ruleset changed meanwhile, so the batch may have been
// applied.
Failure sendNftBatch(Slots& slots, uint32_t slot, const std::vector<Request>& requests, uint32_t deadlineMs);

// Takes a batch back. What is gone already counts as taken back.
Failure undoNftBatch(Slots& slots, uint32_t slot, const std::vector<Request>& inverse, uint32_t deadlineMs);

}  // namespace netloom
