// Batches of nf_tables: all or nothing, and taken back.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "request/nft_batch.h"

#include <doctest/doctest.h>

#include <cerrno>

#include "kernel.h"
#include "request/exchange.h"
#include "requests.h"

namespace netloom::test {
namespace {
using schema::Verb;

constexpr uint32_t kDeadlineMs = 5'000;

bool hasTable(Sandbox& sandbox, const std::string& name) {
  return askOnce(sandbox.socket(NETLINK_NETFILTER), getNftTable(name), deadlineIn(kDeadlineMs)).done();
}

TEST_CASE("a batch is applied as a whole" * doctest::skip(!kInOwnNamespaces)) {
  Sandbox sandbox;
  const std::vector<Request> requests = {nftTable(Verb::kAdd, "a"), nftTable(Verb::kAdd, "b")};
  REQUIRE(sendNftBatch(sandbox.slots(), 0, requests, kDeadlineMs).error == 0);
  CHECK(hasTable(sandbox, "a"));
  CHECK(hasTable(sandbox, "b"));
}

TEST_CASE("a batch with a refused request leaves nothing, and the failure says which it was" *
          doctest::skip(!kInOwnNamespaces)) {
  Sandbox sandbox;
  const std::vector<Request> requests = {nftTable(Verb::kAdd, "a"), nftTable(Verb::kDelete, "nosuch"),
                                         nftTable(Verb::kAdd, "b")};
  const Failure failure = sendNftBatch(sandbox.slots(), 0, requests, kDeadlineMs);
  CHECK(failure.error == ENOENT);
  CHECK(failure.request == 1);
  CHECK(!hasTable(sandbox, "a"));
  CHECK(!hasTable(sandbox, "b"));
}

TEST_CASE("taking a batch back removes what is left of it" * doctest::skip(!kInOwnNamespaces)) {
  Sandbox sandbox;
  REQUIRE(
      sendNftBatch(sandbox.slots(), 0, {nftTable(Verb::kAdd, "a"), nftTable(Verb::kAdd, "b")}, kDeadlineMs)
          .error == 0);
  REQUIRE(sendNftBatch(sandbox.slots(), 0, {nftTable(Verb::kDelete, "b")}, kDeadlineMs).error == 0);
  const std::vector<Request> inverse = {nftTable(Verb::kDelete, "b"), nftTable(Verb::kDelete, "a")};
  CHECK(undoNftBatch(sandbox.slots(), 0, inverse, kDeadlineMs).error == 0);
  CHECK(!hasTable(sandbox, "a"));
  CHECK(undoNftBatch(sandbox.slots(), 0, inverse, kDeadlineMs).error == 0);
}

}  // namespace
}  // namespace netloom::test
