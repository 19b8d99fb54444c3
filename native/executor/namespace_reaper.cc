#include "namespace_reaper.h"

#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>

#include "../request/exchange.h"
#include "../sockets/orphans.h"

namespace netloom {
namespace {

constexpr uint32_t kDeadlineMs = 10'000;  // of one request in the observer's namespace
constexpr size_t kMostInOneSend = 128;
constexpr int kListAttempts = 3;  // a part of the list may be lost, too
// The pause before the creation of a sentinel is retried: with max_net_namespaces reached, the slot of a
// namespace becomes free when it is gone.
constexpr int64_t kSentinelPause = 5'000'000;
constexpr int64_t kBusyPause = 20'000'000;

// A message about the id of a namespace; `id` and `fd` are left out if they are negative.
void putNsid(Bytes& out, uint16_t type, uint16_t flags, int id, int fd) {
  MessageWriter writer(out);
  writer.begin(type, static_cast<uint16_t>(NLM_F_REQUEST | flags));
  writer.header(sizeof(rtgenmsg));
  if (id >= 0) writer.put(NETNSA_NSID, id);
  if (fd >= 0) writer.put(NETNSA_FD, fd);
  (void)writer.end();  // two numbers cannot outgrow their length fields
}

int idIn(ByteView message) {
  const size_t header = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(rtgenmsg));
  if (message.size() < header) return -1;
  const auto id = findAttribute(message.subspan(header), NETNSA_NSID);
  return id && id->size() >= sizeof(int) ? load<int>(*id) : -1;
}

template <typename Visit>
void forEachId(const std::vector<Bytes>& datagrams, uint16_t type, Visit visit) {
  for (const Bytes& datagram : datagrams) {
    MessageReader reader(datagram);
    while (const auto message = reader.next()) {
      if (load<nlmsghdr>(*message).nlmsg_type == type) visit(idIn(*message));
    }
  }
}

}  // namespace

int NamespaceReaper::open() {
  if (events_) return replaceSpoiled();
  Descriptor observer;
  std::shared_ptr<Socket> requests;
  std::shared_ptr<Socket> events;
  const int error = scope_.runInsideNew([&] {
    if (const int failed = openCurrentNamespace(observer)) return failed;
    if (const int failed = Socket::open(NETLINK_ROUTE, 0, requests)) return failed;
    if (const int failed = Socket::open(NETLINK_ROUTE, 0, events)) return failed;
    return events->join(RTNLGRP_NSID);
  });
  if (error != 0) return error;
  observer_ = std::move(observer);
  requests_ = std::move(requests);
  events_ = std::move(events);
  return 0;
}

int NamespaceReaper::replaceSpoiled() {
  if (!requests_->spoiled) return 0;
  std::shared_ptr<Socket> fresh;
  const int error = scope_.runInside(observer_.get(), [&] { return Socket::open(NETLINK_ROUTE, 0, fresh); });
  if (error == 0) requests_ = std::move(fresh);
  return error;
}

void NamespaceReaper::start(JobId job, std::vector<std::shared_ptr<Namespace>> namespaces,
                            uint32_t deadlineMs) {
  const int error = open();
  if (error != 0) return complete(job, error, {});
  jobs_[job].deadline = deadlineIn(deadlineMs);
  const int failed = watch(job, namespaces);
  for (auto& netns : namespaces) {
    if (failed == 0 && inUse(*netns)) busy_.push_back({job, std::move(netns)});
  }
  namespaces.clear();  // drops the last references, unless something else holds one
  serveBusy(monotonicNow());
  const auto entry = jobs_.find(job);
  if (failed != 0 || entry->second.held.empty()) {
    jobs_.erase(entry);
    complete(job, failed, {});
  }
}

bool NamespaceReaper::inUse(const Namespace& netns) {
  bool found = false;
  (void)scope_.runInside(netns.fd.get(), [&] {
    found = hasTcpSockets();
    return 0;
  });
  return found;
}

