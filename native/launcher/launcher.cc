// The launcher does, in a child process before its command, what a process with threads cannot do to itself:
//
//   launcher [--resolv-conf=TEXT | --try-resolv-conf=TEXT] [--etc=DIR] [--sys] [--groups=N,N...] [--gid=N]
//       [--uid=N] -- FILE ARGV0 [ARGUMENT]...
//   launcher --until-parent-ends=PID -- FILE ARGV0 [ARGUMENT]...
//   launcher --rootless=FD -- FILE ARGV0 [ARGUMENT]...
//
// A failure of its own ends with 125 and a line on stderr, a command that cannot be run with 126, one that is
// not found with 127: as env(1) and chroot(1) have it. It becomes its command by exec, so that whoever
// started it has the command's own PID, signals and stdio.
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "mounts.h"

namespace netloom {

namespace {

constexpr int kFailed = 125;
constexpr int kCannotRun = 126;
constexpr int kNotFound = 127;

struct Orders {
  std::optional<std::string> resolvConf;
  bool mayFail = false;  // where the text cannot be shown, the command sees what is there
  std::optional<std::string> etc;
  bool sys = false;
  std::optional<std::vector<gid_t>> groups;
  std::optional<gid_t> gid;
  std::optional<uid_t> uid;
  std::optional<pid_t> parent;  // with which the command ends
  int control = -1;             // of a rootless start: a socket to whoever writes the maps of ids
  char** command = nullptr;     // FILE ARGV0 ...
};

[[noreturn]] void fail(const Orders& orders, const char* call, int error, int status = kFailed) {
  if (orders.control >= 0)
    dprintf(orders.control, "%s %d\n", call, error);
  else
    std::fprintf(stderr, "netloom: %s: %s\n", call, std::strerror(error));
  std::exit(status);
}

void check(const Orders& orders, const char* call, int error) {
  if (error != 0) fail(orders, call, error);
}

std::optional<std::string> valueOf(const std::string& argument, const std::string& option) {
  if (argument.rfind(option + "=", 0) != 0) return std::nullopt;
  return argument.substr(option.size() + 1);
}

std::vector<gid_t> listOf(const std::string& text) {
  std::vector<gid_t> out;
  for (const char* at = text.c_str(); *at != '\0';) {
    char* end = nullptr;
    out.push_back(static_cast<gid_t>(std::strtoul(at, &end, 10)));
    if (*end == '\0') break;
    at = end + 1;
  }
  return out;
}

// The library is the only caller: what it sends is well-formed.
Orders read(char** arguments) {
  Orders out;
  for (; *arguments != nullptr; ++arguments) {
    const std::string argument = *arguments;
    if (argument == "--") {
      out.command = arguments + 1;
      break;
    }
    if (const auto value = valueOf(argument, "--resolv-conf")) out.resolvConf = *value;
    if (const auto value = valueOf(argument, "--try-resolv-conf")) {
      out.resolvConf = *value;
      out.mayFail = true;
    }
    if (argument == "--sys") out.sys = true;
    if (const auto value = valueOf(argument, "--until-parent-ends")) out.parent = std::stoi(*value);
    if (const auto value = valueOf(argument, "--etc")) out.etc = *value;
    if (const auto value = valueOf(argument, "--groups")) out.groups = listOf(*value);
    if (const auto value = valueOf(argument, "--gid")) out.gid = static_cast<gid_t>(std::stoul(*value));
    if (const auto value = valueOf(argument, "--uid")) out.uid = static_cast<uid_t>(std::stoul(*value));
    if (const auto value = valueOf(argument, "--rootless")) out.control = std::stoi(*value);
  }
  if (out.command == nullptr || out.command[0] == nullptr || out.command[1] == nullptr) {
    std::fputs("netloom: the launcher is started by the library\n", stderr);
    std::exit(kFailed);
  }
  return out;
}

int bringLoopbackUp() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  const int error = ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? errno : 0;
  close(fd);
  return error;
}

// What whoever started us says once our ids are mapped: "go", and the resolv.conf to show, if any.
std::string waitForGo(const Orders& orders) {
  std::string said;
  char buffer[4096];
  ssize_t length;
  while ((length = ::read(orders.control, buffer, sizeof buffer)) > 0)
    said.append(buffer, static_cast<size_t>(length));
  if (said.rfind("go", 0) != 0) std::exit(kFailed);  // it is gone, or gave up
  return said.substr(2);
}

// A user namespace with all that is needed to be root of a network in it. Its ids are mapped from outside, by
// a process that the kernel allows to.
void becomeRoot(const Orders& orders) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) < 0) fail(orders, "unshare", errno);
  dprintf(orders.control, "ready\n");
  const std::string resolvConf = waitForGo(orders);
  check(orders, "mount", keepMountsInside());
  // /run for names, journals and the lock of iptables, /etc for the files of named namespaces.
  check(orders, "mount", makeOwn("/run", {"netns", "netloom", "xtables.lock"}));
  check(orders, "mount", makeOwn("/etc", {"netns", resolvConf.empty() ? "netns" : "resolv.conf"}));
  if (!resolvConf.empty()) check(orders, "write", writeFile("/etc/resolv.conf", resolvConf));
  // A container may hide parts of /sys; the kernel then lets nobody in it see a whole one.
  mountFreshSys();
  check(orders, "ioctl", bringLoopbackUp());
}

// Names are asked for by the given resolv.conf, and by nobody who would answer for the machine instead.
void showResolvConf(const Orders& orders) {
  const int error = showText(*orders.resolvConf, "/etc/resolv.conf");
  if (error != 0 && !orders.mayFail) fail(orders, "show /etc/resolv.conf", error);
  if (error == 0) hideNameServices();
}

void prepare(const Orders& orders) {
  if (orders.parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0) fail(orders, "prctl", errno);
    // It may have ended before it could be heard of.
    if (getppid() != *orders.parent) fail(orders, "getppid", ESRCH);
  }
  if (orders.resolvConf || orders.etc || orders.sys) {
    const bool isForced = orders.etc || orders.sys || !orders.mayFail;
    if (unshare(CLONE_NEWNS) == 0) {
      if (orders.resolvConf) showResolvConf(orders);
    } else if (isForced) {
      fail(orders, "unshare", errno);
    }
  }
  if (orders.etc || orders.sys) check(orders, "mount /", keepMountsInside());
  if (orders.etc) check(orders, orders.etc->c_str(), showInEtc(*orders.etc));
  if (orders.sys) check(orders, "mount /sys", mountFreshSys());
  // The user comes last: it is what allows the rest.
  if (orders.groups && setgroups(orders.groups->size(), orders.groups->data()) < 0)
    fail(orders, "setgroups", errno);
  if (orders.gid && setgid(*orders.gid) < 0) fail(orders, "setgid", errno);
  if (orders.uid && setuid(*orders.uid) < 0) fail(orders, "setuid", errno);
}

[[noreturn]] void run(char** arguments) {
  const Orders orders = read(arguments);
  if (orders.control >= 0)
    becomeRoot(orders);
  else
    prepare(orders);
  if (orders.control >= 0) ioctl(orders.control, FIOCLEX);
  execvp(orders.command[0], orders.command + 1);
  fail(orders, orders.control >= 0 ? "exec" : orders.command[0], errno,
       errno == ENOENT ? kNotFound : kCannotRun);
}

}  // namespace

}  // namespace netloom

int main(int, char** argv) { netloom::run(argv + 1); }
