// Undoes a setting of a link: restores exactly the attributes that it named.
#pragma once

#include "restore.h"

namespace netloom {

std::optional<Restoration> linkRestoration(const RequestStep& step, const Request& request, ByteView before);

}  // namespace netloom
