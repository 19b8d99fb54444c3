// Preloaded into a worker of the fault tests: makes the N-th call of one kind fail, wait, lose its answer, or
// kill the process. Calls count while the worker has armed the control page (control.js has its layout), and
// if they come from the addon, or from Node.js itself on a file or descriptor that the library uses. Calls
// are told apart by the address that they return to.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kinds.h"

enum Action { kFail, kDelay, kLoseAnswer, kKillBefore, kKillAfter };
/// What becomes of a call: passed on as it is, or one of the others.
enum Verdict { kPass, kRefuse, kForge, kDieAfter };

struct Page {
  int32_t armed, kind, nth, action, error, delayUs, hits, pid;
  int32_t counts[64];
  char last[128];
};

static struct Page* page;
static uintptr_t addonStart, addonEnd, nodeStart, nodeEnd;

static int noteModule(struct dl_phdr_info* info, size_t size, void* order) {
  (void)size;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr)* part = &info->dlpi_phdr[i];
    if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
    const uintptr_t start = info->dlpi_addr + part->p_vaddr;
    if (*(int*)order == 0) {
      nodeStart = start;
      nodeEnd = start + part->p_memsz;
    } else if (strstr(info->dlpi_name, "netloom.node")) {
      addonStart = start;
      addonEnd = start + part->p_memsz;
    }
  }
  ++*(int*)order;
  return 0;
}

// Children are not injected: their environment has neither variable.
__attribute__((constructor)) static void begin(void) {
  const char* file = getenv("NETLOOM_FAULT_PAGE");
  if (!file) return;
  const int fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC);
  void* mapped = fd < 0 ? MAP_FAILED : mmap(0, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) abort();
  syscall(SYS_close, fd);
  page = mapped;
  page->pid = getpid();
  unsetenv("NETLOOM_FAULT_PAGE");
  unsetenv("LD_PRELOAD");
}

static int isOurs(const char* path) {
  static const char* const kPlaces[] = {"/run/netns", "/run/netloom", "/etc/netns", "/proc/sys/net",
                                        "resolv.conf"};
  for (size_t i = 0; i < sizeof kPlaces / sizeof *kPlaces; i++)
    if (strstr(path, kPlaces[i])) return 1;
  return 0;
}

static int isOurDescriptor(int fd) {
  char link[32], target[256];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = syscall(SYS_readlink, link, target, sizeof target - 1);
  if (length < 0) return 0;
  target[length] = 0;
  return isOurs(target);
}

/// Whether Node.js makes calls of this kind only because the library asks for something.
static int isAlwaysOurs(enum Kind kind) {
  return kind == kSocket || kind == kBind || kind == kListen || kind == kConnect || kind == kFork ||
         kind == kExec;
}

static enum Verdict judge(enum Kind kind, void* caller, const char* path, int fd) {
  if (!page || !page->armed) return kPass;
  const uintptr_t from = (uintptr_t)caller;
  if (!addonStart) {
    int order = 0;
    dl_iterate_phdr(noteModule, &order);
  }
  if (from < addonStart || from >= addonEnd) {
    if (from < nodeStart || from >= nodeEnd) return kPass;
    if (!isAlwaysOurs(kind) && !(path ? isOurs(path) : fd >= 0 && isOurDescriptor(fd))) return kPass;
  }
  const int nth = __atomic_add_fetch(&page->counts[kind], 1, __ATOMIC_SEQ_CST);
  if (page->kind != (int)kind || page->nth != nth) return kPass;
  __atomic_add_fetch(&page->hits, 1, __ATOMIC_SEQ_CST);
  char thread[16] = "";
  pthread_getname_np(pthread_self(), thread, sizeof thread);
  snprintf(page->last, sizeof page->last, "%s %s", thread, path ? path : "");
  switch (page->action) {
    case kDelay:
      usleep((useconds_t)page->delayUs);
      return kPass;
    case kLoseAnswer:
      return kForge;
    case kKillBefore:
      syscall(SYS_kill, page->pid, SIGKILL);
      for (;;) pause();
    case kKillAfter:
      return kDieAfter;
    default:
      return kRefuse;
  }
}

