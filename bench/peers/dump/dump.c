// The floor of a dump: all links, so many times, over one socket. Every message is visited, its attributes are walked,
// nothing is kept. Prints how many there were and the microseconds of each time.
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec * 1e-3;
}

static long visit(const struct nlmsghdr *h) {
  long attributes = 0;
  int left = h->nlmsg_len - NLMSG_SPACE(sizeof(struct ifinfomsg));
  struct rtattr *a = IFLA_RTA(NLMSG_DATA(h));
  for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) attributes++;
  return attributes;
}

int main(int argc, char **argv) {
  static char buffer[65536];
  const int times = argc > 1 ? atoi(argv[1]) : 1, fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  for (int round = 1; round <= times; round++) {
    struct {
      struct nlmsghdr h;
      struct ifinfomsg i;
    } request = {{sizeof request, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, round, 0}, {0}};
    const double start = now();
    long attributes = 0;
    int links = 0;
    if (send(fd, &request, sizeof request, 0) < 0) return 1;
    for (int done = 0; !done;) {
      int length = recv(fd, buffer, sizeof buffer, 0);
      if (length < 0) return 1;
      for (struct nlmsghdr *h = (void *)buffer; NLMSG_OK(h, length); h = NLMSG_NEXT(h, length)) {
        if (h->nlmsg_type == NLMSG_ERROR) return 1;
        done = h->nlmsg_type == NLMSG_DONE;
        if (done) break;
        attributes += visit(h);
        links++;
      }
    }
    const double took = now() - start;
    if (attributes < links) return 1;
    printf("%d %.1f\n", links, took);
  }
}
