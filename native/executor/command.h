// What JavaScript's thread asks of the executor's thread.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "../program/completion.h"

namespace netloom {

struct PrefetchCommand {
  JobId job;
  uint32_t namespaces;
};
struct CancelPrefetchCommand {
  JobId job;
};
struct RunCommand {
  JobId job;
  Program program;
};
struct ExtendCommand {
  JobId job;
  Program part;
};
struct AbortCommand {
  JobId job;
};
struct ConfirmCommand {
  JobId job;
};
struct ReleaseCommand {
  JobId job;
  std::vector<std::shared_ptr<Namespace>> namespaces;
  uint32_t deadlineMs;
};
struct OpenMonitorCommand {
  JobId job;  // becomes the monitor's id
  std::shared_ptr<Namespace> netns;
  int protocol;
  std::vector<uint32_t> groups;
  bool allNamespaces;
  int receiveBuffer;
};
struct ReadMonitorCommand {
  MonitorId monitor;
};
struct CloseMonitorCommand {
  MonitorId monitor;
};

using Command =
    std::variant<PrefetchCommand, CancelPrefetchCommand, RunCommand, ExtendCommand, AbortCommand,
                 ConfirmCommand, ReleaseCommand, OpenMonitorCommand, ReadMonitorCommand, CloseMonitorCommand>;

}  // namespace netloom
