// The physical limit for one job, as raw system calls: N namespaces, named (pinned under /run/netns) or
// anonymous, each with a veth whose outer end is up on a bridge, lo and eth0 up, 10.X.a.b/16 and a default
// route via 10.X.0.1, the bridge's own address. One thread, one message per link, one send per namespace and
// side, one queue per end, no IPv6 traffic, an ACK for the last message only, teardown by group and observed
// to its end.
//   floor N X [anonymous] [hubs] [each] [pause]
// hubs: endpoints sit on the bridges of hub namespaces, 250 on each, whose uplinks meet on the bridge of the
// host. each: also prints what each single namespace took.
// pause: rests for 20 ms before each. Prints "CREATE <us> us", waits for a newline, then
// prints "DESTROY <us> us" once the kernel has let go of everything; for a further newline all of it again.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
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

enum { kGroup = 7701, kHubSize = 250, kBridgeIndex = 1000 };

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
  const unsigned char mac[] = {2, 'b', 'r', 'i', 'd', 'g'};
  put(h, IFLA_ADDRESS, mac, sizeof mac);
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

// A pair whose inner end is born in the namespace `inside`.
static void veth(Batch* m, const char* name, const char* inner, int inside) {
  struct ifinfomsg outerLink = {0}, innerLink = {0};
  struct nlmsghdr* h = begin(m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &outerLink, sizeof outerLink);
  putText(h, IFLA_IFNAME, name);
  put32(h, IFLA_GROUP, kGroup);
  put32(h, IFLA_NUM_TX_QUEUES, 1);
  put32(h, IFLA_NUM_RX_QUEUES, 1);
  struct rtattr* info = put(h, IFLA_LINKINFO, NULL, 0);
  put(h, IFLA_INFO_KIND, "veth", 4);
  struct rtattr* data = put(h, IFLA_INFO_DATA, NULL, 0);
  struct rtattr* peer = put(h, VETH_INFO_PEER, &innerLink, sizeof innerLink);
  putText(h, IFLA_IFNAME, inner);
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

// Where endpoints are attached: the bridge of the host, or of a hub.
typedef struct {
  int netns;
  int socket;
} Switch;

static void set(const char* path, const char* value) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, value, strlen(value)) < 0) die(path);
  close(fd);
}

static void route(Batch* m, unsigned to, int prefix, unsigned via, int index, int flags) {
  struct rtmsg header = {.rtm_family = AF_INET,
                         .rtm_dst_len = prefix,
                         .rtm_table = RT_TABLE_MAIN,
                         .rtm_protocol = RTPROT_STATIC,
                         .rtm_scope = via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
                         .rtm_type = RTN_UNICAST};
  struct nlmsghdr* h = begin(m, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL | flags, &header, sizeof header);
  unsigned wireTo = htonl(to), wireVia = htonl(via);
  if (prefix) put(h, RTA_DST, &wireTo, 4);
  if (via) put(h, RTA_GATEWAY, &wireVia, 4);
  if (index) put32(h, RTA_OIF, index);
  end(m, h);
}

// It answers for the gateway and for the endpoints of other hubs, at once rather than after the usual delay.
static Switch hub(int number, const Switch* host, unsigned net) {
  char name[16];
  const unsigned subnet = net + (number << 8), own = subnet + 254;
  Switch made = {.netns = enterNew(), .socket = routeSocket()};
  set("/proc/sys/net/ipv4/ip_forward", "1");
  set("/proc/sys/net/ipv4/conf/all/proxy_arp", "1");
  Batch outside = {0}, inside = {0}, routes = {0};
  snprintf(name, sizeof name, "pbflhub%d", number);
  veth(&outside, name, "uplink", made.netns);
  quietUp(&outside, 0, name, 0, NLM_F_ACK);
  run(host->socket, &outside);
  bridge(&inside, "br0");
  quietUp(&inside, kBridgeIndex, NULL, 0, 0);
  quietUp(&inside, 2, NULL, 0, 0);
  address(&inside, 2, own, 32, 0);
  route(&inside, subnet, 24, 0, kBridgeIndex, 0);
  route(&inside, net + 1, 32, 0, 2, 0);
  route(&inside, 0, 0, net + 1, 2, NLM_F_ACK);
  run(made.socket, &inside);
  set("/proc/sys/net/ipv4/neigh/br0/proxy_delay", "0");
  set("/proc/sys/net/ipv4/neigh/uplink/proxy_delay", "0");
  setns(home, CLONE_NEWNET);
  route(&routes, subnet, 24, 0, if_nametoindex(name), NLM_F_ACK);
  run(host->socket, &routes);
  return made;
}

// Makes endpoint k, counted from 1, and returns its namespace's descriptor.
static int attach(int k, const Switch* at, unsigned net, bool named) {
  char name[16];
  int fd = enterNew(), inside = routeSocket();
  if (named) pin(k);
  Batch outside = {0}, within = {0};
  snprintf(name, sizeof name, "pbfl%d", k);
  veth(&outside, name, "eth0", fd);
  quietUp(&outside, 0, name, kBridgeIndex, NLM_F_ACK);
  run(at->socket, &outside);
  struct ifinfomsg lo = {.ifi_index = 1, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
  end(&within, begin(&within, RTM_NEWLINK, 0, &lo, sizeof lo));
  quietUp(&within, 2, NULL, 0, 0);
  address(&within, 2, net + ((k - 1) / kHubSize << 8) + (k - 1) % kHubSize + 2, 16, 0);
  route(&within, 0, 0, net + 1, 0, NLM_F_ACK);
  run(inside, &within);
  close(inside);
  return fd;
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
  int hubs;
  unsigned net;
  bool named;
  bool each;
  bool pause;
  int* fd;
  double* took;
  Switch* switches;
} Job;

static void create(const Job* job, const Switch* host) {
  Batch m = {0};
  bridge(&m, "pbfl-br");
  quietUp(&m, kBridgeIndex, NULL, 0, 0);
  address(&m, kBridgeIndex, job->net + 1, 16, NLM_F_ACK);
  run(host->socket, &m);
  if (job->hubs) set("/proc/sys/net/ipv4/ip_forward", "1");
  if (job->named) mkdir("/run/netns", 0755);
  for (int k = 0; k < job->n; k++) {
    if (job->pause) usleep(20000);
    const double before = now();
    Switch* at = &job->switches[k / kHubSize];
    if (job->hubs && k % kHubSize == 0) *at = hub(k / kHubSize, host, job->net);
    job->fd[k] = attach(k + 1, job->hubs ? at : host, job->net, job->named);
    job->took[k] = now() - before;
  }
}

static void destroy(const Job* job, const Switch* host, int observer, int events) {
  // The links of hubs go with their namespaces.
  deleteGroup(host->socket);
  for (int k = 0; k < job->hubs; k++) {
    close(job->switches[k].socket);
    close(job->switches[k].netns);
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
    fprintf(stderr, "usage: floor N X [anonymous] [hubs] [each] [pause]\n");
    return 2;
  }
  const int n = atoi(argv[1]), hubs = wants(argv + 3, "hubs") ? (n + kHubSize - 1) / kHubSize : 0;
  const Job job = {
      .n = n,
      .hubs = hubs,
      .net = 0x0a000000u + ((unsigned)atoi(argv[2]) << 16),
      .named = !wants(argv + 3, "anonymous"),
      .each = wants(argv + 3, "each"),
      .pause = wants(argv + 3, "pause"),
      .fd = calloc(n, sizeof(int)),
      .took = calloc(n, sizeof(double)),
      .switches = calloc(n / kHubSize + 1, sizeof(Switch)),
  };
  int group = RTNLGRP_NSID;
  home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  close(enterNew());
  const int observer = routeSocket(), events = routeSocket();
  if (setsockopt(events, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group)) die("membership");
  setns(home, CLONE_NEWNET);

  do {
    const double t0 = now();
    const Switch host = {.netns = home, .socket = routeSocket()};
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
