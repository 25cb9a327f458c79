// Suites by position, and which of them are free.
#include "booking/inventory.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <random>
#include <set>

namespace breakwater::booking {
namespace {

BOOST_AUTO_TEST_SUITE(inventory)

BOOST_DATA_TEST_CASE(free_places_are_a_set_with_a_lowest, boost::unit_test::data::xrange(1u, 9u), seed) {
  std::mt19937 random(seed);
  const std::uint32_t places = seed < 5 ? 40 : 1000;
  FreePlaces free;
  std::set<std::uint32_t> expected;
  for (int step = 0; step < 5000; ++step) {
    const auto place = static_cast<std::uint32_t>(random() % places);
    // Now growing, now shrinking, down to nothing.
    if (random() % 100 < (step / 1000 % 2 == 0 ? 70u : 20u)) {
      free.insert(place);
      expected.insert(place);
    } else {
      const bool the_lowest = random() % 2 == 0 && !expected.empty();
      const std::uint32_t gone = the_lowest ? *expected.begin() : place;
      free.erase(gone);
      expected.erase(gone);
    }
    BOOST_REQUIRE(free.empty() == expected.empty());
    if (!expected.empty()) BOOST_REQUIRE(free.lowest() == *expected.begin());
  }
}

// Leaves come in any order: a booking's suite may be known before its class.
BOOST_AUTO_TEST_CASE(a_suite_of_no_class_is_not_to_be_found) {
  Voyage voyage("V");
  const SuiteIndex early = voyage.remember_suite("C-2");
  BOOST_TEST(voyage.remember_suite("C-2") == early);
  BOOST_TEST(!voyage.find_suite("C-2"));
  voyage.occupy(early, 7);
  BOOST_TEST(voyage.add_class("C", {"C-1", "C-2", "C-3"}));
  BOOST_TEST((voyage.find_suite("C-2") == early));
  const SuiteClass* const suites = voyage.find_class("C");
  BOOST_REQUIRE(suites != nullptr);
  BOOST_TEST(suites->suites.size() == 3u);
  BOOST_TEST(suites->free.lowest() == 0u);
  voyage.occupy(suites->suites[0], 8);
  BOOST_TEST(voyage.find_class("C")->free.lowest() == 2u);  // the second is taken
  voyage.vacate(early);
  BOOST_TEST(voyage.find_class("C")->free.lowest() == 1u);
  BOOST_TEST(!voyage.suite(early).booking.has_value());
}

BOOST_AUTO_TEST_CASE(a_name_belongs_to_one_class) {
  Voyage voyage("V");
  BOOST_TEST(voyage.add_class("C", {"A1", "A2"}));
  Voyage again = voyage, other = voyage;
  BOOST_TEST(!again.add_class("C", {"A3"}));
  BOOST_TEST(!other.add_class("D", {"A2", "A3"}));
}

// Positions hold in copies: a read that must change nothing works on one.
BOOST_AUTO_TEST_CASE(positions_hold_in_a_copy) {
  Inventory inventory;
  const VoyageIndex second = inventory.find_or_add("W"), first = inventory.find_or_add("V");
  BOOST_TEST(inventory.find_or_add("W") == second);
  BOOST_TEST(inventory.voyage(second).add_class("C", {"C-1"}));
  Inventory copy = inventory;
  copy.voyage(second).occupy(0, 5);
  BOOST_TEST((copy.voyage(second).suite(0).booking == BookingNumber(5)));
  BOOST_TEST(!inventory.voyage(second).suite(0).booking.has_value());
  BOOST_TEST(inventory.find_voyage("X") == nullptr);
  BOOST_TEST(inventory.voyages().begin()->second == first);  // by name, not by age
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::booking
