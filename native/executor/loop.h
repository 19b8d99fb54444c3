// The executor's thread: an epoll loop over new work, monitors and releases, between the sends of programs.
#pragma once

#include <pthread.h>

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <variant>

#include "../netns/namespace_scope.h"
#include "../prefetch/namespace_worker.h"
#include "../prefetch/reserve.h"
#include "executor.h"
#include "monitor.h"
#include "namespace_reaper.h"
#include "runner.h"

namespace netloom {

struct RunCommand {
  JobId job;
  Program program;
};
struct ForeseeCommand {
  JobId job;
  uint32_t namespaces;
};
struct ForgetCommand {
  JobId job;
};
struct ExtendCommand {
  JobId job;
  Program part;
};
struct AbortCommand {
  JobId job;
};
struct ConfirmCommand {
  JobId job;
};
struct ReleaseCommand {
  JobId job;
  std::vector<std::shared_ptr<Namespace>> namespaces;
  uint32_t deadlineMs;
};
struct OpenMonitorCommand {
  JobId job;  // becomes the monitor's id
  std::shared_ptr<Namespace> netns;
  int protocol;
  std::vector<uint32_t> groups;
  bool allNamespaces;
  int receiveBuffer;
};
struct ReadCommand {
  MonitorId monitor;
};
struct CloseCommand {
  MonitorId monitor;
};
using Command = std::variant<ForeseeCommand, ForgetCommand, RunCommand, ExtendCommand, AbortCommand,
                             ConfirmCommand, ReleaseCommand, OpenMonitorCommand, ReadCommand, CloseCommand>;

class Loop {
 public:
  static int start(std::function<void()> notify, std::unique_ptr<Loop>& out);
  ~Loop();

  // For any thread.
  void post(Command command);
  // For the thread that made this object.
  std::vector<Completion> take();

 private:
  struct Watched {
    std::unique_ptr<Monitor> monitor;
    bool inEpoll = false;
  };

  Loop(std::function<void()> notify, Descriptor home, Descriptor wake, Descriptor epoll);
  using Body = void (Loop::*)();
  template <Body body>
  int startThread();
  void wakeUp();
  // Puts a thread in the place of one that is lost in a foreign namespace: a new thread is born where its
  // maker is, which is home.
  void replaceLost();

  // From here on the executor's thread only.
  void main();
  void takeOver();
  void tellLost();
  void takeCommands();
  void accept(ForeseeCommand& command);
  void accept(ForgetCommand& command);
  void accept(RunCommand& command);
  void accept(ExtendCommand& command);
  void accept(AbortCommand& command);
  void accept(ConfirmCommand& command);
  void accept(ReleaseCommand& command);
  void accept(OpenMonitorCommand& command);
  void accept(ReadCommand& command);
  void accept(CloseCommand& command);
  // Advances one program by one send. False if none can be advanced now.
  bool advance();
  [[nodiscard]] bool hasCommands();
  // Looks out for a command, if one is likely to come soon. False if it is to be waited for.
  bool lookOut();
  void wait(bool busy);
  [[nodiscard]] int timeout() const;
  void serve(MonitorId id);
  void hand(MonitorId id, Monitor& monitor);
  void watch(MonitorId id, Watched& watched);
  void collectReleases();
  void complete(Completion completion);

  const std::function<void()> notify_;
  const Descriptor netns_;  // where the threads are at home
  Home home_;
  Maker maker_;
  const Descriptor wake_;
  const Descriptor epoll_;
  pthread_t thread_{};
  pthread_t predecessor_{};
  bool started_ = false;
  enum class Place : uint8_t { kHome, kLost, kReplaced };
  std::atomic<Place> place_ = Place::kHome;  // replaced: until another thread has taken over
  std::atomic<bool> retired_ = false;        // another thread waits for this one's end
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> looksOut_ = false;  // the thread sees a command without being woken
  std::atomic<int> posts_ = -1;         // the processor of the thread that posted the last command
  bool expects_ = false;                // the last command came soon after the thread began to wait

  std::mutex mutex_;  // guards the two queues
  std::vector<Command> inbox_;
  std::vector<Completion> outbox_;

  std::deque<std::unique_ptr<Runner>> runners_;
  std::map<MonitorId, Watched> monitors_;
  Releaser releaser_;
  Stock stock_;
  bool watchesReleases_ = false;
};

}  // namespace netloom
