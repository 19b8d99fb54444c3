// The physical limit for one job, as raw system calls: N namespaces, named (pinned under /run/netns) or
// anonymous, each with a veth whose outer end is up on a bridge, lo and eth0 up, 10.X.a.b/16 and a default
// route via 10.X.0.1, the bridge's own address. One thread, one message per link, one send per namespace and
// side, one queue per end, no IPv6 traffic, an ACK for the last message only, teardown by group and observed
// to its end. Endpoint and gateway are told each other's MAC addresses for good, as netloom does it: what is
// learned has to fit a table of 1,024 for all namespaces of a machine.
//   floor N X [anonymous] [routed] [each] [pause]
// routed: each endpoint has a link of its own to a router namespace, of which there is one for 250 endpoints;
// the host has a route to each of these. each: also prints what each single namespace took.
// pause: rests for 20 ms before each. Prints "CREATE <us> us", waits for a newline, then
// prints "DESTROY <us> us" once the kernel has let go of everything; for a further newline all of it again.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { kGroup = 7701, kSegmentSize = 250, kBridgeIndex = 1000 };

// The router's address on every link of its own, in the mode routed.
static const unsigned kRouter = 0xa9fe0101u;

static void die(const char* what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec * 1e-3;
}

// ---- messages

typedef struct {
  char bytes[4096];
  int length;
  unsigned sequence;
} Batch;

static struct nlmsghdr* begin(Batch* m, int type, int flags, const void* header, int size) {
  struct nlmsghdr* h = (void*)(m->bytes + m->length);
  memset(h, 0, sizeof *h);
  h->nlmsg_type = type;
  h->nlmsg_flags = NLM_F_REQUEST | flags;
  h->nlmsg_seq = ++m->sequence;
  h->nlmsg_len = NLMSG_LENGTH(size);
  memcpy(NLMSG_DATA(h), header, size);
  return h;
}

static void end(Batch* m, const struct nlmsghdr* h) { m->length += NLMSG_ALIGN(h->nlmsg_len); }

static struct rtattr* put(struct nlmsghdr* h, int type, const void* data, int size) {
  struct rtattr* a = (void*)((char*)h + NLMSG_ALIGN(h->nlmsg_len));
  a->rta_type = type;
  a->rta_len = RTA_LENGTH(size);
  if (data) memcpy(RTA_DATA(a), data, size);
  h->nlmsg_len = NLMSG_ALIGN(h->nlmsg_len) + RTA_ALIGN(a->rta_len);
  return a;
}

static void put32(struct nlmsghdr* h, int type, unsigned value) { put(h, type, &value, 4); }
static void putText(struct nlmsghdr* h, int type, const char* text) { put(h, type, text, strlen(text) + 1); }
static void endNest(struct nlmsghdr* h, struct rtattr* a) { a->rta_len = (char*)h + h->nlmsg_len - (char*)a; }

static int routeSocket(void) {
  int one = 1, size = 4 << 20, fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) die("socket");
  setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof one);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  // Unbound, it would hear nothing: the kernel leaves out whoever has the sender's port number, which is 0.
  struct sockaddr_nl anyPort = {.nl_family = AF_NETLINK};
  if (bind(fd, (struct sockaddr*)&anyPort, sizeof anyPort)) die("bind");
  return fd;
}

// Sends the messages, whose last one asks for an ACK, and ends the program if one of them failed.
static void run(int fd, const Batch* m) {
  char answer[16384];
  if (send(fd, m->bytes, m->length, 0) < 0) die("send");
  for (;;) {
    int n = recv(fd, answer, sizeof answer, 0);
    if (n < 0) die("recv");
    for (struct nlmsghdr* h = (void*)answer; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
      if (h->nlmsg_type != NLMSG_ERROR) continue;
      int error = ((struct nlmsgerr*)NLMSG_DATA(h))->error;
      if (error) {
        fprintf(stderr, "request %u: %s\n", h->nlmsg_seq, strerror(-error));
        exit(1);
      }
      if (h->nlmsg_seq == m->sequence) return;
    }
  }
}

