// Reports from the executor's thread to the thread of its environment.
#pragma once

#include <cstdint>
#include <vector>

#include "program.h"

namespace netloom {

using JobId = uint64_t;
using MonitorId = uint64_t;

struct MonitorEvent {
  // kResync: the kernel dropped events here. kEnd: no more events will come (`error`: the reason, 0 after
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
  // Whether the job has ended. False for a part of a program that more follow, for kReply, for kWaits (a wait
  // for confirmation began), and for kReleased while some namespaces are still held.
  bool last = true;

  // kProgram
  Outcome outcome;

  // kReply: whole messages of a step's reply. None: the messages so far are to be discarded, because the
  // request is repeated.
  int step = 0;
  Bytes reply;

  // kReleased: indexes into the list given to release(). Namespaces are reported as they go; the last
  // completion of the job lists those that are still held.
  std::vector<uint32_t> gone;
  std::vector<uint32_t> held;

  // kReleased, kMonitorOpened: 0 or an errno
  int error = 0;

  // kMonitorOpened, kEvents
  MonitorId monitor = 0;
  std::vector<MonitorEvent> events;
};

}  // namespace netloom
