// The executor of one JavaScript environment: a thread that runs programs, releases namespaces and reads
// monitors. All methods are for the environment's own thread, and none waits for the kernel.
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
  // The new thread's home is the namespace of the calling thread. `notify` is called by the executor's
  // thread, possibly often, when there are completions to take; it must not block. Returns 0 or an errno.
  static int start(std::function<void()> notify, std::unique_ptr<Executor>& out);
  // Aborts and undoes running programs (for five seconds at most), closes monitors and joins the thread. Jobs
  // that have not completed by then are not reported.
  ~Executor();

  // Announces a program that will create so many namespaces; the first few are created meanwhile. Returns the
  // job to run the program under.
  JobId prefetch(uint32_t namespaces);
  // The announced program will not come. Ignored for a job that has begun.
  void cancelPrefetch(JobId job);
  // `prefetched`: a job of prefetch(), or 0.
  JobId run(Program program, JobId prefetched = 0);
  // Adds a further part to a program that announced more. Ignored for a job that has ended.
  void extend(JobId job, Program part);
  // Ignored for a job that has ended.
  void abort(JobId job);
  // Lets a program continue that waits in a ConfirmStep. The begin of the wait is reported by a completion
  // that is not the last.
  void confirm(JobId job);
  // Gives up the references and reports each namespace once the kernel has destroyed it with its devices.
  // Namespaces that something else holds are reported at the deadline.
  JobId release(std::vector<std::shared_ptr<Namespace>> namespaces, uint32_t deadlineMs);
  JobId openMonitor(std::shared_ptr<Namespace> netns, int protocol, std::vector<uint32_t> groups,
                    bool allNamespaces, int receiveBuffer);
  // Asks for one kEvents completion with at least one event. One read at a time.
  void read(MonitorId monitor);
  // A waiting read is answered by kEnd.
  void closeMonitor(MonitorId monitor);

  // Everything that has completed since the last call.
  std::vector<Completion> take();

 private:
  explicit Executor(std::unique_ptr<Loop> loop);

  std::unique_ptr<Loop> loop_;
  JobId last_ = 0;
};

}  // namespace netloom
