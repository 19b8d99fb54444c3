// The end of namespaces, as the reaper observes it.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "executor/namespace_reaper.h"

#include <doctest/doctest.h>
#include <poll.h>

#include "kernel.h"

namespace netloom::test {
namespace {

std::shared_ptr<Namespace> newNamespace(NamespaceScope& scope) {
  Creation made;
  REQUIRE(createNamespace(scope, {}, made).error == 0);
  return made.netns;
}

// Serves the reaper as the executor does, until the job has ended.
std::vector<Completion> await(NamespaceReaper& reaper) {
  std::vector<Completion> out;
  const int64_t limit = deadlineIn(20'000);
  while (monotonicNow() < limit) {
    for (Completion& completion : reaper.take()) out.push_back(std::move(completion));
    if (!out.empty() && out.back().last) return out;
    pollfd wait{reaper.fd(), POLLIN, 0};
    if (poll(&wait, 1, 5) > 0) reaper.receive();
    reaper.expire(monotonicNow());
  }
  FAIL("the release does not end");
  return out;
}

struct Fixture {
  std::shared_ptr<Namespace> home = currentNamespace();
  NamespaceScope scope{home->fd.get()};
  NamespaceReaper reaper{scope};
};

TEST_CASE("a namespace that nothing holds is reported as gone" * doctest::skip(!kInOwnNamespaces)) {
  Fixture fixture;
  std::vector<std::shared_ptr<Namespace>> given = {newNamespace(fixture.scope), newNamespace(fixture.scope)};
  fixture.reaper.start(1, std::move(given), 10'000);
  std::vector<uint32_t> gone;
  for (const Completion& completion : await(fixture.reaper)) {
    CHECK(completion.job == 1);
    CHECK(completion.error == 0);
    CHECK(completion.held.empty());
    gone.insert(gone.end(), completion.gone.begin(), completion.gone.end());
  }
  std::sort(gone.begin(), gone.end());
  CHECK(gone == std::vector<uint32_t>{0, 1});
  CHECK(fixture.reaper.nextDeadline() == std::numeric_limits<int64_t>::max());
}

TEST_CASE("one that is held is reported at the deadline, and does not delay the others" *
          doctest::skip(!kInOwnNamespaces)) {
  Fixture fixture;
  const std::shared_ptr<Namespace> held = newNamespace(fixture.scope);
  fixture.reaper.start(2, {newNamespace(fixture.scope), held}, 1'000);
  const int64_t began = monotonicNow();
  const std::vector<Completion> told = await(fixture.reaper);
  REQUIRE(told.size() == 2);
  CHECK(!told[0].last);
  CHECK(told[0].gone == std::vector<uint32_t>{0});
  CHECK(told[1].held == std::vector<uint32_t>{1});
  CHECK(monotonicNow() - began >= 900 * kMillisecond);
}

TEST_CASE("one that is released again, while it is held, is waited for again" *
          doctest::skip(!kInOwnNamespaces)) {
  Fixture fixture;
  std::shared_ptr<Namespace> held = newNamespace(fixture.scope);
  fixture.reaper.start(3, {held}, 50);
  CHECK(await(fixture.reaper).back().held == std::vector<uint32_t>{0});
  std::vector<std::shared_ptr<Namespace>> given;
  given.push_back(std::move(held));
  fixture.reaper.start(4, std::move(given), 10'000);
  const Completion last = await(fixture.reaper).back();
  CHECK(last.job == 4);
  CHECK(last.held.empty());
}

TEST_CASE("nothing to release ends at once" * doctest::skip(!kInOwnNamespaces)) {
  Fixture fixture;
  fixture.reaper.start(5, {}, 10'000);
  const std::vector<Completion> told = fixture.reaper.take();
  REQUIRE(told.size() == 1);
  CHECK(told[0].last);
}

}  // namespace
}  // namespace netloom::test
