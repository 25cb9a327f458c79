// Commands and results as canonical bytes: one spelling each, and everything else refused.
#include "booking/commands.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <set>

#include "booking/names.hpp"

namespace breakwater::booking {
namespace {

constexpr BookingNumber kLast = std::numeric_limits<BookingNumber>::max();
const std::string kLongest(kMaxNameBytes, 'n');

std::vector<std::string> names(std::size_t count) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back("S" + std::to_string(i));
  return out;
}

struct CommandCase {
  const char* what;
  Command command;
};
std::ostream& operator<<(std::ostream& out, const CommandCase& c) { return out << c.what; }

Guard fenced(const std::string& job, Token token, std::optional<Epoch> epoch = std::nullopt) {
  return {Fence{job, token}, epoch};
}
Guard in_epoch(Epoch epoch) { return {std::nullopt, epoch}; }

const CommandCase kCommands[] = {
    {"open a number", Open{"V", "C", 10, {}}},
    {"open names", Open{"V", "C", 0, {"S11", "S12"}}},
    {"open as many names as may be", Open{kLongest, kLongest, 0, names(kMaxNamesPerOpen)}},
    {"open beyond what the machine allows", Open{"V", "C", 0xffffffff, {"S"}}},
    {"reserve a suite", Reserve{{"V", "C-1", std::nullopt}, 7}},
    {"reserve of a class", Reserve{{"V", std::nullopt, "C"}, kLast}},
    {"hold a suite", Hold{{"V", "C-1", std::nullopt}, 0, 1}},
    {"hold of a class", Hold{{"V\xc3\xa9", std::nullopt, kLongest}, 7, kLast}},
    {"confirm", Confirm{7}},
    {"cancel", Cancel{kLast}},
    {"show a voyage", Show{"V", std::nullopt, std::nullopt}},
    {"show a suite", Show{"V", "C-1", std::nullopt}},
    {"show a booking", Show{std::nullopt, std::nullopt, 7}},
    {"reserve under a token", Reserve{{"V", "C-1", std::nullopt}, 7, fenced("J", 1)}},
    {"reserve in an epoch", Reserve{{"V", std::nullopt, "C"}, 7, in_epoch(0)}},
    {"hold under both", Hold{{"V", "C-1", std::nullopt}, 7, 1, fenced(kLongest, kLast, kLast)}},
    {"confirm under a token", Confirm{7, fenced("J", 0)}},
    {"cancel in an epoch", Cancel{7, in_epoch(kLast)}},
    {"assign a shard", AssignShard{kLongest, "O", kLast}},
    {"acquire", Acquire{"J", kLongest, kLast}},
    {"renew", Renew{"J", 1, std::nullopt}},
    {"renew for a time", Renew{"J", kLast, 60}},
    {"release", Release{"J", 1}},
    {"check a fence", CheckFence{"J", kLast}},
    {"bump the epoch", BumpEpoch{kLast}},
    {"show a shard", ShowShard{"H"}},
    {"show a job", ShowJob{kLongest}},
    {"show the epoch", ShowEpoch{}},
};

const BookingView kBooking{7, "V", "C-1", std::nullopt, std::nullopt};

struct ResultCase {
  const char* what;
  Result result;
};
std::ostream& operator<<(std::ostream& out, const ResultCase& c) { return out << c.what; }

const ResultCase kResults[] = {
    {"accepted without a view", {true, Reason::none, {}}},
    {"refused", {false, Reason::sold_out, {}}},
    {"opened", {true, Reason::none, OpenView{"V", "C", 10}}},
    {"a booking", {true, Reason::none, kBooking}},
    {"a shown booking", {true, Reason::none, BookingView{7, "V", "C-1", SuiteState::confirmed, std::nullopt}}},
    {"a shown hold", {true, Reason::none, BookingView{kLast, "V", "C-1", SuiteState::held, kLast}}},
    {"a voyage",
     {true, Reason::none,
      VoyageView{"V", {{"C-1", "C", SuiteState::held, 7}, {"D-1", "D", SuiteState::free, std::nullopt}}}}},
    {"a voyage without suites", {true, Reason::none, VoyageView{"V", {}}}},
    {"a shard", {true, Reason::none, ShardView{"H", "O", 1}}},
    {"a shard without an owner", {true, Reason::none, ShardView{"H", std::nullopt, 0}}},
    {"a held job", {true, Reason::none, JobView{"J", kLast, LeaseView{"A", kLast}}}},
    {"a free job", {true, Reason::none, JobView{"J", 3, std::nullopt}}},
    {"a job that nobody ever held", {true, Reason::none, JobView{"J", 0, std::nullopt}}},
    {"an epoch", {true, Reason::none, EpochView{kLast}}},
};

// Every byte changed: either refused, or another value whose one spelling these bytes are.
template <class Decode>
void check_one_spelling(const Bytes& bytes, Decode decode) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int mask : {0x01, 0x02, 0x80, 0xff}) {
      Bytes other = bytes;
      other[i] ^= static_cast<std::uint8_t>(mask);
      const auto decoded = decode(other);
      BOOST_TEST((!decoded || encode(*decoded) == other), "byte " << i << " mask " << mask);
    }
  }
}

