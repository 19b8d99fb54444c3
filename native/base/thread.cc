#include "thread.h"

#include <csignal>
#include <memory>

namespace netloom {
namespace {

struct Entry {
  void (*body)(void*);
  void* argument;
};

void* run(void* given) {
  const std::unique_ptr<Entry> entry(static_cast<Entry*>(given));
  entry->body(entry->argument);
  return nullptr;
}

}  // namespace

int Thread::start(const char* name, size_t stackSize, void (*body)(void*), void* argument) {
  join();
  auto entry = std::make_unique<Entry>(Entry{body, argument});
  // The new thread inherits the mask.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stackSize);
  const int error = pthread_create(&id_, &attributes, run, entry.get());
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) return error;
  (void)entry.release();  // NOLINT(bugprone-unused-return-value): the thread owns it now
  joinable_ = true;
  pthread_setname_np(id_, name);
  return 0;
}

void Thread::join() {
  if (std::exchange(joinable_, false)) pthread_join(id_, nullptr);
}

}  // namespace netloom
