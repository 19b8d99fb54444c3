// Finds out what became of a request whose answer was lost, by asking the kernel; it never guesses.
#pragma once

#include "exchange.h"
#include "slots.h"

namespace netloom {

// `request` is patched. An addition is looked up: absent, it is sent again; present as requested, it is done;
// present but different is EEXIST. A deletion of what is absent is done. Everything else may safely be sent
// again. kUnknown if that could not be found out either.
Answer resolve(Slots& slots, uint32_t slot, const Request& request, uint32_t deadlineMs);

}  // namespace netloom