template <class Decode>
void check_length(Bytes bytes, Decode decode) {
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    BOOST_TEST(!decode(ByteView(bytes).first(size)).has_value(), "cut to " << size);
  }
  bytes.push_back(0);
  BOOST_TEST(!decode(bytes).has_value());
}

BOOST_AUTO_TEST_SUITE(booking_commands)

BOOST_DATA_TEST_CASE(a_command_comes_back, kCommands, c) {
  BOOST_TEST((decode_command(encode(c.command)) == c.command));
}

BOOST_DATA_TEST_CASE(a_command_has_one_spelling, kCommands, c) {
  check_length(encode(c.command), decode_command);
  check_one_spelling(encode(c.command), decode_command);
}

BOOST_DATA_TEST_CASE(a_result_comes_back, kResults, c) { BOOST_TEST((decode_result(encode(c.result)) == c.result)); }

BOOST_DATA_TEST_CASE(a_result_has_one_spelling, kResults, c) {
  check_length(encode(c.result), decode_result);
  check_one_spelling(encode(c.result), decode_result);
}

// Written by hand from the layout: signed requests and archived slots hold these bytes for good.
BOOST_AUTO_TEST_CASE(golden_bytes) {
  const Hold hold{{"V1", std::nullopt, "C"}, 0x0102, 60};
  BOOST_TEST(to_hex(encode(hold)) ==
             "03"                // hold
             "020000005631"      // voyage
             "00"                // no suite
             "010100000043"      // class
             "0201000000000000"  // booking
             "3c00000000000000"  // seconds
  );
  const Confirm confirm{0x0102, fenced("J", 7, 3)};
  BOOST_TEST(to_hex(encode(confirm)) ==
             "07"                // guarded
             "03"                // by a fence and an epoch
             "010000004a"        // job
             "0700000000000000"  // token
             "0300000000000000"  // epoch
             "04"                // confirm
             "0201000000000000"  // booking
  );
  BOOST_TEST(to_hex(encode(Confirm{0x0102})) == "040201000000000000");
  const Renew renew{"J", 7, 60};
  BOOST_TEST(to_hex(encode(renew)) ==
             "0a"                // renew
             "010000004a"        // job
             "0700000000000000"  // token
             "01"                // for
             "3c00000000000000"  // seconds
  );
  const Open open{"V1", "C", 0, {"S1", "S2"}};
  BOOST_TEST(to_hex(encode(open)) ==
             "01"            // open
             "020000005631"  // voyage
             "0100000043"    // class
             "00000000"      // suites
             "02000000"      // names
             "020000005331"
             "020000005332");
  const Result held{true, Reason::none, BookingView{7, "V", "S", std::nullopt, 0x0a}};
  BOOST_TEST(to_hex(encode(held)) ==
             "01"  // accepted
             "00"  // no reason
             "02"  // a booking
             "0700000000000000"
             "0100000056"
             "0100000053"
             "00"                  // no state
             "010a00000000000000"  // expiry
  );
}

