// The booking rules, as a client sees them in results, and the state as leaves.
#include "booking/booking_machine.hpp"

#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <map>
#include <random>
#include <set>

namespace breakwater::booking {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;  // agreed time counts microseconds

Target suite(const std::string& name, const std::string& voyage = "V") { return {voyage, name, std::nullopt}; }
Target any_of(const std::string& suite_class, const std::string& voyage = "V") {
  return {voyage, std::nullopt, suite_class};
}
Open opening(const std::string& suite_class, std::uint32_t suites, const std::string& voyage = "V") {
  return {voyage, suite_class, suites, {}};
}
Show show_voyage(const std::string& voyage) { return {voyage, std::nullopt, std::nullopt}; }
Show show_booking(BookingNumber number) { return {std::nullopt, std::nullopt, number}; }

// "accepted C-2", "accepted", or the reason.
std::string told(const Result& result) {
  if (!result.accepted) return std::string(name_of(result.reason));
  const auto* view = std::get_if<BookingView>(&result.view);
  return view == nullptr ? "accepted" : "accepted " + view->suite;
}

// A machine that is spoken to in bytes, as the replicas do.
struct Group {
  BookingMachine machine;
  std::uint64_t now_us = 1000 * kSecond;

  Result ask(const Command& command, ClientRole role = ClientRole::desk) {
    return decode_result(machine.apply(encode(command), {ClientId(1), role, AgreedTime(now_us)})).value();
  }
  std::string tell(const Command& command, ClientRole role = ClientRole::desk) { return told(ask(command, role)); }
  std::string open(const Open& command) { return tell(command, ClientRole::operator_role); }
};

// V has C-1 .. C-3; booking 1 has C-1 reserved, 2 has C-2 confirmed, 3 has C-3 held for ten seconds.
Group full_voyage() {
  Group group;
  BOOST_REQUIRE(group.open(opening("C", 3)) == "accepted");
  BOOST_REQUIRE(group.tell(Reserve{any_of("C"), 1}) == "accepted C-1");
  BOOST_REQUIRE(group.tell(Reserve{any_of("C"), 2}) == "accepted C-2");
  BOOST_REQUIRE(group.tell(Confirm{2}) == "accepted C-2");
  BOOST_REQUIRE(group.tell(Hold{any_of("C"), 3, 10}) == "accepted C-3");
  return group;
}

BOOST_AUTO_TEST_SUITE(booking_machine)

struct Refusal {
  const char* what;
  Command command;
  ClientRole role;
  const char* answer;
};
std::ostream& operator<<(std::ostream& out, const Refusal& refusal) { return out << refusal.what; }

constexpr ClientRole kDesk = ClientRole::desk;
constexpr ClientRole kOperator = ClientRole::operator_role;

// Asked of full_voyage() with a second class D whose only suite is free and is called X.
const Refusal kRefusals[] = {
    {"a desk opens", opening("E", 1), kDesk, "not_permitted"},
    {"a desk opens nothing", opening("E", 0), kDesk, "not_permitted"},
    {"a desk opens what exists", opening("C", 3), kDesk, "not_permitted"},
    {"no suites", opening("E", 0), kOperator, "malformed"},
    {"no suites of a class that exists", opening("C", 0), kOperator, "malformed"},
    {"a number and names", Open{"V", "E", 1, {"E1"}}, kOperator, "malformed"},
    {"a name twice", Open{"V", "E", 0, {"E1", "E1"}}, kOperator, "malformed"},
    {"a name of another class", Open{"V", "E", 0, {"E1", "X"}}, kOperator, "malformed"},
    {"a name of another class, for a class that exists", Open{"V", "C", 0, {"X"}}, kOperator, "malformed"},
    {"a class that exists", opening("C", 9), kOperator, "voyage_exists"},
    {"a hold of no time", Hold{any_of("C", "W"), 1, 0}, kDesk, "malformed"},
    {"a hold for too long", Hold{any_of("C", "W"), 1, kMaxTtlSeconds + 1}, kDesk, "malformed"},
    {"an unknown voyage, a used number", Reserve{suite("C-1", "W"), 1}, kDesk, "unknown_voyage"},
    {"an unknown suite, a used number", Reserve{suite("C-4"), 1}, kDesk, "unknown_suite"},
    {"an unknown class, a used number", Hold{any_of("c"), 1, 5}, kDesk, "unknown_suite"},
    {"a used number, a taken suite", Reserve{suite("C-2"), 1}, kDesk, "booking_exists"},
    {"a used number, its own suite", Reserve{suite("C-1"), 1}, kDesk, "booking_exists"},
    {"a used number, a sold out class", Hold{any_of("C"), 2, 5}, kDesk, "booking_exists"},
    {"a used number, a free suite", Reserve{suite("X"), 3}, kDesk, "booking_exists"},
    {"a reserved suite", Reserve{suite("C-1"), 9}, kDesk, "suite_taken"},
    {"a confirmed suite", Hold{suite("C-2"), 9, 5}, kDesk, "suite_taken"},
    {"a held suite", Reserve{suite("C-3"), 9}, kDesk, "suite_taken"},
    {"a sold out class", Reserve{any_of("C"), 9}, kDesk, "sold_out"},
    {"an unknown number to confirm", Confirm{9}, kDesk, "unknown_booking"},
    {"an unknown number to cancel", Cancel{9}, kDesk, "unknown_booking"},
    {"an unknown number to show", show_booking(9), kDesk, "unknown_booking"},
    {"an unknown voyage to show", show_voyage("W"), kDesk, "unknown_voyage"},
    {"an unknown suite to show", Show{"V", "C-4", std::nullopt}, kDesk, "unknown_suite"},
};

BOOST_DATA_TEST_CASE(the_first_reason_that_applies_is_given, kRefusals, refusal) {
  Group group = full_voyage();
  BOOST_REQUIRE(group.open({"V", "D", 0, {"X"}}) == "accepted");
  const auto before = group.ask(show_voyage("V"));
  BOOST_TEST(group.tell(refusal.command, refusal.role) == refusal.answer);
  BOOST_TEST((group.ask(show_voyage("V")) == before));  // a refusal changes nothing
}

BOOST_AUTO_TEST_CASE(a_class_takes_its_lowest_free_suite_counted_as_numbers) {
  Group group;
  group.open(opening("C", 11));
  for (BookingNumber n = 1; n <= 11; ++n) {
    BOOST_TEST(group.tell(Reserve{any_of("C"), n}) == "accepted C-" + std::to_string(n));
  }
  BOOST_TEST(group.tell(Reserve{any_of("C"), 12}) == "sold_out");
  group.tell(Cancel{10});
  group.tell(Cancel{2});
  BOOST_TEST(group.tell(Hold{any_of("C"), 12, 5}) == "accepted C-2");
  BOOST_TEST(group.tell(Reserve{any_of("C"), 13}) == "accepted C-10");
}

BOOST_AUTO_TEST_CASE(names_given_by_hand_count_as_numbers_too) {
  Group group;
  BOOST_TEST(group.open({"V", "Inside", 0, {"S100", "S9", "S11", "Bow"}}) == "accepted");
  BOOST_TEST(group.tell(Reserve{any_of("Inside"), 1}) == "accepted Bow");
  BOOST_TEST(group.tell(Reserve{any_of("Inside"), 2}) == "accepted S9");
  BOOST_TEST(group.tell(Reserve{any_of("Inside"), 3}) == "accepted S11");
  BOOST_TEST(group.tell(Reserve{any_of("Inside"), 4}) == "accepted S100");
}

BOOST_AUTO_TEST_CASE(a_class_never_takes_a_suite_of_another_class_or_voyage) {
  Group group;
  group.open(opening("C", 1));
  group.open(opening("D", 1));
  group.open(opening("C", 1, "W"));
  BOOST_TEST(group.tell(Reserve{any_of("D"), 1}) == "accepted D-1");
  BOOST_TEST(group.tell(Reserve{any_of("C"), 2}) == "accepted C-1");
  BOOST_TEST(group.tell(Reserve{any_of("C"), 3}) == "sold_out");
  const Result other = group.ask(Reserve{suite("C-1", "W"), 3});
  BOOST_TEST((other.view == decltype(other.view)(BookingView{3, "W", "C-1", {}, {}})));
}

BOOST_AUTO_TEST_CASE(a_name_of_another_voyage_is_free_to_use) {
  Group group;
  group.open({"V", "C", 0, {"S1"}});
  BOOST_TEST(group.open({"W", "D", 0, {"S1"}}) == "accepted");
}

BOOST_AUTO_TEST_CASE(confirm_accepts_reserved_held_and_confirmed) {
  Group group = full_voyage();
  for (int again = 0; again < 2; ++again) {
    BOOST_TEST(group.tell(Confirm{1}) == "accepted C-1");
    BOOST_TEST(group.tell(Confirm{2}) == "accepted C-2");
    BOOST_TEST(group.tell(Confirm{3}) == "accepted C-3");
  }
  for (const auto& occupied : group.machine.occupied()) BOOST_TEST((occupied.state == SuiteState::confirmed));
  group.now_us += 100 * kSecond;
  BOOST_TEST(group.tell(Confirm{3}) == "accepted C-3");  // no longer a hold
  BOOST_TEST(group.machine.occupied().size() == 3u);
}

BOOST_DATA_TEST_CASE(cancel_frees_the_suite_and_the_number, boost::unit_test::data::xrange(1u, 4u), number) {
  Group group = full_voyage();
  const std::string its_suite = "accepted C-" + std::to_string(number);
  BOOST_TEST(group.tell(Cancel{number}) == its_suite);
  BOOST_TEST(group.tell(Cancel{number}) == "unknown_booking");
  BOOST_TEST(group.tell(Confirm{number}) == "unknown_booking");
  BOOST_TEST(group.tell(Reserve{any_of("C"), number}) == its_suite);
  // The cancelled hold's time must not take the new reservation with it.
  group.now_us += 100 * kSecond;
  BOOST_TEST(group.tell(Reserve{any_of("C"), 9}) == (number == 3 ? "sold_out" : "accepted C-3"));
  BOOST_TEST(group.tell(show_booking(number)) == its_suite);
}

struct Moment {
  std::uint64_t after_us;
  const char* answer;
};
std::ostream& operator<<(std::ostream& out, const Moment& moment) { return out << moment.after_us << " us"; }

const Moment kMoments[] = {
    {0, "accepted C-3"},
    {10 * kSecond - 1, "accepted C-3"},
    {10 * kSecond, "hold_expired"},
    {10 * kSecond + 1, "hold_expired"},
};

BOOST_DATA_TEST_CASE(a_hold_ends_exactly_at_its_expiry, kMoments, moment) {
  for (const Command& command : {Command(Confirm{3}), Command(Cancel{3}), Command(show_booking(3))}) {
    Group group = full_voyage();
    group.now_us += moment.after_us;
    BOOST_TEST(group.tell(command) == moment.answer);
  }
  Group group = full_voyage();
  group.now_us += moment.after_us;
  const bool over = moment.answer == std::string("hold_expired");
  BOOST_TEST(group.tell(Reserve{suite("C-3"), 9}) == (over ? "accepted C-3" : "suite_taken"));
  BOOST_TEST(group.tell(Reserve{any_of("C"), 3}) == (over ? "sold_out" : "booking_exists"));
  BOOST_TEST(group.tell(Confirm{1}) == "accepted C-1");  // a reservation has no time
}

BOOST_AUTO_TEST_CASE(the_number_of_an_expired_hold_may_reserve_or_hold_again) {
  Group group = full_voyage();
  group.now_us += 10 * kSecond;
  BOOST_TEST(group.tell(Reserve{suite("C-1"), 3}) == "suite_taken");
  BOOST_TEST(group.tell(Confirm{3}) == "hold_expired");  // a refused attempt leaves it expired
  BOOST_TEST(group.tell(Hold{any_of("C"), 3, 5}) == "accepted C-3");
  BOOST_TEST(group.tell(Hold{any_of("C"), 3, 5}) == "booking_exists");
  group.now_us += 5 * kSecond;
  BOOST_TEST(group.tell(Confirm{3}) == "hold_expired");
  BOOST_TEST(group.tell(Reserve{any_of("C"), 3}) == "accepted C-3");
  group.now_us += 100 * kSecond;
  BOOST_TEST(group.tell(Confirm{3}) == "accepted C-3");
}

BOOST_AUTO_TEST_CASE(the_longest_hold_is_a_leap_year) {
  Group group;
  group.open(opening("C", 1));
  BOOST_TEST(group.tell(Hold{any_of("C"), 1, kMaxTtlSeconds}) == "accepted C-1");
  group.now_us += kMaxTtlSeconds * kSecond - 1;
  BOOST_TEST(group.tell(Hold{any_of("C"), 2, 1}) == "sold_out");
  group.now_us += 1;
  BOOST_TEST(group.tell(Hold{any_of("C"), 2, 1}) == "accepted C-1");
}

// Otherwise a client could fill the memory of every replica with holds that it never confirms.
BOOST_AUTO_TEST_CASE(expired_holds_are_remembered_up_to_a_bound) {
  Group group;
  group.open(opening("C", 1));
  for (BookingNumber n = 1; n <= kExpiredHoldsKept; ++n) {
    BOOST_REQUIRE(group.ask(Hold{any_of("C"), n, 1}).accepted);
    group.now_us += kSecond;
  }
  BOOST_TEST(group.tell(Confirm{1}) == "hold_expired");
  group.tell(Hold{any_of("C"), kExpiredHoldsKept + 1, 1});
  BOOST_TEST(group.tell(Confirm{1}) == "hold_expired");
  group.machine.take_changed();
  group.now_us += kSecond;
  BOOST_TEST(group.tell(Confirm{1}) == "unknown_booking");
  BOOST_TEST(group.tell(Confirm{2}) == "hold_expired");
  BOOST_TEST(group.tell(Confirm{kExpiredHoldsKept + 1}) == "hold_expired");
  const Bytes first = Writer().u8('b').u8('b').ordered_u64(1).take();
  BOOST_TEST(!group.machine.leaf(first).has_value());
  BOOST_TEST((std::ranges::count(group.machine.take_changed(), first) == 1));
}

// A number that is used again is no expired hold any more, and must not be forgotten as one.
BOOST_AUTO_TEST_CASE(the_bound_on_expired_holds_spares_a_number_in_use) {
  Group group;
  group.open(opening("C", 1));
  group.open(opening("D", 1));
  for (BookingNumber n = 1; n <= kExpiredHoldsKept + 1; ++n) {
    BOOST_REQUIRE(group.ask(Hold{any_of("C"), n, 1}).accepted);
    group.now_us += kSecond;
    if (n == 1) BOOST_TEST(group.tell(Reserve{any_of("D"), 1}) == "accepted D-1");
  }
  BOOST_TEST(group.tell(Confirm{1}) == "accepted D-1");
  BOOST_TEST(group.tell(Confirm{2}) == "hold_expired");
}

BOOST_AUTO_TEST_CASE(open_tells_what_it_opened) {
  Group group;
  const Result numbered = group.ask(opening("C", 3), kOperator);
  BOOST_TEST((numbered == Result{true, Reason::none, OpenView{"V", "C", 3}}));
  const Result named = group.ask(Open{"V", "D", 0, {"a", "b"}}, kOperator);
  BOOST_TEST((named == Result{true, Reason::none, OpenView{"V", "D", 2}}));
}

BOOST_AUTO_TEST_CASE(a_class_and_a_voyage_have_limits) {
  Group group;
  BOOST_TEST(group.open(opening("A", kMaxSuitesPerClass + 1)) == "malformed");
  BOOST_TEST(group.tell(show_voyage("V")) == "unknown_voyage");  // refused as a whole
  BOOST_TEST(group.open(opening("A", kMaxSuitesPerClass)) == "accepted");
  BOOST_TEST(group.open(opening("B", kMaxSuitesPerVoyage - kMaxSuitesPerClass)) == "accepted");
  BOOST_TEST(group.open(opening("C", 1)) == "malformed");
  BOOST_TEST(group.open(opening("C", 1, "W")) == "accepted");
}

BOOST_AUTO_TEST_CASE(a_suite_name_made_of_its_class_is_limited_too) {
  Group group;
  BOOST_TEST(group.open(opening(std::string(kMaxNameBytes - 2, 'C'), 9)) == "accepted");
  BOOST_TEST(group.open(opening(std::string(kMaxNameBytes - 2, 'D'), 10)) == "malformed");
}

BOOST_AUTO_TEST_CASE(show_of_a_voyage_lists_by_class_then_number) {
  Group group;
  group.open({"V", "D", 0, {"S10", "S9"}});
  group.open({"V", "C", 0, {"Z", "S8"}});
  group.open(opening("E", 1, "W"));
  group.tell(Reserve{suite("S9"), 1});
  group.tell(Hold{suite("Z"), 2, 10});
  group.tell(Reserve{suite("S8"), 3});
  group.tell(Confirm{3});
  const VoyageView expected{"V",
                            {{"S8", "C", SuiteState::confirmed, 3},
                             {"Z", "C", SuiteState::held, 2},
                             {"S9", "D", SuiteState::reserved, 1},
                             {"S10", "D", SuiteState::free, std::nullopt}}};
  BOOST_TEST((group.ask(show_voyage("V")) == Result{true, Reason::none, expected}));
  const Result one = group.ask(Show{"V", "S9", std::nullopt});
  BOOST_TEST((one == Result{true, Reason::none, VoyageView{"V", {expected.suites[2]}}}));
}

BOOST_AUTO_TEST_CASE(show_of_a_booking_tells_state_and_expiry) {
  Group group = full_voyage();
  const auto view = [&](BookingNumber number) { return std::get<BookingView>(group.ask(show_booking(number)).view); };
  BOOST_TEST((view(1) == BookingView{1, "V", "C-1", SuiteState::reserved, std::nullopt}));
  BOOST_TEST((view(2) == BookingView{2, "V", "C-2", SuiteState::confirmed, std::nullopt}));
  BOOST_TEST((view(3) == BookingView{3, "V", "C-3", SuiteState::held, group.now_us + 10 * kSecond}));
}

BOOST_AUTO_TEST_CASE(occupied_lists_what_is_not_free) {
  Group group = full_voyage();
  group.tell(Cancel{1});
  const auto occupied = group.machine.occupied();
  BOOST_REQUIRE(occupied.size() == 2u);
  BOOST_TEST((occupied[0].suite == "C-2" && occupied[0].booking == 2 && occupied[0].state == SuiteState::confirmed));
  BOOST_TEST((occupied[1].suite == "C-3" && occupied[1].booking == 3 && occupied[1].state == SuiteState::held));
}

// Random commands over few voyages, suites and numbers, so that they meet each other often.
class Traffic {
 public:
  explicit Traffic(std::uint32_t seed) : random_(seed) {}