void NamespaceReaper::serveBusy(int64_t now) {
  if (busy_.empty() || now < nextBusyCheck_) return;
  nextBusyCheck_ = now + kBusyPause;
  std::erase_if(busy_, [&](const Busy& busy) {
    (void)scope_.runInside(busy.netns->fd.get(), [&] {
      destroyOrphans();
      return 0;
    });
    return !jobs_.contains(busy.job) || !inUse(*busy.netns);
  });
}

int NamespaceReaper::watch(JobId job, const std::vector<std::shared_ptr<Namespace>>& namespaces) {
  for (size_t begin = 0; begin < namespaces.size(); begin += kMostInOneSend) {
    const size_t end = std::min(begin + kMostInOneSend, namespaces.size());
    if (const int error = watchSome(job, namespaces, begin, end)) return error;
  }
  return 0;
}

int NamespaceReaper::watchSome(JobId job, const std::vector<std::shared_ptr<Namespace>>& namespaces,
                               size_t begin, size_t end) {
  Bytes bytes;
  for (size_t i = begin; i < end; i++) {
    putNsid(bytes, RTM_NEWNSID, i + 1 == end ? NLM_F_ACK : 0, lastId_ + static_cast<int>(i - begin),
            namespaces[i]->fd.get());
  }
  const std::vector<const schema::Family*> families(end - begin, nullptr);
  const auto answers = exchange(*requests_, bytes, families, deadlineIn(kDeadlineMs));
  for (size_t i = begin; i < end; i++) {
    int id = lastId_ + static_cast<int>(i - begin);
    if (!answers[i - begin].done()) {
      // The namespace has an id already, because it was released before and is still held, or was given
      // twice. Or the answer was lost.
      const int error = existingId(namespaces[i]->fd.get(), id);
      if (error != 0)
        return answers[i - begin].failure.error != EEXIST ? answers[i - begin].failure.error : error;
    }
    waiters_.emplace(id, Waiter{job, static_cast<uint32_t>(i)});
    jobs_[job].held.insert(static_cast<uint32_t>(i));
  }
  lastId_ += static_cast<int>(end - begin);
  return 0;
}

int NamespaceReaper::existingId(int netns, int& out) {
  Request get;
  putNsid(get.bytes, RTM_GETNSID, 0, -1, netns);
  const Answer answer = askOnce(*requests_, get, deadlineIn(kDeadlineMs));
  if (!answer.done()) return answer.failure.error;
  out = -1;
  forEachId(answer.reply, RTM_NEWNSID, [&](int id) { out = id; });
  return out < 0 ? ENOENT : 0;
}

void NamespaceReaper::receive() {
  receiveAll();
  startSentinel(monotonicNow());
  report();
}

void NamespaceReaper::receiveAll() {
  Bytes datagram;
  int nsid = -1;
  for (;;) {
    const int error = events_->receiveNow(datagram, nsid);
    if (error == EAGAIN) return;
    if (error != 0) return resync();  // a further notification in the queue wakes the loop again
    forEachId({datagram}, RTM_DELNSID, [&](int id) { namespaceDying(id); });
  }
}

// Lists the remaining ids after the kernel dropped notifications.
void NamespaceReaper::resync() {
  Request list;
  putNsid(list.bytes, RTM_GETNSID, NLM_F_DUMP, -1, -1);
  list.verb = schema::Verb::kList;
  Answer answer;
  for (int attempt = 0; attempt < kListAttempts && !answer.done(); attempt++) {
    if (replaceSpoiled() != 0) break;
    answer = dump(*requests_, list, deadlineIn(kDeadlineMs));
  }
  if (!answer.done() || answer.interrupted) return;  // the deadline of the release decides
  std::set<int> left;
  forEachId(answer.reply, RTM_NEWNSID, [&](int id) { left.insert(id); });
  std::set<int> waited;
  for (const auto& [id, waiter] : waiters_) waited.insert(id);
  if (sentinel_ >= 0) waited.insert(sentinel_);
  for (const int id : waited) {
    if (!left.contains(id)) namespaceDying(id);
  }
}

