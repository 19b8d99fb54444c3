// The launcher prepares a child process before its command, in ways that a process with threads cannot:
//
//   launcher [--resolv-conf=TEXT | --try-resolv-conf=TEXT] [--etc=DIR] [--sys] [--groups=N,N...] [--gid=N]
//       [--uid=N] -- FILE ARGV0 [ARGUMENT]...
//   launcher --until-parent-ends=PID -- FILE ARGV0 [ARGUMENT]...
//   launcher --rootless=FD -- FILE ARGV0 [ARGUMENT]...
//
// As in env(1) and chroot(1), the exit status is 125 (with a line on stderr) if the launcher fails, 126 if
// the command cannot be run, and 127 if it is not found. The launcher execs the command, so the caller has
// the PID, signals and stdio of the command itself.
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

#include "../base/descriptor.h"
#include "mounts.h"

namespace netloom {

namespace {

constexpr int kFailed = 125;
constexpr int kCannotRun = 126;
constexpr int kNotFound = 127;

struct Orders {
  std::optional<std::string> resolvConf;
  bool mayFail = false;  // continue with the existing file if the text cannot be mounted
  std::optional<std::string> etc;
  bool sys = false;
  std::optional<std::vector<gid_t>> groups;
  std::optional<gid_t> gid;
  std::optional<uid_t> uid;
  std::optional<pid_t> parent;  // the command ends when this process does
  int control = -1;             // for --rootless: a socket to the process that writes the id maps
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

// The library is the only caller, so the arguments are well-formed.
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
  const Descriptor any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!any) return errno;
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  return ioctl(any.get(), SIOCSIFFLAGS, &request) < 0 ? errno : 0;
}

// Waits until the ids are mapped. The message is "go" and the resolv.conf to use, if any.
std::string waitForGo(const Orders& orders) {
  std::string said;
  char buffer[4096];
  ssize_t length;
  while ((length = ::read(orders.control, buffer, sizeof buffer)) > 0)
    said.append(buffer, static_cast<size_t>(length));
  if (said.rfind("go", 0) != 0) std::exit(kFailed);  // the other process is gone, or gave up
  return said.substr(2);
}

// Enters a user namespace with everything needed to be root of a network. A process outside that is permitted
// to do so maps its ids.
void becomeRoot(const Orders& orders) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) < 0) fail(orders, "unshare", errno);
  dprintf(orders.control, "ready\n");
  const std::string resolvConf = waitForGo(orders);
  check(orders, "mount", keepMountsInside());
  // /run for names, journals and the lock of iptables, /etc for the files of named namespaces.
  check(orders, "mount", makeOwn("/run", {"netns", "netloom", "xtables.lock"}));
  check(orders, "mount", makeOwn("/etc", {"netns", resolvConf.empty() ? "netns" : "resolv.conf"}));
  if (!resolvConf.empty()) check(orders, "write", writeFile("/etc/resolv.conf", resolvConf));
  // May fail: in a container that hides parts of /sys the kernel does not allow a new sysfs.
  mountFreshSys();
  check(orders, "ioctl", bringLoopbackUp());
}

// Makes the given resolv.conf effective, without name services that would answer for the host.
void showResolvConf(const Orders& orders) {
  const int error = showText(*orders.resolvConf, "/etc/resolv.conf");
  if (error != 0 && !orders.mayFail) fail(orders, "show /etc/resolv.conf", error);
  if (error == 0) hideNameServices();
}

void prepare(const Orders& orders) {
  if (orders.parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0) fail(orders, "prctl", errno);
    // The parent may have ended before the prctl.
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
  // The user is changed last, because the other calls need its privileges.
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
