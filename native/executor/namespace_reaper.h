// Releases namespaces and observes their destruction by the kernel, which follows some time after the last
// reference.
#pragma once

#include <limits>
#include <map>
#include <set>

#include "../netns/namespace_scope.h"
#include "../program/completion.h"

namespace netloom {

// Watches from a namespace of its own. There each namespace gets an id, and when the kernel begins to destroy
// a namespace it removes the id and reports that (RTM_DELNSID). At that time its devices, and the peers of
// its veth pairs, still exist. The kernel destroys namespaces in batches, one after another (cleanup_net, on
// a queue with a single thread, at least since 4.19). When it begins with a namespace that was released
// later, a sentinel, the earlier ones are gone.
class NamespaceReaper {
 public:
  explicit NamespaceReaper(NamespaceScope& scope) : scope_(scope) {}

  void start(JobId job, std::vector<std::shared_ptr<Namespace>> namespaces, uint32_t deadlineMs);
  // The socket to poll; -1 before the first release.
  [[nodiscard]] int fd() const { return events_ ? events_->fd() : -1; }
  void receive();
  // Ends the jobs whose deadline has passed.
  void expire(int64_t now);
  [[nodiscard]] int64_t nextDeadline() const;
  std::vector<Completion> take() { return std::exchange(completed_, {}); }

 private:
  struct Job {
    int64_t deadline = 0;
    std::set<uint32_t> held;     // indexes that something else may still hold
    std::set<uint32_t> dying;    // being destroyed
    std::vector<uint32_t> gone;  // destroyed, but not reported yet
  };
  struct Waiter {
    JobId job;
    uint32_t index;
  };
  // A namespace that had TCP sockets when it was released. Its reference is kept until they are gone: without
  // it the orphaned connections of processes that end later could not be reached.
  struct Busy {
    JobId job;
    std::shared_ptr<Namespace> netns;
  };

  int open();
  int replaceSpoiled();
  [[nodiscard]] bool inUse(const Namespace& netns);
  void serveBusy(int64_t now);
  int watch(JobId job, const std::vector<std::shared_ptr<Namespace>>& namespaces);
  int watchSome(JobId job, const std::vector<std::shared_ptr<Namespace>>& namespaces, size_t begin,
                size_t end);
  int existingId(int netns, int& out);
  void receiveAll();
  void namespaceDying(int id);
  void startSentinel(int64_t now);
  int createSentinel();
  void sentinelDying();
  void report();
  void resync();
  void complete(JobId job, int error, std::vector<uint32_t> held);

  NamespaceScope& scope_;
  Descriptor observer_;  // the namespace to watch from
  std::shared_ptr<Socket> requests_;
  std::shared_ptr<Socket> events_;
  int lastId_ = 0;
  std::map<JobId, Job> jobs_;
  std::multimap<int, Waiter> waiters_;
  std::vector<Waiter> dying_;             // not followed by a sentinel yet
  int sentinel_ = -1;                     // the id of the current sentinel; -1: none
  std::vector<Waiter> awaitingSentinel_;  // gone when the sentinel dies
  int64_t nextSentinel_ = 0;
  std::vector<Busy> busy_;
  int64_t nextBusyCheck_ = 0;
  std::vector<Completion> completed_;
};

}  // namespace netloom