void NamespaceReaper::namespaceDying(int id) {
  if (id == sentinel_) return sentinelDying();
  const auto [begin, end] = waiters_.equal_range(id);
  for (auto waiter = begin; waiter != end; ++waiter) {
    const auto job = jobs_.find(waiter->second.job);
    if (job == jobs_.end()) continue;
    job->second.held.erase(waiter->second.index);
    job->second.dying.insert(waiter->second.index);
    dying_.push_back(waiter->second);
  }
  waiters_.erase(begin, end);
}

// There is one sentinel at a time. Namespaces that begin to die meanwhile share the next one.
void NamespaceReaper::startSentinel(int64_t now) {
  if (dying_.empty() || sentinel_ >= 0 || now < nextSentinel_) return;
  if (createSentinel() != 0) {
    nextSentinel_ = now + kSentinelPause;
    return;
  }
  awaitingSentinel_ = std::exchange(dying_, {});
}

int NamespaceReaper::createSentinel() {
  if (const int error = replaceSpoiled()) return error;
  Descriptor netns;
  if (const int error = scope_.runInsideNew([&] { return openCurrentNamespace(netns); })) return error;
  Request name;
  putNsid(name.bytes, RTM_NEWNSID, 0, lastId_, netns.get());
  const Answer answer = askOnce(*requests_, name, deadlineIn(kDeadlineMs));
  if (!answer.done()) return answer.failure.error != 0 ? answer.failure.error : EIO;
  sentinel_ = lastId_++;
  return 0;
}

void NamespaceReaper::sentinelDying() {
  sentinel_ = -1;
  for (const Waiter& waiter : std::exchange(awaitingSentinel_, {})) {
    const auto job = jobs_.find(waiter.job);
    if (job == jobs_.end()) continue;
    job->second.dying.erase(waiter.index);
    job->second.gone.push_back(waiter.index);
  }
}

// Reports namespaces as they go: one that is held must not delay the others.
void NamespaceReaper::report() {
  for (auto job = jobs_.begin(); job != jobs_.end();) {
    auto& [id, state] = *job;
    const bool last = state.held.empty() && state.dying.empty();
    if (!state.gone.empty()) {
      Completion completion;
      completion.kind = Completion::Kind::kReleased;
      completion.job = id;
      completion.gone = std::exchange(state.gone, {});
      completion.last = last;
      completed_.push_back(std::move(completion));
    }
    job = last ? jobs_.erase(job) : std::next(job);
  }
}

void NamespaceReaper::expire(int64_t now) {
  serveBusy(now);
  startSentinel(now);
  for (auto job = jobs_.begin(); job != jobs_.end();) {
    if (job->second.deadline > now) {
      ++job;
      continue;
    }
    std::erase_if(waiters_, [&](const auto& waiter) { return waiter.second.job == job->first; });
    std::erase_if(busy_, [&](const Busy& busy) { return busy.job == job->first; });
    complete(job->first, 0, {job->second.held.begin(), job->second.held.end()});
    // Namespaces that are being destroyed count as gone.
    completed_.back().gone.assign(job->second.dying.begin(), job->second.dying.end());
    job = jobs_.erase(job);
  }
}

int64_t NamespaceReaper::nextDeadline() const {
  int64_t next = std::numeric_limits<int64_t>::max();
  for (const auto& [id, job] : jobs_) next = std::min(next, job.deadline);
  if (!dying_.empty() && sentinel_ < 0) next = std::min(next, nextSentinel_);
  if (!busy_.empty()) next = std::min(next, nextBusyCheck_);
  return next;
}

void NamespaceReaper::complete(JobId job, int error, std::vector<uint32_t> held) {
  Completion completion;
  completion.kind = Completion::Kind::kReleased;
  completion.job = job;
  completion.error = error;
  completion.held = std::move(held);
  completed_.push_back(std::move(completion));
}

}  // namespace netloom
