// Whose requests are not looked at for a while.
#include "node/client_penalties.hpp"

#include <boost/test/unit_test.hpp>

namespace breakwater {
namespace {

using namespace std::chrono_literals;
using Clock = ClientPenalties::Clock;

const ClientId kFlooder{7}, kHonest{8};
const Clock::time_point kStart{std::chrono::hours(1)};

BOOST_AUTO_TEST_SUITE(client_penalties)

BOOST_AUTO_TEST_CASE(a_bad_signature_silences_its_client_alone_and_for_a_while) {
  ClientPenalties penalties;
  BOOST_TEST(!penalties.is_ignored(kFlooder, kStart));
  penalties.bad_signature(kFlooder, kStart);
  BOOST_TEST(penalties.is_ignored(kFlooder, kStart));
  BOOST_TEST(!penalties.is_ignored(kHonest, kStart));
  BOOST_TEST(penalties.is_ignored(kFlooder, kStart + ClientPenalties::kFirst - 1ms));
  BOOST_TEST(!penalties.is_ignored(kFlooder, kStart + ClientPenalties::kFirst));
}

// A flood of bad signatures is checked a few dozen times an hour, whatever its rate.
BOOST_AUTO_TEST_CASE(a_flood_costs_ever_fewer_checks) {
  ClientPenalties penalties;
  int checks = 0;
  for (Clock::time_point now = kStart; now < kStart + 60s; now += 1ms) {
    if (penalties.is_ignored(kFlooder, now)) continue;
    ++checks;
    penalties.bad_signature(kFlooder, now);
  }
  BOOST_TEST(checks >= 6);
  BOOST_TEST(checks <= 16);
}

BOOST_AUTO_TEST_CASE(checks_that_were_under_way_make_it_no_longer) {
  ClientPenalties penalties;
  for (int i = 0; i < 100; ++i) penalties.bad_signature(kFlooder, kStart);
  BOOST_TEST(!penalties.is_ignored(kFlooder, kStart + ClientPenalties::kFirst));
}

BOOST_AUTO_TEST_CASE(a_good_spell_makes_the_next_penalty_short_again) {
  ClientPenalties penalties;
  Clock::time_point now = kStart;
  for (int i = 0; i < 12; ++i) {
    penalties.bad_signature(kFlooder, now);
    while (penalties.is_ignored(kFlooder, now)) now += 50ms;
  }
  now += ClientPenalties::kLongest;
  penalties.bad_signature(kFlooder, now);
  BOOST_TEST(!penalties.is_ignored(kFlooder, now + ClientPenalties::kFirst));
}

// Ten requests beyond the window for each within it: a flood.
BOOST_AUTO_TEST_CASE(a_client_that_overruns_its_window_is_silenced) {
  ClientPenalties penalties;
  std::uint64_t refused = 0;
  while (!penalties.is_ignored(kFlooder, kStart)) {
    penalties.within_window(kFlooder);
    for (int i = 0; i < 10; ++i, ++refused) penalties.beyond_window(kFlooder, kStart);
    BOOST_REQUIRE(refused < 2 * ClientPenalties::kMostBeyondWindow);
  }
  BOOST_TEST(refused >= ClientPenalties::kMostBeyondWindow);
  BOOST_TEST(!penalties.is_ignored(kHonest, kStart));
  BOOST_TEST(!penalties.is_ignored(kFlooder, kStart + ClientPenalties::kFirst));
}

// At its window's edge a correct client may be refused as often as it is admitted, when this replica is a little late.
BOOST_AUTO_TEST_CASE(a_client_at_the_edge_of_its_window_is_heard) {
  ClientPenalties penalties;
  for (std::uint64_t i = 0; i < 10 * ClientPenalties::kMostBeyondWindow; ++i) {
    penalties.beyond_window(kHonest, kStart);
    penalties.within_window(kHonest);
  }
  BOOST_TEST(!penalties.is_ignored(kHonest, kStart));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater
