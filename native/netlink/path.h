// Finds the key of the attribute that the kernel rejected, by walking the message along its table.
#pragma once

#include <string>

#include "message.h"
#include "schema.h"

namespace netloom {

// The path ("peer.ifname") of the attribute whose header or payload covers `offset`; empty if none does. The
// offset counts from the nlmsghdr, as in NLMSGERR_ATTR_OFFS.
std::string pathAt(const schema::Family& family, ByteView message, uint32_t offset);

// The path of a missing attribute (NLMSGERR_ATTR_MISS_TYPE) in the nest at `nestOffset` (0: the top level).
std::string missingPath(const schema::Family& family, ByteView message, uint32_t type, uint32_t nestOffset);

}  // namespace netloom
