#include <boost/test/unit_test.hpp>

#include "pbft/primary_monitor.hpp"

using breakwater::pbft::PrimaryMonitor;

namespace {

constexpr std::uint64_t kTimeout = 200;
constexpr std::uint64_t kPeriod = kTimeout / 2;

// One backup's view of its primary: 100 units of work are what the group sustains in a tick.
struct Watch {
  PrimaryMonitor monitor{kTimeout};

  // The ticks until the primary is too slow, or `ticks` when it is not within these.
  std::uint64_t pass(std::uint64_t ticks, std::uint64_t work, bool waits) {
    for (std::uint64_t passed = 0; passed < ticks; ++passed) {
      monitor.worked(work, false);
      if (monitor.tick(waits, kTimeout)) return passed + 1;
    }
    return ticks;
  }
  void learn() { BOOST_REQUIRE_EQUAL(pass(2 * kPeriod, 100, false), 2 * kPeriod); }
};

BOOST_AUTO_TEST_SUITE(primary_monitor)

BOOST_AUTO_TEST_CASE(three_eighths_of_a_timeout_of_nothing_are_too_slow) {
  Watch watch;
  watch.learn();
  BOOST_TEST(watch.pass(1000, 0, true) == 3 * kTimeout / 8);
}

BOOST_AUTO_TEST_CASE(a_quarter_of_what_was_sustained_is_enough) {
  Watch enough, too_little;
  for (Watch* watch : {&enough, &too_little}) watch->learn();
  BOOST_TEST(enough.pass(5000, 25, true) == 5000u);
  BOOST_TEST(too_little.pass(5000, 12, true) < kTimeout);  // half of that is missing: twice as long
}

BOOST_AUTO_TEST_CASE(nothing_is_due_while_nobody_waits) {
  Watch watch;
  watch.learn();
  BOOST_TEST(watch.pass(100 * kTimeout, 0, false) == 100 * kTimeout);
}

// It need not be slow at one go: what is missing adds up.
BOOST_AUTO_TEST_CASE(pauses_add_up) {
  Watch watch;
  watch.learn();
  std::uint64_t passed = 0;
  for (; passed < 100; ++passed) {
    if (watch.pass(40, 0, true) < 40) break;
    watch.monitor.worked(40 * 10, false);
    watch.pass(10, 0, false);
  }
  BOOST_TEST(passed == 2u);
}

BOOST_AUTO_TEST_CASE(but_not_over_a_time_of_calm) {
  Watch watch;
  watch.learn();
  for (int i = 0; i < 10; ++i) {
    BOOST_TEST(watch.pass(3 * kTimeout / 8 - 1, 0, true) == 3 * kTimeout / 8 - 1);
    BOOST_TEST(watch.pass(kTimeout / 2, 0, false) == kTimeout / 2);
  }
}

// One burst, such as after a stall, is not what the group sustains.
BOOST_AUTO_TEST_CASE(sustained_is_what_two_periods_saw) {
  Watch watch;
  watch.pass(kPeriod, 100, false);
  BOOST_TEST(watch.monitor.sustained() == 0u);
  watch.pass(kPeriod, 10'000, false);
  BOOST_TEST(watch.monitor.sustained() == kPeriod * 100);
  watch.pass(kPeriod, 100, false);
  BOOST_TEST(watch.monitor.sustained() == kPeriod * 100);
}

BOOST_AUTO_TEST_CASE(it_decays_faster_while_nobody_waits) {
  Watch calm, busy;
  for (Watch* watch : {&calm, &busy}) watch->learn();
  calm.pass(8 * kPeriod, 50, false);
  busy.pass(8 * kPeriod, 50, true);
  BOOST_TEST(calm.monitor.sustained() == kPeriod * 50);
  BOOST_TEST(busy.monitor.sustained() > kPeriod * 55);
  BOOST_TEST(busy.monitor.sustained() < kPeriod * 65);
}

// What others send of decided slots pays what is due, and raises nothing.
BOOST_AUTO_TEST_CASE(fed_work_is_no_measure) {
  Watch watch;
  watch.learn();
  const std::uint64_t sustained = watch.monitor.sustained();
  for (std::uint64_t i = 0; i < 4 * kPeriod; ++i) {
    watch.monitor.worked(1000, true);
    BOOST_TEST(!watch.monitor.tick(true, kTimeout));
  }
  BOOST_TEST(watch.monitor.sustained() < sustained);
}

// On a machine that became forty times slower a primary is left a few times, and then no more.
BOOST_AUTO_TEST_CASE(each_view_left_halves_it) {
  Watch watch;
  watch.learn();
  int left = 0;
  while (watch.pass(100 * kTimeout, 2, true) < 100 * kTimeout && left < 10) {
    watch.monitor.left_view();
    ++left;
  }
  BOOST_TEST(left == 4);
}

BOOST_AUTO_TEST_CASE(of_a_new_group_nothing_is_known) {
  Watch watch;
  BOOST_TEST(watch.pass(100 * kTimeout, 0, true) == 100 * kTimeout);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