// ---- links

typedef struct {
  unsigned char bytes[6];
} Mac;

static const Mac kBridgeMac = {{2, 'b', 'r', 'i', 'd', 'g'}};

static Mac macOf(char side, int k) { return (Mac){{2, side, k >> 24, k >> 16, k >> 8, k}}; }

// Brings a link up that gets no link-local address, hence sends nothing of IPv6 to the bridge: the mode has
// to be set before the link comes up. By index, or by name if that is 0.
static void quietUp(Batch* m, int index, const char* name, int master, int flags) {
  unsigned char none = 1;
  struct ifinfomsg down = {.ifi_index = index};
  struct ifinfomsg up = {.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
  struct nlmsghdr* h = begin(m, RTM_NEWLINK, 0, &down, sizeof down);
  if (!index) putText(h, IFLA_IFNAME, name);
  struct rtattr *spec = put(h, IFLA_AF_SPEC, NULL, 0), *inet6 = put(h, AF_INET6, NULL, 0);
  put(h, IFLA_INET6_ADDR_GEN_MODE, &none, 1);
  endNest(h, inet6);
  endNest(h, spec);
  end(m, h);
  h = begin(m, RTM_NEWLINK, flags, &up, sizeof up);
  if (!index) putText(h, IFLA_IFNAME, name);
  if (master) put32(h, IFLA_MASTER, master);
  end(m, h);
}

static void bridge(Batch* m, const char* name) {
  struct ifinfomsg link = {.ifi_index = kBridgeIndex};
  struct nlmsghdr* h = begin(m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof link);
  putText(h, IFLA_IFNAME, name);
  put32(h, IFLA_GROUP, kGroup);
  // One of its own, or it would take the least of its ports', again and again.
  put(h, IFLA_ADDRESS, &kBridgeMac, sizeof kBridgeMac);
  struct rtattr* info = put(h, IFLA_LINKINFO, NULL, 0);
  put(h, IFLA_INFO_KIND, "bridge", 6);
  // Snooping sets the timers of all ports anew whenever one comes or goes.
  const unsigned char off = 0;
  struct rtattr* data = put(h, IFLA_INFO_DATA, NULL, 0);
  put(h, IFLA_BR_MCAST_SNOOPING, &off, 1);
  endNest(h, data);
  endNest(h, info);
  end(m, h);
}

// One end of a pair.
typedef struct {
  const char* name;
  int index;  // or 0, for the next one
  Mac mac;
} End;

// A pair whose inner end is born in the namespace `inside`.
static void veth(Batch* m, End outer, End inner, int inside) {
  struct ifinfomsg outerLink = {.ifi_index = outer.index}, innerLink = {.ifi_index = inner.index};
  struct nlmsghdr* h = begin(m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &outerLink, sizeof outerLink);
  putText(h, IFLA_IFNAME, outer.name);
  put(h, IFLA_ADDRESS, &outer.mac, sizeof outer.mac);
  put32(h, IFLA_GROUP, kGroup);
  put32(h, IFLA_NUM_TX_QUEUES, 1);
  put32(h, IFLA_NUM_RX_QUEUES, 1);
  struct rtattr* info = put(h, IFLA_LINKINFO, NULL, 0);
  put(h, IFLA_INFO_KIND, "veth", 4);
  struct rtattr* data = put(h, IFLA_INFO_DATA, NULL, 0);
  struct rtattr* peer = put(h, VETH_INFO_PEER, &innerLink, sizeof innerLink);
  putText(h, IFLA_IFNAME, inner.name);
  put(h, IFLA_ADDRESS, &inner.mac, sizeof inner.mac);
  put32(h, IFLA_NET_NS_FD, inside);
  put32(h, IFLA_NUM_TX_QUEUES, 1);
  put32(h, IFLA_NUM_RX_QUEUES, 1);
  endNest(h, peer);
  endNest(h, data);
  endNest(h, info);
  end(m, h);
}

static void address(Batch* m, int index, unsigned ip, int prefix, int flags) {
  struct ifaddrmsg header = {.ifa_family = AF_INET, .ifa_prefixlen = prefix, .ifa_index = index};
  struct nlmsghdr* h = begin(m, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL | flags, &header, sizeof header);
  unsigned wire = htonl(ip);
  put(h, IFA_LOCAL, &wire, 4);
  put(h, IFA_ADDRESS, &wire, 4);
  end(m, h);
}

// Tells where an address is, for good.
static void neighbour(Batch* m, int index, unsigned ip, Mac mac, int flags) {
  struct ndmsg header = {.ndm_family = AF_INET, .ndm_ifindex = index, .ndm_state = NUD_PERMANENT};
  struct nlmsghdr* h = begin(m, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE | flags, &header, sizeof header);
  unsigned wire = htonl(ip);
  put(h, NDA_DST, &wire, 4);
  put(h, NDA_LLADDR, &mac, sizeof mac);
  end(m, h);
}

// A gateway is on the link whatever the other routes say, if the device is given.
static void route(Batch* m, unsigned to, int prefix, unsigned via, int index, int flags) {
  struct rtmsg header = {.rtm_family = AF_INET,
                         .rtm_dst_len = prefix,
                         .rtm_table = RT_TABLE_MAIN,
                         .rtm_protocol = RTPROT_STATIC,
                         .rtm_scope = via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
                         .rtm_type = RTN_UNICAST,
                         .rtm_flags = via && index ? RTNH_F_ONLINK : 0};
  struct nlmsghdr* h = begin(m, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL | flags, &header, sizeof header);
  unsigned wireTo = htonl(to), wireVia = htonl(via);
  if (prefix) put(h, RTA_DST, &wireTo, 4);
  if (via) put(h, RTA_GATEWAY, &wireVia, 4);
  if (index) put32(h, RTA_OIF, index);
  end(m, h);
}

// ---- namespaces

static int home;

static int enterNew(void) {
  if (unshare(CLONE_NEWNET)) die("unshare");
  int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (fd < 0) die("/proc/thread-self/ns/net");
  return fd;
}

static void pin(int k) {
  char path[64];
  snprintf(path, sizeof path, "/run/netns/pb-fl%d", k);
  int fd = open(path, O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) die(path);
  close(fd);
  if (mount("/proc/thread-self/ns/net", path, "none", MS_BIND, NULL)) die("mount");
}

static void unpin(int k) {
  char path[64];
  snprintf(path, sizeof path, "/run/netns/pb-fl%d", k);
  if (umount2(path, MNT_DETACH) || unlink(path)) die(path);
}

// A namespace that has one end of links: the host, or a router.
typedef struct {
  int netns;
  int socket;
} Place;

static void set(const char* path, const char* value) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, value, strlen(value)) < 0) die(path);
  close(fd);
}

