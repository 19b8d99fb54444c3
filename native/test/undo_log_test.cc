// The undo log: the order, the groups of links, the second try, and what it reports.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "undo/undo_log.h"

#include <doctest/doctest.h>

#include <cerrno>

#include "kernel.h"
#include "request/exchange.h"
#include "requests.h"

namespace netloom::test {
namespace {

constexpr uint32_t kDeadlineMs = 5'000;
const std::string kForwarding = "net/ipv4/conf/lo/forwarding";

struct Undone {
  int sends = 0;
  std::vector<Outcome::NotUndone> left;
};

Undone undo(UndoLog& log, Sandbox& sandbox) {
  Undone out;
  while (log.advance(sandbox.slots(), out.left)) REQUIRE(++out.sends < 1'000);
  return out;
}

void run(Sandbox& sandbox, const Request& request) {
  Batch batch(sandbox.slots(), sandbox.socket());
  Failure why;
  REQUIRE(batch.add(request, why) == Batch::Added::kYes);
  REQUIRE(batch.send(deadlineIn(kDeadlineMs)).front().done());
}

TEST_CASE("the latest entry is taken back first" * doctest::skip(!kInOwnNamespaces)) {
  Sandbox sandbox;
  const std::string before = sandbox.sysctl(kForwarding);
  UndoLog log(kDeadlineMs);
  log.addSysctl(0, 0, kForwarding, before);
  log.addSysctl(1, 0, kForwarding, before == "0" ? "1" : "0");
  const Undone undone = undo(log, sandbox);
  CHECK(undone.sends == 2);
  CHECK(undone.left.empty());
  CHECK(sandbox.sysctl(kForwarding) == before);
}

TEST_CASE("many links are deleted as one group" * doctest::skip(!kInOwnNamespaces)) {
  Sandbox sandbox;
  UndoLog log(kDeadlineMs);
  constexpr int kLinks = 20;
  for (int i = 0; i < kLinks; i++) {
    const std::string name = "d" + std::to_string(i);
    run(sandbox, addBridge(name));
    log.addRequest(i, 0, deleteLink(name));
  }
  const Undone undone = undo(log, sandbox);
  CHECK(undone.sends == 1);
  CHECK(undone.left.empty());
  for (int i = 0; i < kLinks; i++) CHECK(sandbox.indexOf("d" + std::to_string(i)) == 0);
}

TEST_CASE("a link that is gone does not keep the others of its group" * doctest::skip(!kInOwnNamespaces)) {
  Sandbox sandbox;
  UndoLog log(kDeadlineMs);
  run(sandbox, addBridge("d0"));
  run(sandbox, addBridge("d2"));
  for (int i = 0; i < 3; i++) log.addRequest(i, 0, deleteLink("d" + std::to_string(i)));
  CHECK(undo(log, sandbox).left.empty());
  CHECK(sandbox.indexOf("d0") == 0);
  CHECK(sandbox.indexOf("d2") == 0);
}

TEST_CASE("an inverse that fails is tried again at the end" * doctest::skip(!kInOwnNamespaces)) {
  Sandbox sandbox;
  run(sandbox, addBridge("d0"));
  run(sandbox, setUp("d0"));
  UndoLog log(kDeadlineMs);
  log.addRequest(0, 0, addAddress("d0", "10.1.0.1", 24));
  // Taken back first, when its gateway is not reachable yet.
  log.addRequest(1, 0, addRoute("10.9.0.0", 24, "10.1.0.2"));
  CHECK(undo(log, sandbox).left.empty());
  const Answer again =
      askOnce(sandbox.socket(), addRoute("10.9.0.0", 24, "10.1.0.2"), deadlineIn(kDeadlineMs));
  CHECK(again.failure.error == EEXIST);
}

TEST_CASE("what cannot be taken back is reported with its step" * doctest::skip(!kInOwnNamespaces)) {
  Sandbox sandbox;
  run(sandbox, addBridge("d0"));
  UndoLog log(kDeadlineMs);
  log.addRequest(4, 0, deleteLink("d0"));
  log.addSysctl(7, 0, kForwarding, "nonsense");
  const Undone undone = undo(log, sandbox);
  REQUIRE(undone.left.size() == 1);
  CHECK(undone.left[0].step == 7);
  CHECK(undone.left[0].failure.error == EINVAL);
  CHECK(sandbox.indexOf("d0") == 0);
}

TEST_CASE("a namespace that was made loses its name and its slot" * doctest::skip(!kInOwnNamespaces)) {
  Sandbox sandbox;
  const std::string path = kNames + "/undone";
  REQUIRE(sandbox.slots().create(0, path).error == 0);
  REQUIRE(exists(path));
  UndoLog log(kDeadlineMs);
  log.addNamespace(0, 0, path);
  CHECK(undo(log, sandbox).left.empty());
  CHECK(!exists(path));
  CHECK(sandbox.netns() == nullptr);
}

}  // namespace
}  // namespace netloom::test
