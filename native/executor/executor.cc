#include "executor.h"

#include "loop.h"

namespace netloom {

int Executor::start(std::function<void()> notify, std::unique_ptr<Executor>& out) {
  std::unique_ptr<Loop> loop;
  if (const int error = Loop::start(std::move(notify), loop)) return error;
  out.reset(new Executor(std::move(loop)));
  return 0;
}

Executor::Executor(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}

Executor::~Executor() = default;

JobId Executor::prefetch(uint32_t namespaces) {
  loop_->post(PrefetchCommand{++last_, namespaces});
  return last_;
}

void Executor::cancelPrefetch(JobId job) { loop_->post(CancelPrefetchCommand{job}); }

JobId Executor::run(Program program, JobId prefetched) {
  const JobId job = prefetched == 0 ? ++last_ : prefetched;
  loop_->post(RunCommand{job, std::move(program)});
  return job;
}

void Executor::extend(JobId job, Program part) { loop_->post(ExtendCommand{job, std::move(part)}); }

void Executor::abort(JobId job) { loop_->post(AbortCommand{job}); }

void Executor::confirm(JobId job) { loop_->post(ConfirmCommand{job}); }

JobId Executor::release(std::vector<std::shared_ptr<Namespace>> namespaces, uint32_t deadlineMs) {
  loop_->post(ReleaseCommand{++last_, std::move(namespaces), deadlineMs});
  return last_;
}

JobId Executor::openMonitor(std::shared_ptr<Namespace> netns, int protocol, std::vector<uint32_t> groups,
                            bool allNamespaces, int receiveBuffer) {
  loop_->post(OpenMonitorCommand{++last_, std::move(netns), protocol, std::move(groups), allNamespaces,
                                 receiveBuffer});
  return last_;
}

void Executor::read(MonitorId monitor) { loop_->post(ReadMonitorCommand{monitor}); }

void Executor::closeMonitor(MonitorId monitor) { loop_->post(CloseMonitorCommand{monitor}); }

std::vector<Completion> Executor::take() { return loop_->take(); }

}  // namespace netloom
