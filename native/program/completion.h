// Reports from the executor's thread to the thread of its environment.
#pragma once

#include <cstdint>
#include <vector>

#include "program.h"

namespace netloom {

using JobId = uint64_t;
using MonitorId = uint64_t;

struct MonitorEvent {
  // kResync: the kernel dropped events at this place. kEnd: no more will come (`error`: why, 0 after
  // closeMonitor).
  enum class Type : uint8_t { kMessage, kResync, kEnd } type = Type::kMessage;
  Bytes message;  // one whole netlink message
  int nsid = -1;  // -1: the monitor's own namespace
  int error = 0;
};

struct Completion {
  enum class Kind : uint8_t {
    kProgram,
    kReply,
    kWaits,
    kReleased,
    kMonitorOpened,
    kEvents
  } kind = Kind::kProgram;
  JobId job = 0;  // kEvents: 0

  // kProgram; not the last one of its job: of a part that more follow. kWaits: a wait for confirmation began.
  Outcome outcome;

  // kReply: whole messages of the answer to a step, or none: what came so far does not count, because the
  // kernel is asked again.
  int step = 0;
  Bytes reply;

  // kReleased: indexes into the list given to release. Those that are gone are told as they go; the last
  // completion of the job has those that are held still.
  std::vector<uint32_t> gone;
  std::vector<uint32_t> held;
  bool last = true;

  // kReleased, kMonitorOpened: 0 or an errno
  int error = 0;

  // kMonitorOpened, kEvents
  MonitorId monitor = 0;
  std::vector<MonitorEvent> events;
};

}  // namespace netloom