// Number `number`, with its way to the host and back.
static Place router(int number, const Place* host, unsigned net) {
  char name[16];
  const unsigned gateway = net + 1, subnet = net + (number << 8);
  const int index = kBridgeIndex + number;
  const Mac outer = macOf('h', number), inner = macOf('u', number);
  const Place made = {.netns = enterNew(), .socket = routeSocket()};
  set("/proc/sys/net/ipv4/ip_forward", "1");
  Batch outside = {0}, inside = {0};
  snprintf(name, sizeof name, "pbflseg%d", number);
  veth(&outside, (End){name, index, outer}, (End){"uplink", 2, inner}, made.netns);
  quietUp(&outside, index, NULL, 0, 0);
  if (number == 0) address(&outside, index, gateway, 32, 0);
  route(&outside, subnet, 24, kRouter, index, 0);
  neighbour(&outside, index, kRouter, inner, NLM_F_ACK);
  run(host->socket, &outside);
  quietUp(&inside, 2, NULL, 0, 0);
  address(&inside, 2, kRouter, 32, 0);
  route(&inside, 0, 0, gateway, 2, 0);
  neighbour(&inside, 2, gateway, outer, NLM_F_ACK);
  run(made.socket, &inside);
  return made;
}

static unsigned addressOf(int k, unsigned net) {
  return net + ((k - 1) / kSegmentSize << 8) + (k - 1) % kSegmentSize + 2;
}