Bytes under_guard(ByteView guard, const Command& command) {
  return Writer().u8(7).raw(guard).raw(encode(command)).take();
}

BOOST_AUTO_TEST_CASE(a_guard_has_one_form) {
  const Bytes fence = Writer().u8(1).text("J").u64(7).take(), epoch = Writer().u8(2).u64(3).take();
  const Command confirm = Confirm{1};
  BOOST_TEST((decode_command(under_guard(fence, confirm)) == Command(Confirm{1, fenced("J", 7)})));
  BOOST_TEST((decode_command(under_guard(epoch, confirm)) == Command(Confirm{1, in_epoch(3)})));
  BOOST_TEST(!decode_command(under_guard(Writer().u8(0).bytes(), confirm)).has_value());  // that is none at all
  BOOST_TEST(!decode_command(under_guard(Writer().u8(4).bytes(), confirm)).has_value());
  BOOST_TEST(!decode_command(under_guard(Writer().u8(1).text("").u64(7).bytes(), confirm)).has_value());
  BOOST_TEST(!decode_command(under_guard(epoch, Confirm{1, in_epoch(3)})).has_value());  // twice
}

BOOST_DATA_TEST_CASE(only_bookings_are_guarded, kCommands, c) {
  const bool is_guarded = guard_of(c.command) != Guard{};
  const bool takes_one = std::holds_alternative<Reserve>(c.command) || std::holds_alternative<Hold>(c.command) ||
                         std::holds_alternative<Confirm>(c.command) || std::holds_alternative<Cancel>(c.command);
  const Bytes bytes = under_guard(Writer().u8(2).u64(3).bytes(), c.command);
  BOOST_TEST(decode_command(bytes).has_value() == (takes_one && !is_guarded));
}

BOOST_DATA_TEST_CASE(an_unknown_kind_is_refused, boost::unit_test::data::make({0, 17, 18, 255}), kind) {
  for (const CommandCase& c : kCommands) {
    Bytes bytes = encode(c.command);
    bytes[0] = static_cast<std::uint8_t>(kind);
    BOOST_TEST(!decode_command(bytes).has_value());
    bytes.insert(bytes.begin(), {7, 2, 0, 0, 0, 0, 0, 0, 0, 0});  // under a guard
    BOOST_TEST(!decode_command(bytes).has_value());
  }
  const std::uint8_t alone[] = {static_cast<std::uint8_t>(kind)};
  BOOST_TEST(!decode_command(alone).has_value());
}

struct NameCase {
  std::string name;
  bool good;
};
std::ostream& operator<<(std::ostream& out, const NameCase& c) { return out << to_hex(as_bytes(c.name)); }

const NameCase kNames[] = {
    {"C", true},
    {"Suite 7, port side", true},
    {kLongest, true},
    {"", false},
    {kLongest + "n", false},
    {std::string("a\0b", 3), false},
    {"a\nb", false},
    {"a\x1f", false},
    {"a\x7f", false},
    {"\xc3\xa9", true},           // U+00E9
    {"\xe2\x82\xac", true},       // U+20AC
    {"\xf0\x9f\x9a\xa2", true},   // U+1F6A2
    {"\xf4\x8f\xbf\xbf", true},   // the last code point
    {"\xf4\x90\x80\x80", false},  // beyond it
    {"\xc3", false},              // cut
    {"\xe2\x82", false},
    {"\x80", false},      // a continuation alone
    {"\xc0\x80", false},  // overlong
    {"\xc1\xbf", false},
    {"\xe0\x80\xaf", false},
    {"\xf0\x80\x80\xaf", false},
    {"\xed\xa0\x80", false},  // a surrogate
    {"\xc3\x28", false},
    {"\xff", false},
    {std::string(kMaxNameBytes - 1, 'n') + "\xc3\xa9", false},  // 65 bytes, though 64 characters
};

