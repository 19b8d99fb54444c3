// How a mount is propagated to other mount namespaces.
#pragma once

#include <string>

namespace netloom {

// Whether the directory is a mount of its own, and shared: statmount(2), Linux 6.8. False where nothing can
// be told.
bool isSharedMount(const std::string& directory);

}  // namespace netloom