// Endpoint k on the bridge of the host; `fd` is its namespace, and `inside` a socket in it.
static void join(int k, const Place* host, unsigned net, int fd, int inside) {
  char name[16];
  const unsigned gateway = net + 1, own = addressOf(k, net);
  const Mac outer = macOf('p', k), inner = macOf('e', k);
  Batch outside = {0}, within = {0};
  snprintf(name, sizeof name, "pbfl%d", k);
  veth(&outside, (End){name, 0, outer}, (End){"eth0", 0, inner}, fd);
  neighbour(&outside, kBridgeIndex, own, inner, 0);
  quietUp(&outside, 0, name, kBridgeIndex, NLM_F_ACK);
  run(host->socket, &outside);
  struct ifinfomsg lo = {.ifi_index = 1, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
  end(&within, begin(&within, RTM_NEWLINK, 0, &lo, sizeof lo));
  quietUp(&within, 2, NULL, 0, 0);
  address(&within, 2, own, 16, 0);
  route(&within, 0, 0, gateway, 0, 0);
  neighbour(&within, 2, gateway, kBridgeMac, NLM_F_ACK);
  run(inside, &within);
}

// The same on a link of its own to a router.
static void joinRouted(int k, const Place* at, unsigned net, int fd, int inside) {
  char name[16];
  const unsigned own = addressOf(k, net);
  const int index = kBridgeIndex + k;
  const Mac outer = macOf('p', k), inner = macOf('e', k);
  Batch outside = {0}, within = {0};
  snprintf(name, sizeof name, "pbfl%d", k);
  veth(&outside, (End){name, index, outer}, (End){"eth0", 2, inner}, fd);
  quietUp(&outside, index, NULL, 0, 0);
  route(&outside, own, 32, 0, index, 0);
  neighbour(&outside, index, own, inner, NLM_F_ACK);
  run(at->socket, &outside);
  struct ifinfomsg lo = {.ifi_index = 1, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
  end(&within, begin(&within, RTM_NEWLINK, 0, &lo, sizeof lo));
  quietUp(&within, 2, NULL, 0, 0);
  address(&within, 2, own, 32, 0);
  route(&within, net, 16, kRouter, 2, 0);
  route(&within, 0, 0, kRouter, 2, 0);
  neighbour(&within, 2, kRouter, outer, NLM_F_ACK);
  run(inside, &within);
}

// ---- the end

// Namespaces are taken apart one batch after another. A sentinel that is given up last begins to go
// (RTM_DELNSID, heard by the observer) in their batch or a later one; when a second one begins, the batch of
// the first has ended.
static void awaitSentinel(int observer, int events, int id) {
  Batch m = {0};
  char answer[8192];
  struct rtgenmsg header = {0};
  int sentinel = enterNew();
  struct nlmsghdr* h = begin(&m, RTM_NEWNSID, NLM_F_ACK, &header, sizeof header);
  put32(h, NETNSA_NSID, id);
  put32(h, NETNSA_FD, sentinel);
  end(&m, h);
  run(observer, &m);
  setns(home, CLONE_NEWNET);
  close(sentinel);
  for (;;) {
    int n = recv(events, answer, sizeof answer, 0);
    if (n < 0) die("recv");
    for (h = (void*)answer; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n))
      if (h->nlmsg_type == RTM_DELNSID) return;
  }
}

static void deleteGroup(int fd) {
  Batch m = {0};
  struct ifinfomsg all = {0};
  struct nlmsghdr* h = begin(&m, RTM_DELLINK, NLM_F_ACK, &all, sizeof all);
  put32(h, IFLA_GROUP, kGroup);
  end(&m, h);
  run(fd, &m);
}

static bool wants(char** words, const char* word) {
  for (; *words; words++)
    if (!strcmp(*words, word)) return true;
  return false;
}

typedef struct {
  int n;
  int routers;
  unsigned net;
  bool named;
  bool each;
  bool pause;
  int* fd;
  double* took;
  Place* places;
} Job;

static void createBridge(const Job* job, const Place* host) {
  Batch m = {0};
  bridge(&m, "pbfl-br");
  quietUp(&m, kBridgeIndex, NULL, 0, 0);
  address(&m, kBridgeIndex, job->net + 1, 16, NLM_F_ACK);
  run(host->socket, &m);
}

// Makes endpoint k, counted from 1, and returns its namespace's descriptor.
static int attach(const Job* job, int k, const Place* host) {
  Place* at = &job->places[(k - 1) / kSegmentSize];
  if (job->routers && (k - 1) % kSegmentSize == 0) *at = router((k - 1) / kSegmentSize, host, job->net);
  const int fd = enterNew(), inside = routeSocket();
  if (job->named) pin(k);
  if (job->routers)
    joinRouted(k, at, job->net, fd, inside);
  else
    join(k, host, job->net, fd, inside);
  close(inside);
  return fd;
}

static void create(const Job* job, const Place* host) {
  if (job->routers)
    set("/proc/sys/net/ipv4/ip_forward", "1");
  else
    createBridge(job, host);
  if (job->named) mkdir("/run/netns", 0755);
  for (int k = 0; k < job->n; k++) {
    if (job->pause) usleep(20000);
    const double before = now();
    job->fd[k] = attach(job, k + 1, host);
    job->took[k] = now() - before;
  }
}

static void destroy(const Job* job, const Place* host, int observer, int events) {
  // The links of routers go with their namespaces.
  deleteGroup(host->socket);
  for (int k = 0; k < job->routers; k++) {
    close(job->places[k].socket);
    close(job->places[k].netns);
  }
  for (int k = 0; k < job->n; k++) {
    close(job->fd[k]);
    if (job->named) unpin(k + 1);
  }
  awaitSentinel(observer, events, 0);
  awaitSentinel(observer, events, 1);
}

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: floor N X [anonymous] [routed] [each] [pause]\n");
    return 2;
  }
  const int n = atoi(argv[1]),
            routers = wants(argv + 3, "routed") ? (n + kSegmentSize - 1) / kSegmentSize : 0;
  const Job job = {
      .n = n,
      .routers = routers,
      .net = 0x0a000000u + ((unsigned)atoi(argv[2]) << 16),
      .named = !wants(argv + 3, "anonymous"),
      .each = wants(argv + 3, "each"),
      .pause = wants(argv + 3, "pause"),
      .fd = calloc(n, sizeof(int)),
      .took = calloc(n, sizeof(double)),
      .places = calloc(n / kSegmentSize + 1, sizeof(Place)),
  };
  int group = RTNLGRP_NSID;
  home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  close(enterNew());
  const int observer = routeSocket(), events = routeSocket();
  if (setsockopt(events, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group)) die("membership");
  setns(home, CLONE_NEWNET);

  do {
    const double t0 = now();
    const Place host = {.netns = home, .socket = routeSocket()};
    create(&job, &host);
    const double t1 = now();
    setns(home, CLONE_NEWNET);
    for (int k = 0; job.each && k < n; k++) printf("EACH %.1f us\n", job.took[k]);
    for (int k = 0; k < n; k++) printf("INSIDE /proc/%d/fd/%d\n", getpid(), job.fd[k]);
    printf("CREATE %.0f us\n", t1 - t0);
    fflush(stdout);
    getchar();

    const double t2 = now();
    destroy(&job, &host, observer, events);
    printf("DESTROY %.0f us\n", now() - t2);
    fflush(stdout);
    close(host.socket);
  } while (getchar() != EOF);
}
