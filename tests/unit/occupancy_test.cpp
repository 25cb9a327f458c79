// Who has which suite, by the results alone.
#include "audit/occupancy.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

namespace breakwater::audit {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;

std::string sales(const std::vector<DoubleSale>& double_sold) {
  std::string out;
  for (const DoubleSale& sale : double_sold) {
    out += sale.suite.voyage + "/" + sale.suite.suite + ":";
    for (const booking::BookingNumber number : sale.bookings) out += " " + std::to_string(number);
    out += ";";
  }
  return out;
}

// Who has which suite, from results alone.
class Book {
 public:
  void at(std::uint64_t second) { occupancy.at_time(AgreedTime(second * kSecond)); }
  std::string reserve(std::uint64_t number, const std::string& suite, const std::string& voyage = "V") {
    return note(booking::Reserve{{voyage, suite, std::nullopt}, number}, {number, voyage, suite, {}, {}});
  }
  std::string hold(std::uint64_t number, const std::string& suite, std::uint64_t until_second) {
    return note(booking::Hold{{"V", suite, std::nullopt}, number, 1}, {number, "V", suite, {}, until_second * kSecond});
  }
  std::string confirm(std::uint64_t number, const std::string& suite) {
    return note(booking::Confirm{number}, {number, "V", suite, {}, {}});
  }
  std::string cancel(std::uint64_t number, const std::string& suite) {
    return note(booking::Cancel{number}, {number, "V", suite, {}, {}});
  }
  std::string note(const booking::Command& command, const booking::BookingView& view) {
    const auto sale = occupancy.note(command, {true, booking::Reason::none, view});
    return sale ? sales({*sale}) : "";
  }
  Occupancy occupancy;
};

BOOST_AUTO_TEST_SUITE(occupancy)

BOOST_AUTO_TEST_CASE(a_second_sale_is_seen) {
  Book book;
  BOOST_TEST(book.reserve(1, "C-1") == "");
  BOOST_TEST(book.reserve(2, "C-2") == "");
  BOOST_TEST(book.reserve(3, "C-1", "W") == "");
  BOOST_TEST(book.reserve(4, "C-1") == "V/C-1: 1 4;");
  BOOST_TEST(book.hold(5, "C-2", 10) == "V/C-2: 2 5;");
  BOOST_TEST(book.occupancy.occupied().size() == 3u);
  BOOST_TEST(book.occupancy.occupied().at({"V", "C-1"}) == 1u);  // the first sale stands
}

BOOST_AUTO_TEST_CASE(cancel_frees_its_own_suite_alone) {
  Book book;
  book.reserve(1, "C-1");
  book.reserve(2, "C-2");
  book.cancel(1, "C-1");
  BOOST_TEST(book.reserve(3, "C-1") == "");
  BOOST_TEST(book.reserve(4, "C-2") == "V/C-2: 2 4;");
  book.cancel(1, "C-1");  // no longer its suite
  BOOST_TEST(book.reserve(5, "C-1") == "V/C-1: 3 5;");
}

BOOST_DATA_TEST_CASE(a_hold_frees_its_suite_exactly_at_its_expiry, boost::unit_test::data::make({9, 10, 11}), second) {
  Book book;
  book.hold(1, "C-1", 10);
  book.at(static_cast<std::uint64_t>(second));
  BOOST_TEST(book.reserve(2, "C-1") == (second < 10 ? "V/C-1: 1 2;" : ""));
}

BOOST_AUTO_TEST_CASE(confirm_keeps_a_hold_beyond_its_expiry) {
  Book book;
  book.hold(1, "C-1", 10);
  book.confirm(1, "C-1");
  book.at(100);
  BOOST_TEST(book.reserve(2, "C-1") == "V/C-1: 1 2;");
}

BOOST_AUTO_TEST_CASE(the_time_of_an_earlier_hold_means_nothing_to_a_later_booking) {
  Book book;
  book.hold(1, "C-1", 10);
  book.cancel(1, "C-1");
  book.reserve(1, "C-1");
  book.hold(2, "C-2", 10);
  book.at(10);
  book.hold(2, "C-2", 30);
  book.at(20);
  BOOST_TEST(book.reserve(3, "C-1") == "V/C-1: 1 3;");
  BOOST_TEST(book.reserve(3, "C-2") == "V/C-2: 2 3;");
}

BOOST_AUTO_TEST_CASE(what_was_refused_or_only_shown_sells_nothing) {
  Book book;
  const booking::BookingView view{1, "V", "C-1", {}, {}};
  const booking::Reserve reserve{{"V", "C-1", std::nullopt}, 1};
  BOOST_TEST(!book.occupancy.note(reserve, {false, booking::Reason::suite_taken, view}).has_value());
  book.note(booking::Show{std::nullopt, std::nullopt, 1}, view);
  book.note(booking::Confirm{1}, view);
  BOOST_TEST(book.occupancy.occupied().empty());
}

BOOST_AUTO_TEST_CASE(histories_differ_where_both_sold_a_suite_to_different_bookings) {
  Book a, b;
  a.reserve(1, "C-1");
  b.reserve(2, "C-1");
  a.reserve(3, "C-2");
  b.reserve(3, "C-2");
  a.reserve(4, "C-3");
  b.reserve(4, "C-4");
  BOOST_TEST(sales(sold_differently(a.occupancy, b.occupancy)) == "V/C-1: 1 2;");
  BOOST_TEST(sales(sold_differently(b.occupancy, a.occupancy)) == "V/C-1: 1 2;");
  BOOST_TEST(sales(sold_differently(a.occupancy, a.occupancy)) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::audit
