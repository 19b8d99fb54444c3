// The executor of one JavaScript environment: a thread that runs programs, lets namespaces go and listens to
// monitors. No N-API in here. Every method is for the environment's own thread; none of them waits for the
// kernel.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "../program/completion.h"

namespace netloom {

class Loop;

class Executor {
 public:
  // Opens the calling thread's namespace as the home of the new thread. `notify` is called by the executor's
  // thread, possibly often, when completions wait to be taken; it must not block. Returns 0 or an errno.
  static int start(std::function<void()> notify, std::unique_ptr<Executor>& out);
  // Aborts and undoes what runs (five seconds at most), closes monitors, joins the thread. What has not
  // completed by then is not reported.
  ~Executor();

  // Says that a program is to come which will make so many namespaces: the first few are made meanwhile.
  // Returns the job that it is to run under.
  JobId foresee(uint32_t namespaces);
  // It will not come. Pointless for a job that has begun.
  void forget(JobId job);
  // `foreseen`: a job of foresee(), or 0.
  JobId run(Program program, JobId foreseen = 0);
  // A further part of a program that said that there is more: pointless for a job that has ended.
  void extend(JobId job, Program part);
  // A job that has ended already is ignored.
  void abort(JobId job);
  // A program that waits in a ConfirmStep goes on. Its wait is told by a completion that is not the last.
  void confirm(JobId job);
  // Gives the references up and tells of each namespace when the kernel has taken it apart with its devices;
  // what something else still holds is told at the deadline.
  JobId release(std::vector<std::shared_ptr<Namespace>> namespaces, uint32_t deadlineMs);
  JobId openMonitor(std::shared_ptr<Namespace> netns, int protocol, std::vector<uint32_t> groups,
                    bool allNamespaces, int receiveBuffer);
  // Asks for one kEvents completion with at least one event. One read at a time.
  void read(MonitorId monitor);
  // A read that waits is answered by kEnd.
  void closeMonitor(MonitorId monitor);

  // Everything that has completed since the last call.
  std::vector<Completion> take();

 private:
  explicit Executor(std::unique_ptr<Loop> loop);

  std::unique_ptr<Loop> loop_;
  JobId last_ = 0;
};

}  // namespace netloom
