// Lets namespaces go and observes that the kernel takes them apart, which it does some time after the last
// reference.
#pragma once

#include <limits>
#include <map>
#include <set>

#include "../netns/namespace_scope.h"
#include "../program/completion.h"

namespace netloom {

// Watches from a namespace of its own: there each namespace gets an id, and when the kernel begins to take
// one apart it withdraws the id and says so (RTM_DELNSID). Its devices, and the far ends of its veth pairs,
// are still there at that time. The kernel does this work one batch after another (cleanup_net, on a queue
// with a single thread, at least since 4.19): when it begins with a namespace that was given up later, a
// sentinel, it has ended with the earlier ones.
class NamespaceReaper {
 public:
  explicit NamespaceReaper(NamespaceScope& scope) : scope_(scope) {}

  void start(JobId job, std::vector<std::shared_ptr<Namespace>> namespaces, uint32_t deadlineMs);
  // The socket to wait for; -1 before the first release.
  [[nodiscard]] int fd() const { return events_ ? events_->fd() : -1; }
  void receive();
  // Ends what has not come to its end by now.
  void expire(int64_t now);
  [[nodiscard]] int64_t nextDeadline() const;
  std::vector<Completion> take() { return std::exchange(completed_, {}); }

 private:
  struct Job {
    int64_t deadline = 0;
    std::set<uint32_t> held;     // indexes that something else may still hold
    std::set<uint32_t> dying;    // being taken apart
    std::vector<uint32_t> gone;  // and not told yet
  };
  struct Waiter {
    JobId job;
    uint32_t index;
  };
  // A namespace with TCP sockets when it was given up: it is not let go before these are gone, because there
  // is no way back to the connections of processes that end later.
  struct Tended {
    JobId job;
    std::shared_ptr<Namespace> netns;
  };

  int open();
  int replaceSpoiled();
  [[nodiscard]] bool inUse(const Namespace& netns);
  void tend(int64_t now);
  int watch(JobId job, const std::vector<std::shared_ptr<Namespace>>& namespaces);
  int watchSome(JobId job, const std::vector<std::shared_ptr<Namespace>>& namespaces, size_t begin,
                size_t end);
  int knownId(int netns, int& out);
  void receiveAll();
  void begun(int id);
  void plantSentinel(int64_t now);
  int plant();
  void sentinelBegun();
  void report();
  void askWhatIsLeft();
  void complete(JobId job, int error, std::vector<uint32_t> held);

  NamespaceScope& scope_;
  Descriptor observer_;  // the namespace that watches
  std::shared_ptr<Socket> requests_;
  std::shared_ptr<Socket> events_;
  int lastId_ = 0;
  std::map<JobId, Job> jobs_;
  std::multimap<int, Waiter> waiters_;
  std::vector<Waiter> dying_;    // that no sentinel follows yet
  int sentinel_ = -1;            // the id of the one under way
  std::vector<Waiter> guarded_;  // the namespaces that have ended when the sentinel's turn comes
  int64_t nextPlanting_ = 0;
  std::vector<Tended> tended_;
  int64_t nextTending_ = 0;
  std::vector<Completion> completed_;
};

}  // namespace netloom