  struct Asked {
    Bytes command;
    CommandContext context;
  };
  Asked next() {
    now_us_ += pick(4) == 0 ? pick(3) * kSecond : 0;
    const ClientRole role = pick(8) == 0 ? kDesk : kOperator;
    return {encode(command()), {ClientId(1), role, AgreedTime(now_us_)}};
  }
  std::uint32_t pick(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }
  std::mt19937& random() { return random_; }

 private:
  Command command() {
    const BookingNumber number = 1 + pick(10);
    switch (pick(18)) {
      case 12: return Acquire{job(), "candidate", pick(6)};
      case 13: return Renew{job(), token(), pick(6)};
      case 14: return Release{job(), token()};
      case 15: return CheckFence{job(), token()};
      case 16: return AssignShard{job(), "owner", pick(3)};
      case 17: return BumpEpoch{pick(3)};
      case 0: return Open{voyage(), suite_class(), pick(5), {}};
      case 1: return Open{voyage(), suite_class(), 0, {"S" + std::to_string(pick(12)), "S" + std::to_string(pick(12))}};
      case 2:
      case 3: return Reserve{target(), number, guard()};
      case 4:
      case 5:
      case 6: return Hold{target(), number, pick(6), guard()};
      case 7:
      case 8: return Confirm{number, guard()};
      case 9: return Cancel{number, guard()};
      case 10: return show_booking(number);
      default: return show_voyage(voyage());
    }
  }
  std::string job() { return pick(2) == 0 ? "J" : "K"; }
  Token token() { return 1 + pick(4); }
  Guard guard() {
    if (pick(4) != 0) return {};
    return pick(2) == 0 ? Guard{Fence{job(), token()}, std::nullopt} : Guard{std::nullopt, pick(3)};
  }
  std::string voyage() { return pick(2) == 0 ? "V" : "W"; }
  std::string suite_class() { return pick(2) == 0 ? "C" : "D"; }
  Target target() {
    return pick(2) == 0 ? any_of(suite_class(), voyage())
                        : suite(suite_class() + "-" + std::to_string(1 + pick(4)), voyage());
  }
  std::mt19937 random_;
  std::uint64_t now_us_ = kSecond;
};

Bytes answer(BookingMachine& machine, const Traffic::Asked& asked) {
  return machine.apply(asked.command, asked.context);
}

using Leaves = std::map<Bytes, Bytes>;

// What a checkpoint does: the changed keys alone are read.
void refresh(Leaves& leaves, BookingMachine& machine) {
  const std::vector<Bytes> changed = machine.take_changed();
  BOOST_TEST(std::ranges::is_sorted(changed));
  BOOST_TEST((std::ranges::adjacent_find(changed) == changed.end()));
  for (const Bytes& key : changed) {
    if (const auto value = machine.leaf(key)) leaves[key] = *value;
    else leaves.erase(key);
  }
  BOOST_TEST(machine.take_changed().empty());
}

// Leaves come in any order.
void restore(BookingMachine& machine, const Leaves& leaves, std::mt19937& random) {
  std::vector<std::pair<Bytes, Bytes>> order(leaves.begin(), leaves.end());
  std::ranges::shuffle(order, random);
  for (const auto& [key, value] : order) BOOST_REQUIRE(machine.load_leaf(key, value));
}

const auto kSeeds = boost::unit_test::data::xrange(1u, 21u);

BOOST_DATA_TEST_CASE(leaves_restore_an_equal_machine, kSeeds, seed) {
  Traffic traffic(seed);
  BookingMachine original;
  Leaves leaves;
  for (int i = 0; i < 400; ++i) {
    answer(original, traffic.next());
    if (traffic.pick(20) == 0) refresh(leaves, original);
  }
  refresh(leaves, original);

  BookingMachine restored;
  restore(restored, leaves, traffic.random());
  BOOST_TEST(restored.take_changed().empty());  // loading is no change
  for (const auto& [key, value] : leaves) {
    BOOST_TEST((original.leaf(key) == value));  // no change was kept from take_changed
    BOOST_TEST((restored.leaf(key) == value));
    BOOST_TEST(!restored.load_leaf(key, value));  // into an empty place only
  }
}

BOOST_DATA_TEST_CASE(a_restored_machine_goes_on_like_the_original, kSeeds, seed) {
  Traffic traffic(seed);
  BookingMachine original, restored;
  Leaves leaves, restored_leaves;
  for (int i = 0; i < 200; ++i) answer(original, traffic.next());
  refresh(leaves, original);
  restore(restored, leaves, traffic.random());
  restored_leaves = leaves;
  for (int i = 0; i < 200; ++i) {
    const Traffic::Asked asked = traffic.next();
    BOOST_TEST((answer(original, asked) == answer(restored, asked)));
  }
  refresh(leaves, original);
  refresh(restored_leaves, restored);
  BOOST_TEST((leaves == restored_leaves));
}

// Otherwise a replica that was restarted would remember what the others forget, and its state would differ.
BOOST_AUTO_TEST_CASE(a_restored_machine_forgets_expired_holds_like_the_original) {
  Group original, restored;
  original.open(opening("C", 1));
  for (BookingNumber n = 1; n <= kExpiredHoldsKept; ++n) {
    BOOST_REQUIRE(original.ask(Hold{any_of("C"), n, 1}).accepted);
    original.now_us += kSecond;
  }
  original.tell(show_voyage("V"));  // the last hold expires
  Leaves leaves;
  refresh(leaves, original.machine);
  std::mt19937 random(1);
  restore(restored.machine, leaves, random);
  restored.now_us = original.now_us;
  for (Group* group : {&original, &restored}) {
    BOOST_TEST(group->tell(Hold{any_of("C"), kExpiredHoldsKept + 1, 1}) == "accepted C-1");
    group->now_us += kSecond;
    BOOST_TEST(group->tell(Confirm{1}) == "unknown_booking");
    BOOST_TEST(group->tell(Confirm{2}) == "hold_expired");
  }
}

BOOST_DATA_TEST_CASE(the_same_commands_give_the_same_results_and_leaves, kSeeds, seed) {
  const auto run = [](std::uint32_t s, std::vector<Bytes>& results) {
    Traffic traffic(s);
    BookingMachine machine;
    Leaves leaves;
    for (int i = 0; i < 300; ++i) results.push_back(answer(machine, traffic.next()));
    refresh(leaves, machine);
    return leaves;
  };
  std::vector<Bytes> first, second, other;
  const Leaves leaves = run(seed, first);
  BOOST_TEST((run(seed, second) == leaves));
  BOOST_TEST((first == second));
  run(seed + 1000, other);
  BOOST_TEST((first != other));
}

// Guards the three cases above: traffic that never meets a rule tests nothing.
BOOST_AUTO_TEST_CASE(the_random_commands_meet_every_rule) {
  std::set<std::string> met;
  for (std::uint32_t seed = 1; seed < 21; ++seed) {
    Traffic traffic(seed);
    BookingMachine machine;
    for (int i = 0; i < 200; ++i) {
      const Result result = decode_result(answer(machine, traffic.next())).value();
      met.insert(result.accepted ? "accepted" : std::string(name_of(result.reason)));
    }
  }
  const std::set<std::string> expected = {"accepted",        "not_permitted",  "malformed",    "voyage_exists",
                                          "unknown_voyage",  "unknown_suite",  "sold_out",     "suite_taken",
                                          "unknown_booking", "booking_exists", "hold_expired", "lease_held",
                                          "stale_token",     "stale_epoch"};
  BOOST_TEST((met == expected));
}

BOOST_AUTO_TEST_CASE(malformed_bytes_are_told_so) {
  Group group = full_voyage();
  const auto ask = [&](ByteView bytes) {
    const Bytes out = group.machine.apply(bytes, {ClientId(1), kOperator, AgreedTime(group.now_us)});
    return decode_result(out).value();
  };
  const Result malformed{false, Reason::malformed, {}};
  BOOST_TEST((ask({}) == malformed));
  const Bytes good = encode(Reserve{any_of("C"), 9});
  for (std::size_t size = 0; size < good.size(); ++size) BOOST_TEST((ask(ByteView(good).first(size)) == malformed));

  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    Bytes bytes = Traffic(static_cast<std::uint32_t>(random())).next().command;
    for (int flips = 0; flips < 3; ++flips) bytes[random() % bytes.size()] ^= static_cast<std::uint8_t>(random());
    if (!decode_command(bytes)) BOOST_TEST((ask(bytes) == malformed));
    else ask(bytes);  // another well-formed command: any result, and no throw
  }
}

