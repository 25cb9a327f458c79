// Which leaves a booking machine reports as changed.
#include <boost/test/unit_test.hpp>

#include "booking/booking_machine.hpp"

namespace breakwater::booking {
namespace {

constexpr CommandContext kOperator{ClientId(0), ClientRole::operator_role, AgreedTime(1)};

Target any_of(const std::string& suite_class) { return {"V", std::nullopt, suite_class}; }
Bytes key(BookingNumber number) { return Writer().u8('b').u8('b').ordered_u64(number).take(); }

BOOST_AUTO_TEST_SUITE(booking_changes)

// What comes and goes leaves nothing behind, however often; what was known before is told, however it changed.
BOOST_AUTO_TEST_CASE(bookings_that_come_and_go_are_no_change) {
  BookingMachine machine;
  const auto does = [&](const Command& command) { return machine.apply_command(command, kOperator).accepted; };
  BOOST_REQUIRE(does(Open{"V", "C", 3, {}}));
  BOOST_REQUIRE(does(Open{"V", "D", 2, {}}));
  for (BookingNumber n = 1; n <= 3; ++n) BOOST_REQUIRE(does(Reserve{any_of("C"), n}));
  machine.take_changed();
  for (BookingNumber n = 1000; n < 41'000; ++n) {
    BOOST_REQUIRE(does(Reserve{any_of("D"), n}));
    BOOST_REQUIRE(machine.changes() == 1u);
    BOOST_REQUIRE(does(Cancel{n}));
  }
  BOOST_TEST(machine.changes() == 0u);
  BOOST_TEST(does(Cancel{1}));                     // known, and gone
  BOOST_TEST(does(Cancel{2}));                     // known, gone,
  BOOST_TEST(does(Reserve{any_of("D"), 2}));       // and there again
  BOOST_TEST(does(Confirm{3}));                    // changed
  BOOST_TEST(does(Reserve{any_of("D"), 40'500}));  // new, after it had come and gone
  BOOST_TEST(machine.changes() == 4u);
  BOOST_TEST((machine.take_changed() == std::vector<Bytes>{key(1), key(2), key(3), key(40'500)}));
  BOOST_TEST(machine.changes() == 0u);

  // The one that was there again, gone for good: it was known all the time.
  BOOST_TEST(does(Cancel{2}));
  BOOST_TEST((machine.take_changed() == std::vector<Bytes>{key(2)}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::booking
