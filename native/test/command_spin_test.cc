// When the executor's thread spins for a command, and for how long.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "executor/command_spin.h"

#include <doctest/doctest.h>

#include <vector>

#include "base/clock.h"

namespace netloom {
namespace {

constexpr auto kNever = [] { return false; };
constexpr auto kAtOnce = [] { return true; };

TEST_CASE("it does not spin before a command came soon after the last work") {
  CommandSpin spin;
  CHECK(!spin.spinForCommand(kAtOnce));
  spin.wokenAfter(CommandSpin::kLimit);
  CHECK(!spin.spinForCommand(kAtOnce));
  spin.wokenAfter(CommandSpin::kLimit - 1);
  CHECK(spin.spinForCommand(kAtOnce));
}

TEST_CASE("it goes on spinning while commands come, and stops after a spin in vain") {
  CommandSpin spin;
  spin.wokenAfter(0);
  for (int i = 0; i < 3; i++) CHECK(spin.spinForCommand(kAtOnce));
  const int64_t began = monotonicNow();
  CHECK(!spin.spinForCommand(kNever));
  CHECK(monotonicNow() - began >= CommandSpin::kLimit);
  int looks = 0;
  CHECK(!spin.spinForCommand([&] { return ++looks > 0; }));
  CHECK(looks == 0);
}

TEST_CASE("the thread is woken unless it spins") {
  CommandSpin spin;
  CHECK(spin.mustWake());
  CommandSpin spinning;
  spinning.wokenAfter(0);
  std::vector<bool> woken;
  CHECK(spinning.spinForCommand([&] {
    woken.push_back(spinning.mustWake());
    return true;
  }));
  // The first look is made while it spins, the last one after that.
  CHECK(woken == std::vector<bool>{false, true});
}

TEST_CASE("it does not spin on the processor of the thread that posts") {
  CommandSpin spin;
  spin.wokenAfter(0);
  CHECK(spin.mustWake());  // posted by this thread: most likely it is still on that processor
  int spun = 0;
  for (int i = 0; i < 10; i++) {
    (void)spin.mustWake();
    if (spin.spinForCommand(kAtOnce)) spun++;
  }
  CHECK(spun < 10);
}

}  // namespace
}  // namespace netloom
