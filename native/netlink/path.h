// Names the place in a message that the kernel complained about, by walking the message along its table. No
// N-API.
#pragma once

#include <string>

#include "message.h"
#include "schema.h"

namespace netloom {

// The path ("peer.ifname") of the attribute whose header or payload covers `offset` (counted from the
// nlmsghdr, as NLMSGERR_ATTR_OFFS counts); empty if none does.
std::string pathAt(const schema::Family& family, ByteView message, uint32_t offset);

// The name of an attribute that the kernel missed (NLMSGERR_ATTR_MISS_TYPE), in the nest at `nestOffset` (0:
// top).
std::string missingPath(const schema::Family& family, ByteView message, uint32_t type, uint32_t nestOffset);

}  // namespace netloom
