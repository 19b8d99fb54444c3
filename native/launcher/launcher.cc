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
#include "privileges.h"

namespace netloom {

namespace {

constexpr int kFailed = 125;
constexpr int kCannotRun = 126;
constexpr int kNotFound = 127;

struct Options {
  std::optional<std::string> resolvConf;
  bool mayFail = false;  // continue with the existing file if the text cannot be mounted
  std::optional<std::string> etc;
  bool sys = false;
  Identity identity;
  std::optional<pid_t> parent;  // the command ends when this process does
  int control = -1;             // for --rootless: a socket to the process that writes the id maps
  char** command = nullptr;     // FILE ARGV0 ...
};

[[noreturn]] void fail(const Options& options, const char* call, int error, int status = kFailed) {
  if (options.control >= 0)
    dprintf(options.control, "%s %d\n", call, error);
  else
    std::fprintf(stderr, "netloom: %s: %s\n", call, std::strerror(error));
  std::exit(status);
}

void check(const Options& options, const char* call, int error) {
  if (error != 0) fail(options, call, error);
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
Options read(char** arguments) {
  Options out;
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
    if (const auto value = valueOf(argument, "--groups")) out.identity.groups = listOf(*value);
    if (const auto value = valueOf(argument, "--gid"))
      out.identity.gid = static_cast<gid_t>(std::stoul(*value));
    if (const auto value = valueOf(argument, "--uid"))
      out.identity.uid = static_cast<uid_t>(std::stoul(*value));
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
std::string waitForGo(const Options& options) {
  std::string said;
  char buffer[4096];
  ssize_t length;
  while ((length = ::read(options.control, buffer, sizeof buffer)) > 0)
    said.append(buffer, static_cast<size_t>(length));
  if (said.rfind("go", 0) != 0) std::exit(kFailed);  // the other process is gone, or gave up
  return said.substr(2);
}

// Enters a user namespace with everything needed to be root of a network. A process outside that is permitted
// to do so maps its ids.
void becomeRoot(const Options& options) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) < 0) fail(options, "unshare", errno);
  dprintf(options.control, "ready\n");
  const std::string resolvConf = waitForGo(options);
  check(options, "mount", keepMountsInside());
  // /run for names, journals and the lock of iptables, /etc for the files of named namespaces.
  check(options, "mount", makeOwn("/run", {"netns", "netloom", "xtables.lock"}));
  check(options, "mount", makeOwn("/etc", {"netns", resolvConf.empty() ? "netns" : "resolv.conf"}));
  if (!resolvConf.empty()) check(options, "write", writeFile("/etc/resolv.conf", resolvConf));
  // May fail: in a container that hides parts of /sys the kernel does not allow a new sysfs.
  mountFreshSys();
  check(options, "ioctl", bringLoopbackUp());
}

// Makes the given resolv.conf effective, without name services that would answer for the host.
void showResolvConf(const Options& options) {
  const int error = showText(*options.resolvConf, "/etc/resolv.conf");
  if (error != 0 && !options.mayFail) fail(options, "show /etc/resolv.conf", error);
  if (error == 0) hideNameServices();
}

void prepare(const Options& options) {
  if (options.parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0) fail(options, "prctl", errno);
    // The parent may have ended before the prctl.
    if (getppid() != *options.parent) fail(options, "getppid", ESRCH);
  }
  if (options.resolvConf || options.etc || options.sys) {
    const bool isForced = options.etc || options.sys || !options.mayFail;
    if (unshare(CLONE_NEWNS) == 0) {
      if (options.resolvConf) showResolvConf(options);
    } else if (isForced) {
      fail(options, "unshare", errno);
    }
  }
  if (options.etc || options.sys) check(options, "mount /", keepMountsInside());
  if (options.etc) check(options, options.etc->c_str(), showInEtc(*options.etc));
  if (options.sys) check(options, "mount /sys", mountFreshSys());
  // Last, because the other calls need the privileges.
  const char* call = "";
  if (const int error = dropPrivileges(options.identity, call)) fail(options, call, error);
}

[[noreturn]] void run(char** arguments) {
  const Options options = read(arguments);
  if (options.control >= 0)
    becomeRoot(options);
  else
    prepare(options);
  if (options.control >= 0) ioctl(options.control, FIOCLEX);
  execvp(options.command[0], options.command + 1);
  fail(options, options.control >= 0 ? "exec" : options.command[0], errno,
       errno == ENOENT ? kNotFound : kCannotRun);
}

}  // namespace

}  // namespace netloom

int main(int, char** argv) { netloom::run(argv + 1); }
