// A program from its first step to its end: results, failures, parts, aborts and confirmations.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "executor/runner.h"

#include <doctest/doctest.h>

#include <cerrno>

#include "kernel.h"
#include "requests.h"

namespace netloom::test {
namespace {

RequestStep step(Request request, std::optional<Request> inverse = std::nullopt) {
  RequestStep out;
  out.request = std::move(request);
  if (inverse) {
    out.undo = Undo::kInverse;
    out.inverse = std::move(*inverse);
  }
  return out;
}

RequestStep bridge(const std::string& name) { return step(addBridge(name), deleteLink(name)); }

struct Fixture {
  Sandbox sandbox;
  std::shared_ptr<Namespace> home = currentNamespace();
  NamespaceWorker worker{home->fd.get()};
  std::vector<Completion> streamed;

  Runner runner(std::vector<Step> steps, bool atomic = true, bool more = false, size_t slots = 1) {
    Program program;
    program.slots.push_back(sandbox.slot());
    program.slots.resize(slots);
    program.steps = std::move(steps);
    program.atomic = atomic;
    program.more = more;
    return {sandbox.scope(), worker, {}, 1, std::move(program), [this](Completion completion) {
              streamed.push_back(std::move(completion));
            }};
  }
};

Outcome finish(Runner& runner) {
  int advances = 0;
  while (runner.advance()) REQUIRE(++advances < 100'000);
  Completion completion = runner.finish();
  CHECK(completion.last);
  return std::move(completion.outcome);
}

TEST_CASE("a program has a result for each step" * doctest::skip(!kInOwnNamespaces)) {
  Fixture fixture;
  Runner runner = fixture.runner({bridge("d0"), bridge("d1"), step(setUp("d0"))});
  const Outcome outcome = finish(runner);
  CHECK(outcome.failed == -1);
  CHECK(!outcome.aborted);
  REQUIRE(outcome.results.size() == 3);
  for (const StepResult& result : outcome.results) CHECK(result.done);
  CHECK(fixture.sandbox.indexOf("d1") != 0);
}

TEST_CASE("an atomic program stops at its first failure and is undone" * doctest::skip(!kInOwnNamespaces)) {
  Fixture fixture;
  Runner runner = fixture.runner({bridge("d0"), bridge("d1"), bridge("d0"), bridge("d2")});
  const Outcome outcome = finish(runner);
  CHECK(outcome.failed == 2);
  CHECK(outcome.results[2].failure.error == EEXIST);
  // It was in the same send, and the kernel goes on after a failure: it is undone as well.
  CHECK(outcome.results[3].done);
  CHECK(outcome.notUndone.empty());
  for (const char* name : {"d0", "d1", "d2"}) CHECK(fixture.sandbox.indexOf(name) == 0);
}

TEST_CASE("a program that is not atomic runs every step" * doctest::skip(!kInOwnNamespaces)) {
  Fixture fixture;
  Runner runner = fixture.runner({bridge("d0"), bridge("d0"), bridge("d1")}, false);
  const Outcome outcome = finish(runner);
  CHECK(outcome.failed == -1);
  CHECK(outcome.results[0].done);
  CHECK(outcome.results[1].failure.error == EEXIST);
  CHECK(outcome.results[2].done);
  CHECK(fixture.sandbox.indexOf("d1") != 0);
}

TEST_CASE("an aborted program is undone, and its further steps are cancelled" *
          doctest::skip(!kInOwnNamespaces)) {
  Fixture fixture;
  // A link alone fills half a batch; the name of the third must be resolved behind it.
  Runner runner = fixture.runner({bridge("d0"), step(setMtu("d0", 1400)), bridge("d1")});
  REQUIRE(runner.advance());
  REQUIRE(fixture.sandbox.indexOf("d0") != 0);
  runner.abort();
  const Outcome outcome = finish(runner);
  CHECK(outcome.aborted);
  CHECK(outcome.failed == -1);
  CHECK(outcome.results[0].done);
  CHECK(outcome.results[2].failure.error == ECANCELED);
  CHECK(fixture.sandbox.indexOf("d0") == 0);
}

TEST_CASE("parts are reported as they end, and undone together" * doctest::skip(!kInOwnNamespaces)) {
  Fixture fixture;
  Runner runner = fixture.runner({bridge("d0")}, true, true);
  CHECK(!runner.takePart());
  REQUIRE(runner.advance());
  const auto part = runner.takePart();
  REQUIRE(part);
  CHECK(!part->last);
  CHECK(part->outcome.results.size() == 1);
  CHECK(!runner.takePart());
  // It has nothing to do before the next part comes.
  CHECK(runner.wakeAt() == std::numeric_limits<int64_t>::max());
  Program more;
  more.steps = {bridge("d1"), bridge("d1")};
  runner.extend(std::move(more));
  CHECK(runner.wakeAt() == 0);
  const Outcome outcome = finish(runner);
  CHECK(outcome.first == 1);
  CHECK(outcome.failed == 2);
  CHECK(fixture.sandbox.indexOf("d0") == 0);
  CHECK(fixture.sandbox.indexOf("d1") == 0);
}

TEST_CASE("a namespace is made, configured and, on a failure, taken back" *
          doctest::skip(!kInOwnNamespaces)) {
  const std::string path = kNames + "/run";
  for (const bool fails : {false, true}) {
    Fixture fixture;
    RequestStep inside = bridge("d0");
    inside.slot = inside.undoSlot = 1;
    std::vector<Step> steps = {CreateStep{1, path}, inside};
    if (fails) steps.emplace_back(inside);
    Runner runner = fixture.runner(std::move(steps), true, false, 2);
    const Outcome outcome = finish(runner);
    CHECK(outcome.failed == (fails ? 2 : -1));
    CHECK(exists(path) != fails);
    CHECK((outcome.results[0].netns != nullptr) != fails);
    CHECK(fixture.sandbox.indexOf("d0") == 0);
    CHECK(unpinNamespace(path) == 0);
  }
}

TEST_CASE("a change without an inverse is restored" * doctest::skip(!kInOwnNamespaces)) {
  Fixture fixture;
  const std::string mtu = "net/ipv4/conf/lo/forwarding";
  const std::string before = fixture.sandbox.sysctl(mtu);
  Runner runner = fixture.runner({SysctlStep{0, mtu, before == "0" ? "1" : "0"}, bridge("lo")});
  const Outcome outcome = finish(runner);
  CHECK(outcome.failed == 1);
  CHECK(fixture.sandbox.sysctl(mtu) == before);
}

TEST_CASE("a confirmation lets the program go on; without it the program is undone" *
          doctest::skip(!kInOwnNamespaces)) {
  for (const bool confirms : {true, false}) {
    Fixture fixture;
    Runner runner = fixture.runner({bridge("d0"), ConfirmStep{confirms ? 60'000U : 20U}});
    REQUIRE(runner.advance());
    CHECK(!runner.takeWaiting());
    REQUIRE(runner.advance());
    CHECK(runner.takeWaiting());
    CHECK(!runner.takeWaiting());
    CHECK(runner.wakeAt() > monotonicNow());
    if (confirms)
      runner.confirm();
    else
      usleep(30'000);
    CHECK(runner.wakeAt() <= monotonicNow());
    const Outcome outcome = finish(runner);
    CHECK(outcome.failed == (confirms ? -1 : 1));
    if (!confirms) CHECK(outcome.results[1].failure.error == ETIMEDOUT);
    CHECK((fixture.sandbox.indexOf("d0") != 0) == confirms);
  }
}

}  // namespace
}  // namespace netloom::test
