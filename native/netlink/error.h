// The kernel's verdict on a request: NLMSG_ERROR (also the ACK) and NLMSG_DONE, with their extended
// acknowledgement. No N-API in here.
#pragma once

#include <optional>
#include <string>

#include "message.h"
#include "schema.h"

namespace netloom {

struct Verdict {
  int error = 0;  // a positive errno; 0 is success
  std::string text;
  std::optional<uint32_t> offset;       // of the offending attribute, from the request's nlmsghdr
  std::optional<uint32_t> missingType;  // of an attribute that should have been there,
  uint32_t missingNest = 0;             // in the nest at this offset; 0: at the top
};

// `message` is a whole NLMSG_ERROR or NLMSG_DONE. Nothing if it is too short to hold a verdict.
std::optional<Verdict> readVerdict(ByteView message);

// Where in the request the verdict points, as a path into the object that the user gave; empty if nowhere.
std::string pathOf(const Verdict& verdict, const schema::Family& family, ByteView request);

}  // namespace netloom
