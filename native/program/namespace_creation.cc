#include "namespace_creation.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace netloom {

Failure failedInside(int error, const char* call) {
  Failure failure;
  failure.error = error;
  failure.call = call;
  return failure;
}

Failure createNamespace(NamespaceScope& scope, const std::string& path, Creation& out) {
  Creation made;
  made.netns = std::make_shared<Namespace>();
  Trace trace;
  const int error = scope.runInsideNew([&] {
    if (trace.failed("open", openCurrentNamespace(made.netns->fd))) return trace.error;
    if (trace.failed("socket", Socket::open(NETLINK_ROUTE, 0, made.route))) return trace.error;
    socklen_t size = sizeof made.netns->cookie;
    const int got = getsockopt(made.route->fd(), SOL_SOCKET, SO_NETNS_COOKIE, &made.netns->cookie, &size);
    if (trace.failed("getsockopt", got < 0 ? errno : 0)) return trace.error;
    if (!path.empty() && trace.failed("mount", pinNamespace(made.netns->fd.get(), path))) return trace.error;
    return 0;
  });
  if (error == 0) {
    out = std::move(made);
    return {};
  }
  return failedInside(error, trace.error != 0 ? trace.call : "unshare");
}

}  // namespace netloom
