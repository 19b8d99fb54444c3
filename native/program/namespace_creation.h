// Creates a namespace together with its first socket.
#pragma once

#include <memory>
#include <string>

#include "../netns/namespace_scope.h"
#include "program.h"

namespace netloom {

struct Creation {
  std::shared_ptr<Namespace> netns;
  // Opened while the thread is inside, because nearly every new namespace is configured next.
  std::shared_ptr<Socket> route;
};

// Creates a namespace on the calling thread, which returns home afterwards. It is pinned if `path` is not
// empty; the directory must have been prepared. A failure leaves nothing behind.
Failure createNamespace(NamespaceScope& scope, const std::string& path, Creation& out);

// The failure of a system call that a step made inside a namespace.
Failure failedInside(int error, const char* call);

// Records which of several calls failed: `if (trace.failed("open", error)) return trace.error();`
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
