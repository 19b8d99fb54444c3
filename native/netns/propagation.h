// How a mount is propagated to other mount namespaces.
#pragma once

#include <string>

namespace netloom {

// Whether the directory is a mount point and shared (statmount(2), Linux 6.8). False where that is unknown.
bool isSharedMount(const std::string& directory);

}  // namespace netloom
