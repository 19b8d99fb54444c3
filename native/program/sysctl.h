// Settings below /proc/sys/net of a namespace.
#pragma once

#include <string>

#include "../netns/namespace_scope.h"
#include "program.h"

namespace netloom {

// Writes `value` unless it is set already. `previous` receives the old value without its line end. EINVAL for
// a path that is not below net/ or has components such as "..".
Failure writeSysctl(NamespaceScope& scope, const Namespace& netns, const std::string& path,
                    const std::string& value, std::string& previous);

}  // namespace netloom
