// The judge of what a contender made: a TCP exchange of every namespace with a service of the namespace that
// this program is started in. It knows nothing of the contenders, and is the same for all of them.
//   exchange ADDRESS WIDTH < paths of namespaces, a line each: names, or descriptors as /proc/PID/fd/N
// WIDTH namespaces at a time, or as many as the limit of descriptors allows, call the service at the ADDRESS:
// all of these connections stand until the last of them has its answer. The answer repeats the question and
// says from which address it came, which has to be one that no other namespace has. What cannot be reached
// yet is called again, for a minute at most. Then the neighbours that were learned for it are forgotten, on
// both sides: 1,024 are room for those of all namespaces of a machine together. Permanent ones stay. Prints
// "FAILED <path>: <why>" for each that had no exchange, and "EXCHANGED <how many> of <how many>"; its status
// is 1 if some failed. After a WIDTH with failures, the rest is not tried.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { kPort = 7777, kLimitMs = 60000, kPauseMs = 200, kText = 64, kOtherDescriptors = 64 };

static void die(const char* what) {
  perror(what);
  exit(2);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

typedef enum { kCalling, kAnswered, kFailed } State;

typedef struct {
  char* path;
  State state;
  int fd;         // of the connection, or -1 before the first attempt and between two
  double again;   // when the next attempt is due
  char why[128];  // the last attempt failed, or all of it
  in_addr_t own;
} Call;

static int home, poller, listener;
static int* served;  // whether a descriptor is a connection that the service accepted
static int servedSize;
static struct sockaddr_in service = {.sin_family = AF_INET};

// ---- namespaces

// A socket of the namespace at the path: it stays there while the thread returns. -1 and errno if there is
// none.
static int socketInside(const char* path, int family, int type, int protocol) {
  int netns = open(path, O_RDONLY | O_CLOEXEC);
  if (netns < 0) return -1;
  int fd = -1;
  if (!setns(netns, CLONE_NEWNET)) fd = socket(family, type | SOCK_CLOEXEC, protocol);
  int error = errno;
  close(netns);
  if (setns(home, CLONE_NEWNET)) die("setns home");
  errno = error;
  return fd;
}

// ---- the service

// So that nothing of a connection outlives its end.
static void endByReset(int fd) {
  struct linger reset = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

static void listenAt(void) {
  int one = 1;
  listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct epoll_event wanted = {.events = EPOLLIN, .data.u64 = UINT64_MAX};
  if (listener < 0) die("socket");
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr*)&service, sizeof service)) die("bind");
  if (listen(listener, 65535) || epoll_ctl(poller, EPOLL_CTL_ADD, listener, &wanted)) die("listen");
}

static void acceptAll(void) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    if (fd >= servedSize) errno = EMFILE, die("accept");
    endByReset(fd);
    served[fd] = true;
    struct epoll_event wanted = {.events = EPOLLIN, .data.u64 = UINT32_MAX + 1ull + (uint64_t)fd};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &wanted)) die("epoll_ctl");
  }
}

static void endServed(int fd) {
  served[fd] = false;
  close(fd);
}

// The answer: the question, and who asked.
static void answer(int fd) {
  char question[kText] = "", text[2 * kText], from[INET_ADDRSTRLEN];
  struct sockaddr_in caller;
  socklen_t size = sizeof caller;
  ssize_t n = recv(fd, question, sizeof question - 1, 0);
  if (n <= 0 || getpeername(fd, (struct sockaddr*)&caller, &size)) {
    if (n >= 0 || errno != EAGAIN) endServed(fd);
    return;
  }
  inet_ntop(AF_INET, &caller.sin_addr, from, sizeof from);
  int length = snprintf(text, sizeof text, "%s %s", question, from);
  if (send(fd, text, length, MSG_NOSIGNAL) != length) endServed(fd);
}

// ---- calls

static void note(Call* call, const char* what, int error) {
  snprintf(call->why, sizeof call->why, "%s%s%s", what, error ? ": " : "", error ? strerror(error) : "");
}

static void fail(Call* call, const char* what, int error) {
  note(call, what, error);
  call->state = kFailed;
}

// What may be different once the link carries packets, or others' questions for neighbours are over.
static bool mayPass(int error) { return error == EHOSTUNREACH || error == ETIMEDOUT || error == ENOBUFS; }

static void attemptFailed(Call* call, int error) {
  if (call->fd >= 0) close(call->fd);
  call->fd = -1;
  call->again = now() + kPauseMs;
  note(call, "connect", error);
  if (!mayPass(error)) call->state = kFailed;
}

