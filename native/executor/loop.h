// The executor's thread: a loop over commands, monitors and releases, between the sends of programs.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "../base/epoll.h"
#include "../base/thread.h"
#include "../base/without.h"
#include "../netns/namespace_scope.h"
#include "../prefetch/namespace_worker.h"
#include "../prefetch/reserve.h"
#include "command.h"
#include "command_spin.h"
#include "monitor_set.h"
#include "namespace_reaper.h"
#include "runner.h"

namespace netloom {

class Loop {
 public:
  static int start(std::function<void()> notify, std::unique_ptr<Loop>& out);
  ~Loop();

  // For any thread.
  void post(Command command);
  // For the thread that made this object.
  std::vector<Completion> take();

 private:
  Loop(std::function<void()> notify, Descriptor home, Descriptor wake, Epoll epoll);
  using Body = void (Loop::*)();
  template <Body body>
  int startThread();
  void wakeUp();
  // Replaces a thread that is lost in a foreign namespace. A new thread starts in the namespace of the thread
  // that creates it, which is home.
  void replaceLost();

  // The rest runs on the executor's thread only.
  void main();
  void takeOver();
  void reportLost();
  void takeCommands();
  void accept(PrefetchCommand& command);
  void accept(CancelPrefetchCommand& command);
  void accept(RunCommand& command);
  void accept(ExtendCommand& command);
  void accept(AbortCommand& command);
  void accept(ConfirmCommand& command);
  void accept(ReleaseCommand& command);
  void accept(OpenMonitorCommand& command);
  void accept(ReadMonitorCommand& command);
  void accept(CloseMonitorCommand& command);
  Runner* runnerOf(JobId job);
  // Advances one program by one send. False if none can be advanced now.
  bool advance();
  [[nodiscard]] bool hasCommands();
  void wait(bool busy);
  // Milliseconds until the next deadline; -1 if there is none.
  [[nodiscard]] int timeout() const;
  void collectReleases();
  void complete(Completion completion);

  const std::function<void()> notify_;
  const Descriptor home_;  // the namespace of this object's threads
  NamespaceScope scope_;
  const bool prefetches_ = !isWithout("prefetch");
  NamespaceWorker worker_;
  const Descriptor wake_;
  Epoll epoll_;
  CommandSpin spin_{!isWithout("spin")};

  std::mutex mutex_;  // guards the two queues
  std::vector<Command> inbox_;
  std::vector<Completion> outbox_;

  std::deque<std::unique_ptr<Runner>> runners_;
  MonitorSet monitors_;
  NamespaceReaper reaper_;
  Reserve reserve_;
  bool watchesReleases_ = false;

  enum class Place : uint8_t { kHome, kLost, kReplaced };
  std::atomic<Place> place_ = Place::kHome;  // kReplaced: until another thread has taken over
  std::atomic<bool> retired_ = false;        // another thread waits for the end of this one
  std::atomic<bool> stopping_ = false;
  Thread predecessor_;
  Thread thread_;
};

}  // namespace netloom
