// The model of who may write: it objects to each thing that it is there for, and to nothing else.
#include "audit/fencing.hpp"

#include <boost/test/unit_test.hpp>

namespace breakwater::audit {
namespace {

using namespace booking;  // NOLINT: every name here is its command

constexpr std::uint64_t kSecond = 1'000'000;

struct Book {
  Fencing fencing;

  void at(std::uint64_t second) { fencing.at_time(AgreedTime(second * kSecond)); }
  std::string note(const Command& command, decltype(Result::view) view) {
    return fencing.note(command, accepted(std::move(view))).value_or("");
  }
  std::string acquire(Token token, std::uint64_t until_second) {
    return note(Acquire{"J", "A", 1}, JobView{"J", token, LeaseView{"A", until_second * kSecond}});
  }
  std::string renew(Token token, std::uint64_t until_second) {
    return note(Renew{"J", token, std::nullopt}, JobView{"J", token, LeaseView{"A", until_second * kSecond}});
  }
  std::string release(Token token) { return note(Release{"J", token}, JobView{"J", token, std::nullopt}); }
  std::string check(Token token) { return note(CheckFence{"J", token}, JobView{"J", token, std::nullopt}); }
  std::string confirm(Guard guard) {
    return note(Confirm{1, std::move(guard)}, BookingView{1, "V", "S", std::nullopt, std::nullopt});
  }
  std::string fenced(Token token) { return confirm({Fence{"J", token}, std::nullopt}); }
};

BOOST_AUTO_TEST_SUITE(fencing)

BOOST_AUTO_TEST_CASE(a_token_that_does_not_grow_is_seen) {
  Book book;
  BOOST_TEST(book.acquire(3, 10) == "");
  BOOST_TEST(book.release(3) == "");
  BOOST_TEST(book.acquire(3, 10) == "job J: token 3 granted after 3");
  BOOST_TEST(book.acquire(2, 10) == "job J: token 2 granted after 3");
  BOOST_TEST(book.acquire(4, 10) == "");
  BOOST_TEST(book.note(Acquire{"K", "A", 1}, JobView{"K", 1, LeaseView{"A", kSecond}}) == "");
  BOOST_TEST(book.note(Acquire{"K", "A", 1}, {}) == "job K: token 0 granted after 1");
}

BOOST_AUTO_TEST_CASE(two_leases_at_once_are_seen) {
  Book book;
  book.acquire(1, 10);
  book.at(9);
  BOOST_TEST(book.acquire(2, 20) == "job J: token 2 granted while the lease of token 1 ran");
  book.at(20);
  BOOST_TEST(book.acquire(3, 30) == "");
}

BOOST_AUTO_TEST_CASE(a_deposed_writer_is_seen) {
  Book book;
  BOOST_TEST(book.fenced(0) == "job J: accepted under token 0 where the highest is 0");
  book.acquire(1, 10);
  book.release(1);
  BOOST_TEST(book.fenced(1) == "job J: accepted under token 1 whose lease is over");
  book.acquire(2, 10);
  BOOST_TEST(book.fenced(2) == "");
  const std::string stale = "job J: accepted under token 1 where the highest is 2";
  BOOST_TEST(book.fenced(1) == stale);
  BOOST_TEST(book.check(1) == stale);
  BOOST_TEST(book.renew(1, 20) == stale);
  BOOST_TEST(book.release(1) == stale);
}

BOOST_AUTO_TEST_CASE(a_lease_is_over_exactly_at_its_expiry) {
  Book book;
  book.acquire(1, 10);
  book.at(9);
  BOOST_TEST(book.fenced(1) == "");
  BOOST_TEST(book.renew(1, 20) == "");
  book.at(19);
  BOOST_TEST(book.check(1) == "");
  book.at(20);
  const std::string over = "job J: accepted under token 1 whose lease is over";
  BOOST_TEST(book.fenced(1) == over);
  BOOST_TEST(book.check(1) == over);
  BOOST_TEST(book.release(1) == over);
}

BOOST_AUTO_TEST_CASE(an_epoch_that_is_over_is_seen) {
  Book book;
  BOOST_TEST(book.confirm({std::nullopt, 0}) == "");
  BOOST_TEST(book.note(BumpEpoch{0}, EpochView{1}) == "");
  BOOST_TEST(book.confirm({std::nullopt, 0}) == "accepted at epoch 0 in epoch 1");
  BOOST_TEST(book.note(BumpEpoch{0}, EpochView{1}) == "accepted at epoch 0 in epoch 1");
  BOOST_TEST(book.note(BumpEpoch{1}, EpochView{3}) == "epoch 2 was passed over");
}

BOOST_AUTO_TEST_CASE(a_shard_with_two_owners_in_one_epoch_is_seen) {
  Book book;
  BOOST_TEST(book.note(AssignShard{"H", "A", 0}, ShardView{"H", "A", 1}) == "");
  BOOST_TEST(book.note(AssignShard{"H", "B", 0}, ShardView{"H", "B", 1}) == "shard H assigned at epoch 0, not 1");
  BOOST_TEST(book.note(AssignShard{"I", "B", 0}, ShardView{"I", "B", 1}) == "");
  BOOST_TEST(book.note(AssignShard{"H", "B", 1}, ShardView{"H", "B", 2}) == "");
}

BOOST_AUTO_TEST_CASE(refusals_and_what_is_shown_mean_nothing) {
  Book book;
  book.acquire(2, 10);
  BOOST_TEST(!book.fencing.note(CheckFence{"J", 1}, refused(Reason::stale_token)).has_value());
  BOOST_TEST(!book.fencing.note(Acquire{"J", "B", 1}, refused(Reason::lease_held)).has_value());
  BOOST_TEST(book.note(ShowJob{"J"}, JobView{"J", 7, std::nullopt}) == "");
  BOOST_TEST(book.confirm({}) == "");
  BOOST_TEST(book.fenced(2) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::audit
