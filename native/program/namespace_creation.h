// A new namespace with a socket born in it.
#pragma once

#include <memory>
#include <string>

#include "../netns/namespace_scope.h"
#include "program.h"

namespace netloom {

struct Creation {
  std::shared_ptr<Namespace> netns;
  // Opened while the thread is inside anyway: nearly every new namespace is configured next.
  std::shared_ptr<Socket> route;
};

// Makes a namespace on the calling thread, which comes back to its home; pinned if `path` is not empty. Its
// directory must have been prepared. On a failure nothing is left.
Failure createNamespace(NamespaceScope& scope, const std::string& path, Creation& out);

// What stands in the namespaces of a program as the place of a failure: `setns` where the way back was
// barred.
Failure failedInside(int error, const char* call);

// Remembers which of several calls failed: `if (trace.failed("open", error)) return trace.error();`
struct Trace {
  int error = 0;
  const char* call = "";
  bool failed(const char* name, int result) {
    error = result;
    call = name;
    return result != 0;
  }
};

}  // namespace netloom