BOOST_AUTO_TEST_CASE(leaves_that_do_not_decode_are_refused) {
  Group group = full_voyage();
  Leaves leaves;
  refresh(leaves, group.machine);
  BOOST_REQUIRE(leaves.size() == 4u);  // a class and three bookings
  for (const auto& [key, value] : leaves) {
    for (std::size_t size = 0; size < value.size(); ++size) {
      BOOST_TEST(!BookingMachine().load_leaf(key, ByteView(value).first(size)));
    }
    for (std::size_t size = 0; size < key.size(); ++size) {
      BOOST_TEST(!BookingMachine().load_leaf(ByteView(key).first(size), value));
    }
    Bytes longer = value;
    longer.push_back(0);
    BOOST_TEST(!BookingMachine().load_leaf(key, longer));
    Bytes other_key = key;
    other_key[1] = 'x';
    BOOST_TEST(!BookingMachine().load_leaf(other_key, value));
  }
}

BOOST_AUTO_TEST_CASE(leaves_that_contradict_each_other_are_refused) {
  const Bytes booking = Writer().text("V").text("C-1").u8(2).u64(0).take();
  const Bytes suites = Writer().u32(1).text("C-1").take();
  const auto booking_key = [](BookingNumber n) { return Writer().u8('b').u8('b').ordered_u64(n).take(); };
  const auto class_key = [](const char* name) { return Writer().u8('b').u8('c').text("V").text(name).take(); };

  BookingMachine two_bookings;
  BOOST_TEST(two_bookings.load_leaf(booking_key(1), booking));
  BOOST_TEST(!two_bookings.load_leaf(booking_key(2), booking));
  BookingMachine two_classes;
  BOOST_TEST(two_classes.load_leaf(class_key("C"), suites));
  BOOST_TEST(!two_classes.load_leaf(class_key("D"), suites));
  for (const int state : {0, 5}) {
    const Bytes unknown = Writer().text("V").text("C-1").u8(static_cast<std::uint8_t>(state)).u64(0).take();
    BOOST_TEST(!BookingMachine().load_leaf(booking_key(1), unknown));
  }
}