static void begin(Call* call, int number) {
  call->fd = socketInside(call->path, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (call->fd < 0) {
    fail(call, "cannot be entered", errno);
    return;
  }
  endByReset(call->fd);
  struct epoll_event wanted = {.events = EPOLLOUT, .data.u64 = number};
  if (connect(call->fd, (struct sockaddr*)&service, sizeof service) && errno != EINPROGRESS)
    attemptFailed(call, errno);
  else if (epoll_ctl(poller, EPOLL_CTL_ADD, call->fd, &wanted))
    die("epoll_ctl");
}

static void ask(Call* call, int number) {
  char question[kText];
  int error = 0, length = snprintf(question, sizeof question, "question %d", number);
  socklen_t size = sizeof error;
  getsockopt(call->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  struct epoll_event wanted = {.events = EPOLLIN, .data.u64 = number};
  if (!error && send(call->fd, question, length, MSG_NOSIGNAL) != length) error = errno;
  if (error)
    attemptFailed(call, error);
  else if (epoll_ctl(poller, EPOLL_CTL_MOD, call->fd, &wanted))
    die("epoll_ctl");
}

static void hear(Call* call, int number) {
  char text[2 * kText] = "", expected[2 * kText], own[INET_ADDRSTRLEN];
  struct sockaddr_in from;
  socklen_t size = sizeof from;
  ssize_t n = recv(call->fd, text, sizeof text - 1, 0);
  if (n < 0) {
    if (errno != EAGAIN) attemptFailed(call, errno);
    return;
  }
  if (getsockname(call->fd, (struct sockaddr*)&from, &size)) die("getsockname");
  inet_ntop(AF_INET, &from.sin_addr, own, sizeof own);
  snprintf(expected, sizeof expected, "question %d %s", number, own);
  epoll_ctl(poller, EPOLL_CTL_DEL, call->fd, NULL);  // it stands until all others have their answers
  call->own = from.sin_addr.s_addr;
  if (strcmp(text, expected))
    fail(call, n ? "a wrong answer" : "no answer", 0);
  else if (call->own == service.sin_addr.s_addr)
    fail(call, "it is the service's own namespace", 0);
  else
    call->state = kAnswered;
}

static void handle(Call* calls, int waitMs) {
  struct epoll_event events[256];
  int n = epoll_wait(poller, events, 256, waitMs);
  for (int i = 0; i < n; i++) {
    const uint64_t whose = events[i].data.u64;
    if (whose == UINT64_MAX)
      acceptAll();
    else if (whose > UINT32_MAX)
      answer((int)(whose & UINT32_MAX));
    else if (events[i].events & EPOLLOUT)
      ask(&calls[whose], (int)whose);
    else
      hear(&calls[whose], (int)whose);
  }
}

// Those from `first` until before `end`, all at once; returns how many failed.
static int exchangeAtOnce(Call* calls, int first, int end) {
  const double limit = now() + kLimitMs;
  int failed = 0, waiting;
  for (int k = first; k < end; k++) {
    begin(&calls[k], k);
    handle(calls, 0);
  }
  do {
    handle(calls, 20);
    waiting = 0;
    for (int k = first; k < end; k++) {
      Call* call = &calls[k];
      if (call->state != kCalling) continue;
      waiting++;
      if (call->fd < 0 && now() > call->again) begin(call, k);
    }
  } while (waiting && now() < limit);
  for (int k = first; k < end; k++) {
    if (!calls[k].why[0]) note(&calls[k], "no answer", 0);
    if (calls[k].state == kCalling) calls[k].state = kFailed;
    failed += calls[k].state == kFailed;
    if (calls[k].fd >= 0) close(calls[k].fd);
    calls[k].fd = -1;
  }
  acceptAll();
  for (int fd = 0; fd < servedSize; fd++)
    if (served[fd]) endServed(fd);
  return failed;
}

// ---- neighbours

typedef struct {
  struct nlmsghdr header;
  struct ndmsg neighbour;
  char attributes[kText];
} Deletion;

static bool isLearned(const struct ndmsg* neighbour) {
  return !(neighbour->ndm_state & (NUD_PERMANENT | NUD_NOARP)) && neighbour->ndm_family == AF_INET;
}

static Deletion deletionOf(const struct nlmsghdr* found) {
  const struct ndmsg* neighbour = NLMSG_DATA(found);
  Deletion message = {.header = {.nlmsg_type = RTM_DELNEIGH, .nlmsg_flags = NLM_F_REQUEST}};
  message.neighbour = (struct ndmsg){.ndm_family = AF_INET, .ndm_ifindex = neighbour->ndm_ifindex};
  const struct rtattr* a = (const void*)((const char*)neighbour + NLMSG_ALIGN(sizeof *neighbour));
  int left = NLMSG_PAYLOAD(found, sizeof *neighbour);
  for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
    if (a->rta_type == NDA_DST) memcpy(message.attributes, a, RTA_LENGTH(4));
  message.header.nlmsg_len = NLMSG_SPACE(sizeof *neighbour) + RTA_LENGTH(4);
  return message;
}

// By a socket of the namespace: a dump, and a deletion for each that was not told for good. One that has gone
// by itself is no error.
static void forget(int fd) {
  static char answers[65536];
  struct {
    struct nlmsghdr header;
    struct ndmsg neighbour;
  } request = {{sizeof request, RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP, 1, 0}, {.ndm_family = AF_INET}};
  Deletion* deletions = NULL;
  int count = 0;
  if (send(fd, &request, sizeof request, 0) < 0) die("send");
  for (bool done = false; !done;) {
    int length = recv(fd, answers, sizeof answers, 0);
    if (length < 0) die("recv");
    for (struct nlmsghdr* h = (void*)answers; NLMSG_OK(h, length); h = NLMSG_NEXT(h, length)) {
      done = done || h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR;
      if (h->nlmsg_type != RTM_NEWNEIGH || !isLearned(NLMSG_DATA(h))) continue;
      deletions = reallocarray(deletions, count + 1, sizeof *deletions);
      if (!deletions) die("reallocarray");
      deletions[count++] = deletionOf(h);
    }
  }
  for (int k = 0; k < count; k++)
    if (send(fd, &deletions[k], deletions[k].header.nlmsg_len, 0) < 0) die("send");
  free(deletions);
}

static void forgetIn(const char* path) {
  int fd = socketInside(path, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  if (fd < 0) return;
  forget(fd);
  close(fd);
}

// ---- the whole

static Call* readCalls(int* n) {
  Call* calls = NULL;
  char* line = NULL;
  size_t size = 0;
  for (*n = 0; getline(&line, &size, stdin) > 0; line = NULL, size = 0) {
    line[strcspn(line, "\n")] = 0;
    calls = reallocarray(calls, *n + 1, sizeof *calls);
    if (!calls) die("reallocarray");
    calls[(*n)++] = (Call){.path = line, .fd = -1};
  }
  return calls;
}

// Two for each connection, and some: returns how many connections there can be at a time, at most as many as
// are wanted.
static int allowDescriptors(int width) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit)) die("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit)) die("setrlimit");
  const rlim_t possible = (limit.rlim_max - kOtherDescriptors) / 2;
  if (possible < (rlim_t)width) width = (int)possible;
  servedSize = 2 * width + kOtherDescriptors;
  served = calloc(servedSize, sizeof *served);
  return width;
}

static int byAddress(const void* a, const void* b) {
  const Call *const *left = a, *const *right = b;
  return ((*left)->own > (*right)->own) - ((*left)->own < (*right)->own);
}

// Of those with an answer: an address that two of them have is a failure of the second.
static int findTwins(Call* calls, int n) {
  Call** sorted = calloc(n, sizeof *sorted);
  int count = 0, failed = 0;
  for (int k = 0; k < n; k++)
    if (calls[k].state == kAnswered) sorted[count++] = &calls[k];
  qsort(sorted, count, sizeof *sorted, byAddress);
  for (int k = 1; k < count; k++) {
    if (sorted[k]->own != sorted[k - 1]->own) continue;
    fail(sorted[k], "another namespace has the same address", 0);
    failed++;
  }
  free(sorted);
  return failed;
}

int main(int argc, char** argv) {
  int width = argc == 3 ? atoi(argv[2]) : 0;
  service.sin_port = htons(kPort);
  if (width < 1 || !inet_pton(AF_INET, argv[1], &service.sin_addr)) {
    fprintf(stderr, "usage: exchange ADDRESS WIDTH < paths\n");
    return 2;
  }
  int n, failed = 0;
  Call* calls = readCalls(&n);
  width = allowDescriptors(width);
  home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  poller = epoll_create1(EPOLL_CLOEXEC);
  if (home < 0 || poller < 0) die("preparation");
  listenAt();
  for (int first = 0; first < n; first += width) {
    const int end = first + width < n ? first + width : n;
    if (failed) {
      for (int k = first; k < end; k++) fail(&calls[k], "was not tried after the others", 0);
      failed += end - first;
      continue;
    }
    failed = exchangeAtOnce(calls, first, end);
    for (int k = first; k < end; k++) forgetIn(calls[k].path);
    forgetIn("/proc/thread-self/ns/net");
  }
  failed += findTwins(calls, n);
  for (int k = 0; k < n; k++)
    if (calls[k].state == kFailed) printf("FAILED %s: %s\n", calls[k].path, calls[k].why);
  printf("EXCHANGED %d of %d\n", n - failed, n);
  return failed ? 1 : 0;
}
