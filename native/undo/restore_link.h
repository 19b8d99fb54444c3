// Puts back what a setting changed in a link: exactly the attributes that it named, at their values before.
#pragma once

#include "restore.h"

namespace netloom {

std::optional<Restoration> linkRestoration(const RequestStep& step, const Request& request, ByteView before);

}  // namespace netloom