BOOST_DATA_TEST_CASE(names_are_held_to_their_limits_wherever_they_stand, kNames, c) {
  BOOST_TEST(is_name(c.name) == c.good);
  const Command commands[] = {
      Open{c.name, "C", 1, {}},
      Open{"V", c.name, 1, {}},
      Open{"V", "C", 0, {"S", c.name}},
      Reserve{{c.name, "S", std::nullopt}, 1},
      Reserve{{"V", c.name, std::nullopt}, 1},
      Hold{{"V", std::nullopt, c.name}, 1, 1},
      Show{c.name, std::nullopt, std::nullopt},
      Show{"V", c.name, std::nullopt},
      Confirm{1, fenced(c.name, 1)},
      AssignShard{c.name, "O", 0},
      AssignShard{"H", c.name, 0},
      Acquire{c.name, "A", 1},
      Acquire{"J", c.name, 1},
      Renew{c.name, 1, std::nullopt},
      Release{c.name, 1},
      CheckFence{c.name, 1},
      ShowShard{c.name},
      ShowJob{c.name},
  };
  for (const Command& command : commands) {
    BOOST_TEST(decode_command(encode(command)).has_value() == c.good, kind_of(command));
  }
  const decltype(Result::view) views[] = {
      OpenView{c.name, "C", 1},
      OpenView{"V", c.name, 1},
      BookingView{1, c.name, "S", std::nullopt, std::nullopt},
      BookingView{1, "V", c.name, std::nullopt, std::nullopt},
      VoyageView{c.name, {}},
      VoyageView{"V", {{c.name, "C", SuiteState::free, std::nullopt}}},
      VoyageView{"V", {{"S", c.name, SuiteState::free, std::nullopt}}},
      ShardView{c.name, "O", 1},
      ShardView{"H", c.name, 1},
      JobView{c.name, 0, std::nullopt},
      JobView{"J", 1, LeaseView{c.name, 1}},
  };
  for (const auto& view : views) {
    BOOST_TEST(decode_result(encode(Result{true, Reason::none, view})).has_value() == c.good);
  }
}

BOOST_AUTO_TEST_CASE(a_control_character_of_the_second_block_is_refused) {
  BOOST_TEST(!is_name("a\xc2\x85"));  // U+0085: moves the cursor of a terminal like a newline
}

const CommandCase kNonsense[] = {
    {"reserve of nothing", Reserve{{"V", std::nullopt, std::nullopt}, 1}},
    {"reserve of a suite and a class", Reserve{{"V", "C-1", "C"}, 1}},
    {"hold of nothing", Hold{{"V", std::nullopt, std::nullopt}, 1, 1}},
    {"hold of a suite and a class", Hold{{"V", "C-1", "C"}, 1, 1}},
    {"show of nothing", Show{std::nullopt, std::nullopt, std::nullopt}},
    {"show of a voyage and a booking", Show{"V", std::nullopt, 1}},
    {"show of a suite of no voyage", Show{std::nullopt, "C-1", std::nullopt}},
    {"show of a suite and a booking", Show{std::nullopt, "C-1", 1}},
    {"more names than may be", Open{"V", "C", 0, names(kMaxNamesPerOpen + 1)}},
};

BOOST_DATA_TEST_CASE(commands_that_mean_nothing_are_refused, kNonsense, c) {
  BOOST_TEST(!decode_command(encode(c.command)).has_value());
}

