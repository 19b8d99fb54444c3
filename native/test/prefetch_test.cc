// Namespaces made ahead: by the reserve, by the worker, and which steps of a program may be looked ahead to.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <set>

#include "kernel.h"
#include "prefetch/lookahead.h"
#include "prefetch/reserve.h"

namespace netloom::test {
namespace {

struct Workshop {
  std::shared_ptr<Namespace> home = currentNamespace();
  NamespaceScope scope{home->fd.get()};
  NamespaceWorker worker{home->fd.get()};
};

TEST_CASE("the reserve makes the first few of what was ordered" * doctest::skip(!kInOwnNamespaces)) {
  Workshop shop;
  Reserve reserve(shop.scope);
  CHECK(!reserve.makeNext());
  reserve.order(1, 2);
  reserve.order(2, 100);
  int made = 0;
  while (reserve.makeNext()) made++;
  CHECK(made == 2 + 16);
  CHECK(reserve.take(1).size() == 2);
  CHECK(reserve.take(1).empty());
  CHECK(reserve.take(2).size() == 16);
  CHECK(currentNamespace()->cookie == shop.home->cookie);
}

TEST_CASE("a cancelled order is given up" * doctest::skip(!kInOwnNamespaces)) {
  Workshop shop;
  Reserve reserve(shop.scope);
  reserve.order(1, 2);
  REQUIRE(reserve.makeNext());
  reserve.cancel(1);
  CHECK(!reserve.makeNext());
  CHECK(reserve.take(1).empty());
}

// More than the worker keeps ready at a time.
TEST_CASE("the worker makes every namespace that is ordered, each another one" *
          doctest::skip(!kInOwnNamespaces)) {
  Workshop shop;
  std::vector<std::shared_ptr<NamespaceWorker::Order>> orders;
  orders.reserve(48);
  for (int i = 0; i < 48; i++) orders.push_back(shop.worker.order({}));
  std::set<uint64_t> cookies = {shop.home->cookie};
  size_t made = 0;
  for (const auto& order : orders) {
    REQUIRE(order != nullptr);
    while (shop.worker.help(*order, shop.scope)) {
    }
    Creation creation;
    // False for an order that was not begun yet.
    if (!shop.worker.take(order, creation)) REQUIRE(createNamespace(shop.scope, {}, creation).error == 0);
    REQUIRE(creation.netns != nullptr);
    cookies.insert(creation.netns->cookie);
    made++;
  }
  CHECK(cookies.size() == made + 1);
}

TEST_CASE("the worker pins what has a path, and says no to what fails" * doctest::skip(!kInOwnNamespaces)) {
  Workshop shop;
  REQUIRE(prepareDirectory(kNames) == 0);
  const auto pinned = shop.worker.order(kNames + "/worker");
  const auto failing = shop.worker.order(kNames + "/no/such/directory");
  const auto last = shop.worker.order({});
  // With the last one made, the others are.
  for (int i = 0; i < 5'000 && !exists(kNames + "/worker"); i++) usleep(1'000);
  Creation creation;
  CHECK(shop.worker.take(pinned, creation));
  CHECK(exists(kNames + "/worker"));
  CHECK(unpinNamespace(kNames + "/worker") == 0);
  CHECK(!shop.worker.take(failing, creation));
  (void)shop.worker.take(last, creation);
}

TEST_CASE("a worker with open orders ends at once" * doctest::skip(!kInOwnNamespaces)) {
  const int64_t began = monotonicNow();
  {
    Workshop shop;
    for (int i = 0; i < 1'000; i++) REQUIRE(shop.worker.order({}) != nullptr);
  }
  CHECK(monotonicNow() - began < 5'000 * kMillisecond);
}

// Which of the steps have a namespace that was made ahead. Waits until the worker has made it.
std::vector<size_t> madeAhead(Workshop& shop, const std::vector<Slot>& given, const std::vector<Step>& steps,
                              std::deque<Creation> reserved = {}) {
  Lookahead lookahead(shop.worker, std::move(reserved));
  Slots slots(shop.scope, given);
  lookahead.addSlots(given);
  lookahead.addSteps(steps, slots);
  usleep(200'000);
  std::vector<size_t> out;
  for (size_t i = 0; i < steps.size(); i++) {
    Creation creation;
    if (lookahead.take(i, shop.scope, creation)) out.push_back(i);
  }
  return out;
}

TEST_CASE("creations are ordered up to a step that could tell" * doctest::skip(!kInOwnNamespaces)) {
  Workshop shop;
  const std::vector<Slot> empty(3);
  // The executor begins with the first step itself.
  CHECK(madeAhead(shop, empty, {CreateStep{0, {}}, CreateStep{1, {}}, CreateStep{2, {}}}) ==
        std::vector<size_t>{1, 2});
  for (const Step& barrier : {Step(OpenStep{1, "/none"}), Step(UnpinStep{"/none", 0}), Step(ConfirmStep{1})})
    CHECK(madeAhead(shop, empty, {CreateStep{0, {}}, CreateStep{1, {}}, barrier, CreateStep{2, {}}}) ==
          std::vector<size_t>{1});
}

TEST_CASE("a setting is in the way if new namespaces could inherit it" * doctest::skip(!kInOwnNamespaces)) {
  Workshop shop;
  std::vector<Slot> given(3);
  given[0].netns = shop.home;
  const auto ahead = [&](uint32_t slot, const char* path) {
    return madeAhead(shop, given, {SysctlStep{slot, path, "1"}, CreateStep{1, {}}}).size();
  };
  CHECK(ahead(0, "net/ipv4/conf/default/forwarding") == 0);
  CHECK(ahead(0, "net/ipv4/ip_forward") == 0);
  CHECK(ahead(0, "net/ipv6/conf/eth0/forwarding") == 1);
  CHECK(ahead(2, "net/ipv4/conf/default/forwarding") == 1);
}

TEST_CASE("reserved namespaces come first, and have a name when their turn comes" *
          doctest::skip(!kInOwnNamespaces)) {
  Workshop shop;
  Creation made;
  REQUIRE(createNamespace(shop.scope, {}, made).error == 0);
  const uint64_t cookie = made.netns->cookie;
  std::deque<Creation> reserved;
  reserved.push_back(std::move(made));
  Lookahead lookahead(shop.worker, std::move(reserved));
  const std::vector<Slot> empty(2);
  Slots slots(shop.scope, empty);
  lookahead.addSlots(empty);
  const std::string path = kNames + "/reserved";
  lookahead.addSteps({CreateStep{0, path}, CreateStep{1, {}}}, slots);
  CHECK(!exists(path));
  Creation taken;
  REQUIRE(lookahead.take(0, shop.scope, taken));
  CHECK(taken.netns->cookie == cookie);
  CHECK(exists(path));
  CHECK(unpinNamespace(path) == 0);
}

TEST_CASE("cancelling gives back what was made, the latest first" * doctest::skip(!kInOwnNamespaces)) {
  Workshop shop;
  Lookahead lookahead(shop.worker, {});
  const std::vector<Slot> empty(3);
  Slots slots(shop.scope, empty);
  lookahead.addSlots(empty);
  lookahead.addSteps({CreateStep{0, {}}, CreateStep{1, {}}, CreateStep{2, {}}}, slots);
  usleep(200'000);
  Lookahead::Pending pending;
  Creation made;
  REQUIRE(lookahead.cancelLast(pending, made));
  CHECK(pending.step == 2);
  REQUIRE(lookahead.cancelLast(pending, made));
  CHECK(pending.step == 1);
  CHECK(!lookahead.cancelLast(pending, made));
}

}  // namespace
}  // namespace netloom::test