// The result is not used: what becomes of the call is decided already.
#define DONE(call)                 \
  do {                             \
    if ((call) == -1) (void)errno; \
  } while (0)
#define CALL(kind, path, fd, call)                              \
  switch (judge(kind, __builtin_return_address(0), path, fd)) { \
    case kPass:                                                 \
      return call;                                              \
    case kForge:                                                \
      DONE(call);                                               \
      break;                                                    \
    case kDieAfter:                                             \
      DONE(call);                                               \
      syscall(SYS_kill, page->pid, SIGKILL);                    \
      for (;;) pause();                                         \
    case kRefuse:                                               \
      break;                                                    \
  }                                                             \
  errno = page->error;                                          \
  return -1;
#define WRAP(kind, type, name, parameters, arguments, path, fd)    \
  type name parameters {                                           \
    static type(*real) parameters;                                 \
    if (!real) real = (type(*) parameters)dlsym(RTLD_NEXT, #name); \
    CALL(kind, path, fd, real arguments)                           \
  }

WRAP(kSendmsg, ssize_t, sendmsg, (int s, const struct msghdr* m, int f), (s, m, f), 0, -1)
WRAP(kRecvmsg, ssize_t, recvmsg, (int s, struct msghdr* m, int f), (s, m, f), 0, -1)
WRAP(kSocket, int, socket, (int d, int t, int p), (d, t, p), 0, -1)
WRAP(kBind, int, bind, (int s, const struct sockaddr* a, socklen_t l), (s, a, l), 0, -1)
WRAP(kListen, int, listen, (int s, int b), (s, b), 0, -1)
WRAP(kConnect, int, connect, (int s, const struct sockaddr* a, socklen_t l), (s, a, l), 0, -1)
WRAP(kSetsockopt, int, setsockopt, (int s, int l, int o, const void* v, socklen_t n), (s, l, o, v, n), 0, -1)
WRAP(kGetsockopt, int, getsockopt, (int s, int l, int o, void* v, socklen_t* n), (s, l, o, v, n), 0, -1)
WRAP(kGetsockname, int, getsockname, (int s, struct sockaddr* a, socklen_t* l), (s, a, l), 0, -1)
WRAP(kSetns, int, setns, (int f, int t), (f, t), 0, -1)
WRAP(kUnshare, int, unshare, (int f), (f), 0, -1)
WRAP(kMount, int, mount, (const char* s, const char* t, const char* k, unsigned long f, const void* d),
     (s, t, k, f, d), t, -1)
WRAP(kUmount, int, umount2, (const char* t, int f), (t, f), t, -1)
WRAP(kMkdir, int, mkdir, (const char* p, mode_t m), (p, m), p, -1)
WRAP(kUnlink, int, unlink, (const char* p), (p), p, -1)
WRAP(kRmdir, int, rmdir, (const char* p), (p), p, -1)
WRAP(kRename, int, rename, (const char* a, const char* b), (a, b), b, -1)
WRAP(kFlock, int, flock, (int f, int o), (f, o), 0, f)
WRAP(kWrite, ssize_t, write, (int f, const void* b, size_t n), (f, b, n), 0, f)
WRAP(kWrite, ssize_t, pwrite64, (int f, const void* b, size_t n, off64_t o), (f, b, n, o), 0, f)
WRAP(kWrite, ssize_t, writev, (int f, const struct iovec* v, int n), (f, v, n), 0, f)
WRAP(kRead, ssize_t, read, (int f, void* b, size_t n), (f, b, n), 0, f)
WRAP(kRead, ssize_t, pread64, (int f, void* b, size_t n, off64_t o), (f, b, n, o), 0, f)
WRAP(kFsync, int, fsync, (int f), (f), 0, f)
WRAP(kFsync, int, fdatasync, (int f), (f), 0, f)
WRAP(kStatfs, int, statfs, (const char* p, struct statfs* s), (p, s), p, -1)
WRAP(kStatfs, int, fstatfs64, (int f, struct statfs64* s), (f, s), 0, f)
WRAP(kStat, int, fstat64, (int f, struct stat64* s), (f, s), 0, f)
WRAP(kReaddir, int, scandir64,
     (const char* p, struct dirent64*** l, int (*k)(const struct dirent64*),
      int (*c)(const struct dirent64**, const struct dirent64**)),
     (p, l, k, c), p, -1)
WRAP(kReadlink, ssize_t, readlink, (const char* p, char* b, size_t n), (p, b, n), p, -1)
WRAP(kPoll, int, poll, (struct pollfd * p, nfds_t n, int t), (p, n, t), 0, -1)
WRAP(kEpollCtl, int, epoll_ctl, (int e, int o, int f, struct epoll_event* v), (e, o, f, v), 0, -1)
WRAP(kEpollCreate, int, epoll_create1, (int f), (f), 0, -1)
WRAP(kEpollWait, int, epoll_wait, (int e, struct epoll_event* v, int n, int t), (e, v, n, t), 0, -1)
WRAP(kEventfd, int, eventfd, (unsigned n, int f), (n, f), 0, -1)
WRAP(kGetrandom, ssize_t, getrandom, (void* b, size_t n, unsigned f), (b, n, f), 0, -1)
WRAP(kFork, pid_t, fork, (void), (), 0, -1)

#define OPEN(name)                                                             \
  int name(const char* path, int flags, ...) {                                 \
    static int (*real)(const char*, int, ...);                                 \
    if (!real) real = (int (*)(const char*, int, ...))dlsym(RTLD_NEXT, #name); \
    mode_t mode = 0;                                                           \
    if (flags & (O_CREAT | O_TMPFILE)) {                                       \
      va_list rest;                                                            \
      va_start(rest, flags);                                                   \
      mode = va_arg(rest, mode_t);                                             \
      va_end(rest);                                                            \
    }                                                                          \
    CALL(kOpen, path, -1, real(path, flags, mode))                             \
  }
OPEN(open)
OPEN(open64)

int ioctl(int fd, unsigned long request, ...) {
  static int (*real)(int, unsigned long, ...);
  if (!real) real = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
  va_list rest;
  va_start(rest, request);
  void* argument = va_arg(rest, void*);
  va_end(rest);
  CALL(kIoctl, 0, -1, real(fd, request, argument))
}

// These two answer the error instead of setting errno, and the second never returns where it works.
int pthread_create(pthread_t* thread, const pthread_attr_t* options, void* (*run)(void*), void* argument) {
  static int (*real)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  if (!real)
    real = (int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*))dlsym(RTLD_NEXT,
                                                                                      "pthread_create");
  if (judge(kPthreadCreate, __builtin_return_address(0), 0, -1) == kRefuse) return page->error;
  return real(thread, options, run, argument);
}

/// A command that did its work and is then lost: its parent gets a failure, or is killed before it hears of
/// the end.
static int runAndLose(const char* file, char* const* arguments, int (*real)(const char*, char* const*),
                      int kill) {
  const pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (child == 0) return real(file, arguments);
  while (waitpid(child, 0, 0) < 0 && errno == EINTR) {
  }
  if (kill) syscall(SYS_kill, page->pid, SIGKILL);
  _exit(1);
}

int execvp(const char* file, char* const* arguments) {
  static int (*real)(const char*, char* const*);
  if (!real) real = (int (*)(const char*, char* const*))dlsym(RTLD_NEXT, "execvp");
  switch (judge(kExec, __builtin_return_address(0), file, -1)) {
    case kRefuse:
      errno = page->error;
      return -1;
    case kForge:
      return runAndLose(file, arguments, real, 0);
    case kDieAfter:
      return runAndLose(file, arguments, real, 1);
    default:
      return real(file, arguments);
  }
}