// What is loaded is what leaf() gives back: else the root that was checked would not be the state's.
BOOST_AUTO_TEST_CASE(leaves_in_another_form_are_refused) {
  const auto class_key = [](const char* name) { return Writer().u8('b').u8('c').text("V").text(name).take(); };
  const auto suites = [](const char* first, const char* second) {
    return Writer().u32(2).text(first).text(second).take();
  };
  BOOST_TEST(BookingMachine().load_leaf(class_key("C"), suites("C-2", "C-10")));
  BOOST_TEST(!BookingMachine().load_leaf(class_key("C"), suites("C-10", "C-2")));
  BOOST_TEST(!BookingMachine().load_leaf(class_key("C"), suites("", "C-2")));
  BOOST_TEST(!BookingMachine().load_leaf(class_key(""), suites("C-1", "C-2")));
  BookingMachine twice;
  BOOST_TEST(twice.load_leaf(class_key("C"), suites("C-1", "C-2")));
  BOOST_TEST(!twice.load_leaf(class_key("C"), suites("C-3", "C-4")));
}

// Computed by hand from the layout in booking/leaves.cpp: a changed leaf is another state root.
BOOST_AUTO_TEST_CASE(golden_leaves) {
  Group group = full_voyage();
  const Bytes class_leaf = group.machine.leaf(Writer().u8('b').u8('c').text("V").text("C").take()).value();
  BOOST_TEST(to_hex(class_leaf) ==
             "03000000"
             "03000000432d31"
             "03000000432d32"
             "03000000432d33");
  const Bytes key = Writer().u8('b').u8('b').ordered_u64(3).take();
  BOOST_TEST(to_hex(group.machine.leaf(key).value()) ==
             "0100000056"
             "03000000432d33"
             "01"
             "8060333c00000000");
  group.tell(Confirm{3});
  BOOST_TEST(to_hex(group.machine.leaf(key).value()) ==
             "0100000056"
             "03000000432d33"
             "03"
             "0000000000000000");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::booking
