#include "monitor_set.h"

#include <cerrno>
#include <utility>

namespace netloom {

void MonitorSet::open(const OpenMonitorCommand& command) {
  Completion completion;
  completion.kind = Completion::Kind::kMonitorOpened;
  completion.job = command.job;
  Entry entry;
  completion.error = command.netns
                         ? Monitor::open(scope_, *command.netns, command.protocol, command.groups,
                                         command.allNamespaces, command.receiveBuffer, entry.monitor)
                         : EBADF;
  if (completion.error == 0) {
    completion.monitor = command.job;
    const auto placed = monitors_.emplace(command.job, std::move(entry)).first;
    updateEpoll(placed->first, placed->second);
  }
  complete_(std::move(completion));
}

void MonitorSet::read(MonitorId id) {
  const auto found = monitors_.find(id);
  if (found != monitors_.end() && (found->second.monitor->hasEvents() || !found->second.monitor->ended())) {
    found->second.monitor->reading = true;
    serve(id, found->second);
    return;
  }
  Completion completion;
  completion.kind = Completion::Kind::kEvents;
  completion.monitor = id;
  completion.events.push_back({MonitorEvent::Type::kEnd, {}, -1, 0});
  complete_(std::move(completion));
}

void MonitorSet::close(MonitorId id) {
  const auto found = monitors_.find(id);
  if (found == monitors_.end()) return;
  // The socket closes before the reader is told of the end.
  const std::unique_ptr<Monitor> monitor = std::move(found->second.monitor);
  monitors_.erase(found);
  monitor->end(0);
  deliver(id, *monitor);
}

void MonitorSet::receive(MonitorId id) {
  const auto found = monitors_.find(id);
  if (found == monitors_.end()) return;
  found->second.monitor->receive();
  serve(id, found->second);
}

void MonitorSet::serve(MonitorId id, Entry& entry) {
  deliver(id, *entry.monitor);
  updateEpoll(id, entry);
}

void MonitorSet::deliver(MonitorId id, Monitor& monitor) {
  if (!monitor.reading || !monitor.hasEvents()) return;
  monitor.reading = false;
  Completion completion;
  completion.kind = Completion::Kind::kEvents;
  completion.monitor = id;
  completion.events = monitor.take();
  complete_(std::move(completion));
}

void MonitorSet::updateEpoll(MonitorId id, Entry& entry) {
  const bool wanted = entry.monitor->wantsInput();
  if (wanted == entry.inEpoll) return;
  if (!wanted) {
    epoll_.remove(entry.monitor->fd());
  } else if (const int error = epoll_.add(entry.monitor->fd(), id)) {
    entry.monitor->end(error);
    return;
  }
  entry.inEpoll = wanted;
}

}  // namespace netloom
