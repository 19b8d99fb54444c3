// The kernel's verdict on a request: NLMSG_ERROR (also used for ACKs) and NLMSG_DONE, with extended
// acknowledgement.
#pragma once

#include <optional>
#include <string>

#include "message.h"
#include "schema.h"

namespace netloom {

// True if the errno says that the object of a request does not exist. For an inverse that is success.
bool isNotFound(int error);

struct Verdict {
  int error = 0;  // a positive errno; 0 is success
  std::string text;
  std::optional<uint32_t> offset;       // of the offending attribute, from the request's nlmsghdr
  std::optional<uint32_t> missingType;  // the type of a missing attribute,
  uint32_t missingNest = 0;             // which belongs into the nest at this offset; 0: the top level
};

// `message` is a whole NLMSG_ERROR or NLMSG_DONE. None if it is too short for a verdict.
std::optional<Verdict> readVerdict(ByteView message);

// The path of the attribute that the verdict points to, within the object that the user gave; empty if there
// is none.
std::string pathOf(const Verdict& verdict, const schema::Family& family, ByteView request);

}  // namespace netloom
