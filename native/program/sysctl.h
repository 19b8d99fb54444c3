// A value below /proc/sys/net, read and written inside a namespace.
#pragma once

#include <string>

#include "../netns/namespace_scope.h"
#include "program.h"

namespace netloom {

// Writes `value` unless it is there already, and gives the old one (without its line end) in `previous`.
// EINVAL for a path that is not plainly below net/.
Failure writeSysctl(NamespaceScope& scope, const Namespace& netns, const std::string& path,
                    const std::string& value, std::string& previous);

}  // namespace netloom
