// The monitors of one executor: their sockets in the epoll set, and the readers that wait for events.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "../base/epoll.h"
#include "command.h"
#include "monitor.h"

namespace netloom {

class MonitorSet {
 public:
  // A monitor's id is its tag in the epoll set. `complete` takes the answers to open, read and close.
  MonitorSet(NamespaceScope& scope, Epoll& epoll, std::function<void(Completion)> complete)
      : scope_(scope), epoll_(epoll), complete_(std::move(complete)) {}

  void open(const OpenMonitorCommand& command);
  void read(MonitorId id);
  void close(MonitorId id);
  // The socket of that monitor has input.
  void receive(MonitorId id);
  void closeAll() { monitors_.clear(); }

 private:
  struct Entry {
    std::unique_ptr<Monitor> monitor;
    bool inEpoll = false;
  };

  void serve(MonitorId id, Entry& entry);
  // Gives queued events to a waiting reader.
  void deliver(MonitorId id, Monitor& monitor);
  // Keeps the socket in the epoll set only while its queue has room.
  void updateEpoll(MonitorId id, Entry& entry);

  NamespaceScope& scope_;
  Epoll& epoll_;
  const std::function<void(Completion)> complete_;
  std::map<MonitorId, Entry> monitors_;
};

}  // namespace netloom
