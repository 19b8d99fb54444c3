// Undoes a setting of a device's features: restores exactly the bits that it named.
#pragma once

#include "restore.h"

namespace netloom {

std::optional<Restoration> featuresRestoration(const RequestStep& step, const Request& request,
                                               ByteView before);

}  // namespace netloom