BOOST_AUTO_TEST_CASE(results_that_mean_nothing_are_refused) {
  BOOST_TEST(!decode_result(encode(Result{true, Reason::sold_out, {}})).has_value());
  BOOST_TEST(!decode_result(encode(Result{false, Reason::none, {}})).has_value());
  BOOST_TEST(!decode_result(encode(Result{false, static_cast<Reason>(kReasonCount), {}})).has_value());
  const auto state = static_cast<SuiteState>(kSuiteStateCount);
  const BookingView booking{1, "V", "S", state, std::nullopt};
  BOOST_TEST(!decode_result(encode(Result{true, Reason::none, booking})).has_value());
  const VoyageView voyage{"V", {{"S", "C", state, std::nullopt}}};
  BOOST_TEST(!decode_result(encode(Result{true, Reason::none, voyage})).has_value());
  BOOST_TEST(!decode_result(encode(accepted(ShardView{"H", std::nullopt, 1}))).has_value());
  BOOST_TEST(!decode_result(encode(accepted(ShardView{"H", "O", 0}))).has_value());
  BOOST_TEST(!decode_result(encode(accepted(JobView{"J", 0, LeaseView{"A", 1}}))).has_value());
  const std::uint8_t unknown_view[] = {1, 0, 7};
  BOOST_TEST(!decode_result(unknown_view).has_value());
}

// Nothing is allocated for a length that the bytes cannot hold.
BOOST_AUTO_TEST_CASE(absurd_counts_are_refused) {
  BOOST_TEST(!decode_command(Writer().u8(1).text("V").text("C").u32(0).u32(0xffffffff).bytes()).has_value());
  BOOST_TEST(!decode_command(Writer().u8(1).u32(0xffffffff).bytes()).has_value());
  BOOST_TEST(!decode_result(Writer().u8(1).u8(0).u8(3).text("V").u32(0xffffffff).bytes()).has_value());
}

BOOST_AUTO_TEST_CASE(every_reason_and_state_comes_back_and_has_a_name_of_its_own) {
  std::set<std::string_view> reasons, states;
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    const Result result{i == 0, static_cast<Reason>(i), {}};
    BOOST_TEST((decode_result(encode(result)) == result));
    reasons.insert(name_of(result.reason));
  }
  for (std::size_t i = 0; i < kSuiteStateCount; ++i) states.insert(name_of(static_cast<SuiteState>(i)));
  BOOST_TEST(reasons.size() == kReasonCount);
  BOOST_TEST(states.size() == kSuiteStateCount);
  BOOST_TEST(name_of(Reason::stale_epoch) == "stale_epoch");
  BOOST_TEST(name_of(SuiteState::confirmed) == "confirmed");
}

BOOST_AUTO_TEST_CASE(kinds_are_named) {
  std::string all;
  for (const Command& command :
       {Command(Open{}), Command(Reserve{}), Command(Hold{}), Command(Confirm{}), Command(Cancel{}), Command(Show{}),
        Command(AssignShard{}), Command(Acquire{}), Command(Renew{}), Command(Release{}), Command(CheckFence{}),
        Command(BumpEpoch{}), Command(ShowShard{}), Command(ShowJob{}), Command(ShowEpoch{})}) {
    all += std::string(kind_of(command)) + " ";
  }
  BOOST_TEST(
      all ==
      "open reserve hold confirm cancel show assign-shard acquire renew release check-fence bump-epoch show show "
      "show ");
}

// Ascending: each is below all that follow.
const std::string kAscending[] = {"1",    "C",    "C-",    "C-1", "C-02", "C-2",  "C-2a",  "C-2b1", "C-03",    "C-9",
                                  "C-10", "C-99", "C-100", "C-a", "C1",   "C1-2", "C1-10", "D-1",   "\xc3\xa9"};

BOOST_AUTO_TEST_CASE(suites_order_as_numbers_and_strictly) {
  const NaturalLess less;
  for (std::size_t i = 0; i < std::size(kAscending); ++i) {
    for (std::size_t j = 0; j < std::size(kAscending); ++j) {
      BOOST_TEST(less(kAscending[i], kAscending[j]) == (i < j), kAscending[i] << " and " << kAscending[j]);
    }
  }
  // Longer than any integer type.
  BOOST_TEST(less("C-99999999999999999999998", "C-99999999999999999999999"));
  BOOST_TEST(less("C-99999999999999999999999", "C-100000000000000000000000"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::booking
