// How requests share one send, and that each has its own answer.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "request/batch.h"

#include <doctest/doctest.h>

#include <cerrno>

#include "kernel.h"
#include "requests.h"

namespace netloom::test {
namespace {

// How many copies of the request fit into one batch.
size_t capacityFor(const Request& request) {
  Sandbox sandbox;
  Batch batch(sandbox.slots(), sandbox.socket());
  Failure why;
  while (batch.add(request, why) == Batch::Added::kYes) {
  }
  return batch.size();
}

TEST_CASE("a batch is bounded by the answers that fit into a receive buffer, and by the kernel's time" *
          doctest::skip(!kInOwnNamespaces)) {
  CHECK(capacityFor(setUp("lo")) == 128);
  CHECK(capacityFor(deleteLink("d0")) == 16);
  CHECK(capacityFor(addBridge("d0")) == 2);
}

TEST_CASE("a device name is not resolved behind a request that may change its meaning" *
          doctest::skip(!kInOwnNamespaces)) {
  Sandbox sandbox;
  Failure why;
  Batch batch(sandbox.slots(), sandbox.socket());
  CHECK(batch.add(setMtu("lo", 1500), why) == Batch::Added::kYes);
  CHECK(batch.add(addBridge("d0"), why) == Batch::Added::kYes);
  CHECK(batch.add(setMtu("lo", 1500), why) == Batch::Added::kFull);
  CHECK(batch.add(setUp("lo"), why) == Batch::Added::kYes);
}

TEST_CASE("an unknown device fails a request only where nothing was to be sent before it" *
          doctest::skip(!kInOwnNamespaces)) {
  Sandbox sandbox;
  Failure why;
  Batch batch(sandbox.slots(), sandbox.socket());
  CHECK(batch.add(setMtu("nosuch", 1500), why) == Batch::Added::kFailed);
  CHECK(why.error == ENODEV);
  CHECK(std::string(why.call) == "SIOCGIFINDEX");
  CHECK(batch.add(setUp("lo"), why) == Batch::Added::kYes);
  CHECK(batch.add(setMtu("nosuch", 1500), why) == Batch::Added::kFull);
}

TEST_CASE("every request of a batch has its own answer" * doctest::skip(!kInOwnNamespaces)) {
  Sandbox sandbox;
  Failure why;
  Batch batch(sandbox.slots(), sandbox.socket());
  REQUIRE(batch.add(addBridge("d0"), why) == Batch::Added::kYes);
  REQUIRE(batch.add(addBridge("d0"), why) == Batch::Added::kYes);
  REQUIRE(batch.add(setUp("lo"), why) == Batch::Added::kYes);
  const std::vector<Answer> answers = batch.send(deadlineIn(5'000));
  REQUIRE(answers.size() == 3);
  CHECK(answers[0].done());
  CHECK(answers[1].state == Answer::State::kFailed);
  CHECK(answers[1].failure.error == EEXIST);
  // The kernel goes on after a failure.
  CHECK(answers[2].done());
  CHECK(sandbox.indexOf("d0") != 0);
}

}  // namespace
}  // namespace netloom::test
