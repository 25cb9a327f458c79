// Who may write: leases with fencing tokens, shards, the epoch, and bookings that name them.
#include "booking/control_plane.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <random>

#include "audit/fencing.hpp"
#include "booking/booking_machine.hpp"

namespace breakwater::booking {
namespace {

constexpr std::uint64_t kSecond = 1'000'000;  // agreed time counts microseconds
constexpr std::uint64_t kStart = 1000 * kSecond;

// What a client is told, in a word or a few.
std::string told(const Result& result) {
  if (!result.accepted) return std::string(name_of(result.reason));
  if (const auto* v = std::get_if<ShardView>(&result.view)) {
    return v->shard + " " + v->owner.value_or("nobody") + " " + std::to_string(v->epoch);
  }
  if (const auto* v = std::get_if<JobView>(&result.view)) {
    const std::string job = v->job + " " + std::to_string(v->token) + " ";
    return job + (v->lease ? v->lease->candidate + " until " + std::to_string((v->lease->expires_us - kStart) / kSecond)
                           : "free");
  }
  if (const auto* v = std::get_if<EpochView>(&result.view)) return "epoch " + std::to_string(v->epoch);
  if (const auto* v = std::get_if<BookingView>(&result.view)) return v->suite;
  return "accepted";
}

// A machine that is spoken to in bytes, as the replicas do.
struct Group {
  BookingMachine machine;
  std::uint64_t now_us = kStart;

  void at(std::uint64_t second) { now_us = kStart + second * kSecond; }
  std::string tell(const Command& command, ClientRole role = ClientRole::desk) {
    return told(decode_result(machine.apply(encode(command), {ClientId(1), role, AgreedTime(now_us)})).value());
  }
};

Reserve reserve(BookingNumber number, Guard guard = {}, const std::string& suite_class = "C") {
  return {{"V", std::nullopt, suite_class}, number, std::move(guard)};
}
Hold hold(BookingNumber number, Guard guard) { return {{"V", std::nullopt, "C"}, number, 10, std::move(guard)}; }
Guard fence(Token token, const std::string& job = "J") { return {Fence{job, token}, std::nullopt}; }
Guard in_epoch(Epoch epoch) { return {std::nullopt, epoch}; }

// V has C-1 .. C-9, of which booking 1 has C-1; B holds job J for ten seconds with token 2, A had it with token 1; the
// epoch is 1.
Group deposed() {
  Group group;
  BOOST_REQUIRE(group.tell(Open{"V", "C", 9, {}}, ClientRole::operator_role) == "accepted");
  BOOST_REQUIRE(group.tell(reserve(1)) == "C-1");
  BOOST_REQUIRE(group.tell(Acquire{"J", "A", 1}) == "J 1 A until 1");
  BOOST_REQUIRE(group.tell(Release{"J", 1}) == "J 1 free");
  BOOST_REQUIRE(group.tell(Acquire{"J", "B", 10}) == "J 2 B until 10");
  BOOST_REQUIRE(group.tell(BumpEpoch{0}) == "epoch 1");
  return group;
}

BOOST_AUTO_TEST_SUITE(control_plane)

BOOST_AUTO_TEST_CASE(a_shard_has_one_owner_by_its_own_epoch) {
  Group group;
  BOOST_TEST(group.tell(ShowShard{"H"}) == "H nobody 0");
  BOOST_TEST(group.tell(AssignShard{"H", "A", 1}) == "stale_epoch");
  BOOST_TEST(group.tell(AssignShard{"H", "A", 0}) == "H A 1");
  BOOST_TEST(group.tell(AssignShard{"H", "B", 0}) == "stale_epoch");
  BOOST_TEST(group.tell(AssignShard{"H", "B", 2}) == "stale_epoch");
  BOOST_TEST(group.tell(ShowShard{"H"}) == "H A 1");
  BOOST_TEST(group.tell(AssignShard{"H", "B", 1}) == "H B 2");
  BOOST_TEST(group.tell(AssignShard{"H", "B", 2}) == "H B 3");  // its owner again: another epoch all the same
  BOOST_TEST(group.tell(AssignShard{"I", "A", 0}) == "I A 1");
  BOOST_TEST(group.tell(ShowEpoch{}) == "epoch 0");  // the harbor's is another thing
}

BOOST_AUTO_TEST_CASE(the_epoch_is_bumped_by_who_knows_it) {
  Group group;
  BOOST_TEST(group.tell(ShowEpoch{}) == "epoch 0");
  BOOST_TEST(group.tell(BumpEpoch{1}) == "stale_epoch");
  BOOST_TEST(group.tell(BumpEpoch{0}) == "epoch 1");
  BOOST_TEST(group.tell(BumpEpoch{0}) == "stale_epoch");
  BOOST_TEST(group.tell(BumpEpoch{1}, ClientRole::operator_role) == "epoch 2");
  BOOST_TEST(group.tell(ShowEpoch{}) == "epoch 2");
}

BOOST_AUTO_TEST_CASE(a_token_only_grows) {
  Group group;
  BOOST_TEST(group.tell(ShowJob{"J"}) == "J 0 free");
  BOOST_TEST(group.tell(Acquire{"J", "A", 5}) == "J 1 A until 5");
  BOOST_TEST(group.tell(Acquire{"K", "A", 5}) == "K 1 A until 5");  // each job counts for itself
  BOOST_TEST(group.tell(Release{"J", 1}) == "J 1 free");
  BOOST_TEST(group.tell(ShowJob{"J"}) == "J 1 free");
  BOOST_TEST(group.tell(Acquire{"J", "A", 5}) == "J 2 A until 5");  // released, and by the same candidate
  group.at(5);
  BOOST_TEST(group.tell(ShowJob{"J"}) == "J 2 free");
  BOOST_TEST(group.tell(Acquire{"J", "B", 5}) == "J 3 B until 10");  // expired
  BOOST_TEST(group.tell(Renew{"J", 3, std::nullopt}) == "J 3 B until 10");
  group.at(1'000'000);
  BOOST_TEST(group.tell(Acquire{"J", "C", 5}) == "J 4 C until 1000005");
}

// For its own candidate too: of two processes under one name, both would hold the token, and no fence could part them.
BOOST_AUTO_TEST_CASE(a_running_lease_is_held_against_everybody) {
  Group group;
  group.tell(Acquire{"J", "A", 5});
  for (const std::string candidate : {"A", "B"}) {
    BOOST_TEST(group.tell(Acquire{"J", candidate, 5}) == "lease_held");
    BOOST_TEST(group.tell(Acquire{"J", candidate, 0}) == "malformed");
  }
  group.now_us = kStart + 5 * kSecond - 1;
  BOOST_TEST(group.tell(Acquire{"J", "B", 5}) == "lease_held");
  BOOST_TEST(group.tell(ShowJob{"J"}) == "J 1 A until 5");
  group.now_us += 1;
  BOOST_TEST(group.tell(Acquire{"J", "B", 5}) == "J 2 B until 10");
}

BOOST_AUTO_TEST_CASE(renew_counts_from_now_and_repeats_the_last_ttl) {
  Group group;
  group.tell(Acquire{"J", "A", 10});
  group.at(4);
  BOOST_TEST(group.tell(Renew{"J", 1, std::nullopt}) == "J 1 A until 14");
  BOOST_TEST(group.tell(Renew{"J", 1, 3}) == "J 1 A until 7");  // shorter, if one says so
  group.at(6);
  BOOST_TEST(group.tell(Renew{"J", 1, std::nullopt}) == "J 1 A until 9");
  BOOST_TEST(group.tell(Renew{"J", 1, kMaxTtlSeconds}) == "J 1 A until " + std::to_string(6 + kMaxTtlSeconds));
}

const std::uint64_t kBadTtls[] = {0, kMaxTtlSeconds + 1, ~std::uint64_t{0}};

BOOST_DATA_TEST_CASE(a_lease_has_a_length, boost::unit_test::data::make(kBadTtls), ttl) {
  Group group = deposed();
  BOOST_TEST(group.tell(Acquire{"K", "A", ttl}) == "malformed");
  BOOST_TEST(group.tell(Renew{"J", 2, ttl}) == "malformed");
  BOOST_TEST(group.tell(Renew{"J", 1, ttl}) == "malformed");  // before it is stale
  BOOST_TEST(group.tell(ShowJob{"J"}) == "J 2 B until 10");
  BOOST_TEST(group.tell(ShowJob{"K"}) == "K 0 free");
}

// Under every one of these tokens everything is refused; nothing else is changed by it.
struct Stale {
  const char* what;
  std::uint64_t second;
  Fence fence;
};
std::ostream& operator<<(std::ostream& out, const Stale& stale) { return out << stale.what; }

const Stale kStale[] = {
    {"a token of who released", 0, {"J", 1}},
    {"a token that was never granted", 0, {"J", 3}},
    {"the last token there is", 0, {"J", ~Token{0}}},
    {"no token", 0, {"J", 0}},
    {"another job's token", 0, {"K", 2}},
    {"no token of an unknown job", 0, {"K", 0}},
    {"a lease that is over, though nobody took it since", 10, {"J", 2}},
    {"long over", 100, {"J", 2}},
};

BOOST_DATA_TEST_CASE(under_a_stale_token_nothing_is_accepted, kStale, stale) {
  Group group = deposed();
  group.at(stale.second);
  const Guard guard{stale.fence, std::nullopt}, both{stale.fence, 0};
  const Command commands[] = {Renew{stale.fence.job, stale.fence.token, std::nullopt},
                              Renew{stale.fence.job, stale.fence.token, 60},
                              Release{stale.fence.job, stale.fence.token},
                              CheckFence{stale.fence.job, stale.fence.token},
                              reserve(2, guard),
                              hold(2, guard),
                              Confirm{1, guard},
                              Cancel{1, guard},
                              reserve(2, both)};  // stale_epoch too, which comes after it
  const std::string job = group.tell(ShowJob{"J"});
  for (const Command& command : commands) BOOST_TEST(group.tell(command) == "stale_token", kind_of(command));
  BOOST_TEST(group.tell(ShowJob{"J"}) == job);
  BOOST_TEST(group.machine.occupied().size() == 1u);
  BOOST_TEST((group.machine.occupied()[0].state == SuiteState::reserved));
}

BOOST_AUTO_TEST_CASE(under_a_good_token_everything_is_accepted) {
  Group group = deposed();
  group.now_us = kStart + 10 * kSecond - 1;
  BOOST_TEST(group.tell(CheckFence{"J", 2}) == "J 2 B until 10");
  BOOST_TEST(group.tell(reserve(2, fence(2))) == "C-2");
  BOOST_TEST(group.tell(hold(3, {Fence{"J", 2}, 1})) == "C-3");
  BOOST_TEST(group.tell(Confirm{2, fence(2)}) == "C-2");
  BOOST_TEST(group.tell(Cancel{3, in_epoch(1)}) == "C-3");
  BOOST_TEST(group.tell(Renew{"J", 2, 60}) == "J 2 B until 69");
  BOOST_TEST(group.tell(Release{"J", 2}) == "J 2 free");
}

BOOST_DATA_TEST_CASE(at_another_epoch_nothing_is_accepted, boost::unit_test::data::make({0, 2}), epoch) {
  Group group = deposed();
  const auto other = static_cast<Epoch>(epoch);
  for (const Guard& guard : {in_epoch(other), Guard{Fence{"J", 2}, other}}) {
    BOOST_TEST(group.tell(reserve(2, guard)) == "stale_epoch");
    BOOST_TEST(group.tell(hold(2, guard)) == "stale_epoch");
    BOOST_TEST(group.tell(Confirm{1, guard}) == "stale_epoch");
    BOOST_TEST(group.tell(Cancel{1, guard}) == "stale_epoch");
  }
  BOOST_TEST(group.machine.occupied().size() == 1u);
}

// The contract's order: what is stale is told last.
BOOST_AUTO_TEST_CASE(every_other_reason_comes_before_a_stale_guard) {
  Group group = deposed();
  group.tell(Hold{{"V", "C-5", std::nullopt}, 5, 1});
  group.at(2);
  group.tell(Open{"V", "D", 1, {}}, ClientRole::operator_role);
  group.tell(reserve(6, {}, "D"));
  const Guard stale{Fence{"J", 1}, 0};
  BOOST_TEST(group.tell(Hold{{"V", "C-2", std::nullopt}, 2, 0, stale}) == "malformed");
  BOOST_TEST(group.tell(Reserve{{"W", "C-2", std::nullopt}, 2, stale}) == "unknown_voyage");
  BOOST_TEST(group.tell(Reserve{{"V", "X", std::nullopt}, 2, stale}) == "unknown_suite");
  BOOST_TEST(group.tell(Confirm{2, stale}) == "unknown_booking");
  BOOST_TEST(group.tell(Cancel{2, stale}) == "unknown_booking");
  BOOST_TEST(group.tell(reserve(1, stale)) == "booking_exists");
  BOOST_TEST(group.tell(Confirm{5, stale}) == "hold_expired");
  BOOST_TEST(group.tell(Cancel{5, stale}) == "hold_expired");
  BOOST_TEST(group.tell(Reserve{{"V", "C-1", std::nullopt}, 2, stale}) == "suite_taken");
  BOOST_TEST(group.tell(reserve(2, stale, "D")) == "sold_out");
  BOOST_TEST(group.tell(reserve(2, stale)) == "stale_token");
}

// A refused attempt must not take the number out of the expired ones.
BOOST_AUTO_TEST_CASE(a_stale_reserve_of_an_expired_number_changes_nothing) {
  Group group = deposed();
  group.tell(hold(5, {}));
  group.at(20);
  BOOST_TEST(group.tell(reserve(5, fence(1))) == "stale_token");
  BOOST_TEST(group.tell(Confirm{5}) == "hold_expired");
  BOOST_TEST(group.tell(reserve(5)) == "C-2");
}

// A desk could otherwise fill the memory of every replica: what was once named is never forgotten.
BOOST_AUTO_TEST_CASE(jobs_and_shards_are_bounded) {
  Group group;
  for (std::size_t i = 0; i < kMaxJobs; ++i) {
    BOOST_REQUIRE(group.tell(Acquire{"J" + std::to_string(i), "A", 1}).ends_with("until 1"));
  }
  for (std::size_t i = 0; i < kMaxShards; ++i) {
    BOOST_REQUIRE(group.tell(AssignShard{"H" + std::to_string(i), "A", 0}).ends_with("A 1"));
  }
  group.at(1);
  BOOST_TEST(group.tell(Acquire{"another", "A", 1}) == "malformed");
  BOOST_TEST(group.tell(AssignShard{"another", "A", 0}) == "malformed");
  BOOST_TEST(group.tell(Acquire{"J7", "B", 1}) == "J7 2 B until 2");
  BOOST_TEST(group.tell(AssignShard{"H7", "B", 1}) == "H7 B 2");
}

// --- against a model apart

// Random commands over few jobs, shards and numbers; the model sees every result.
BOOST_DATA_TEST_CASE(the_model_of_fencing_objects_to_nothing, boost::unit_test::data::xrange(1u, 41u), seed) {
  std::mt19937 random(seed);
  const auto pick = [&](std::uint32_t below) { return static_cast<std::uint32_t>(random() % below); };
  Group group;
  audit::Fencing model;
  group.tell(Open{"V", "C", 9, {}}, ClientRole::operator_role);
  std::size_t accepted_fenced = 0, granted = 0;
  for (int i = 0; i < 500; ++i) {
    group.now_us += pick(2) * kSecond;
    const std::string job = pick(2) == 0 ? "J" : "K";
    const auto shown = [&](const Command& command) {
      return group.machine.apply_command(command, {ClientId(1), ClientRole::desk, AgreedTime(group.now_us)}).view;
    };
    // Mostly the present ones, else the ones before or after them.
    const Token token = std::get<JobView>(shown(ShowJob{job})).token + (pick(3) == 0 ? pick(3) : 1) - 1;
    const Epoch epoch = std::get<EpochView>(shown(ShowEpoch{})).epoch + (pick(3) == 0 ? pick(3) : 1) - 1;
    const Guard guard{pick(3) == 0 ? std::nullopt : std::optional(Fence{job, token}),
                      pick(3) != 0 ? std::nullopt : std::optional(epoch)};
    const Command commands[] = {Acquire{job, pick(2) == 0 ? "A" : "B", 1 + pick(9)},
                                Renew{job, token, std::nullopt},
                                Release{job, token},
                                CheckFence{job, token},
                                BumpEpoch{epoch},
                                AssignShard{job, "A", pick(4)},
                                reserve(pick(9), guard),
                                Confirm{pick(9), guard},
                                Cancel{pick(9), guard}};
    const Command& command = commands[pick(std::size(commands))];
    const AgreedTime now(group.now_us);
    const Result result = group.machine.apply_command(command, {ClientId(1), ClientRole::desk, now});
    model.at_time(now);
    const auto objection = model.note(command, result);
    BOOST_TEST(!objection.has_value(), objection.value_or(""));
    accepted_fenced += result.accepted && guard_of(command).fence.has_value();
    granted += result.accepted && std::holds_alternative<Acquire>(command);
  }
  BOOST_TEST(granted > 5u);
  BOOST_TEST(accepted_fenced > 0u);
}

// --- leaves

const Bytes kJob = Writer().u8('b').u8('j').text("J").take();
const Bytes kShard = Writer().u8('b').u8('s').text("H").take();
const Bytes kEpoch = Writer().u8('b').u8('e').take();

// Written by hand from the layout: a changed leaf is another state root.
BOOST_AUTO_TEST_CASE(golden_leaves) {
  Group group;
  for (const Bytes& key : {kJob, kShard, kEpoch}) BOOST_TEST(!group.machine.leaf(key).has_value());
  group.now_us = 0x0100;
  group.tell(Acquire{"J", "A", 1});
  group.tell(AssignShard{"H", "O", 0});
  group.tell(BumpEpoch{0});
  BOOST_TEST((group.machine.take_changed() == std::vector<Bytes>{kEpoch, kJob, kShard}));
  BOOST_TEST(to_hex(group.machine.leaf(kEpoch).value()) == "0100000000000000");
  BOOST_TEST(to_hex(group.machine.leaf(kShard).value()) ==
             "010000004f"
             "0100000000000000");
  BOOST_TEST(to_hex(group.machine.leaf(kJob).value()) ==
             "0100000000000000"    // token
             "0100000041"          // candidate
             "0100000000000000"    // ttl
             "40430f0000000000");  // expiry: a second after 0x100
  group.tell(Release{"J", 1});
  BOOST_TEST((group.machine.take_changed() == std::vector<Bytes>{kJob}));
  BOOST_TEST(to_hex(group.machine.leaf(kJob).value()).ends_with("0000000000000000"));
  BOOST_TEST(to_hex(group.machine.leaf(kJob).value()).starts_with("0100000000000000"));  // the token stays
}

BOOST_AUTO_TEST_CASE(what_is_refused_or_shown_changes_no_leaf) {
  Group group = deposed();
  group.machine.take_changed();
  for (const Command& command :
       {Command(Acquire{"J", "A", 1}), Command(Renew{"J", 1, 60}), Command(Release{"J", 1}),
        Command(CheckFence{"J", 2}), Command(AssignShard{"H", "A", 7}), Command(BumpEpoch{0}), Command(ShowJob{"K"}),
        Command(ShowShard{"H"}), Command(ShowEpoch{}), Command(reserve(2, fence(1)))}) {
    group.tell(command);
    BOOST_TEST(group.machine.take_changed().empty(), kind_of(command));
  }
}

struct BadLeaf {
  const char* what;
  Bytes key, value;
};
std::ostream& operator<<(std::ostream& out, const BadLeaf& leaf) { return out << leaf.what; }

Bytes job_leaf(Token token, const std::string& candidate, std::uint64_t ttl) {
  return Writer().u64(token).text(candidate).u64(ttl).u64(5).take();
}
Bytes shard_leaf(const std::string& owner, Epoch epoch) { return Writer().text(owner).u64(epoch).take(); }
Bytes with_byte(Bytes bytes) {
  bytes.push_back(0);
  return bytes;
}

const BadLeaf kBadLeaves[] = {
    {"a job without a token", kJob, job_leaf(0, "A", 1)},
    {"a job without a candidate", kJob, job_leaf(1, "", 1)},
    {"a job without a ttl", kJob, job_leaf(1, "A", 0)},
    {"a job of too long a ttl", kJob, job_leaf(1, "A", kMaxTtlSeconds + 1)},
    {"a job with a byte too many", kJob, with_byte(job_leaf(1, "A", 1))},
    {"a job cut short", kJob, Writer().u64(1).text("A").u64(1).take()},
    {"a job without a name", Writer().u8('b').u8('j').text("").take(), job_leaf(1, "A", 1)},
    {"a job with a longer key", with_byte(kJob), job_leaf(1, "A", 1)},
    {"a shard at epoch 0", kShard, shard_leaf("O", 0)},
    {"a shard without an owner", kShard, shard_leaf("", 1)},
    {"a shard with a byte too many", kShard, with_byte(shard_leaf("O", 1))},
    {"a shard with a longer key", with_byte(kShard), shard_leaf("O", 1)},
    {"epoch 0", kEpoch, Writer().u64(0).take()},
    {"an epoch with a byte too many", kEpoch, with_byte(Writer().u64(1).take())},
    {"an epoch with a longer key", with_byte(kEpoch), Writer().u64(1).take()},
};

BOOST_DATA_TEST_CASE(leaves_in_another_form_are_refused, kBadLeaves, bad) {
  BOOST_TEST(!BookingMachine().load_leaf(bad.key, bad.value));
  BOOST_TEST(!BookingMachine().leaf(bad.key).has_value());
}

BOOST_AUTO_TEST_CASE(each_leaf_is_loaded_once_and_gives_back_its_bytes) {
  const std::pair<Bytes, Bytes> leaves[] = {
      {kJob, job_leaf(7, "A", 60)}, {kShard, shard_leaf("O", 3)}, {kEpoch, Writer().u64(4).take()}};
  Group group;
  for (const auto& [key, value] : leaves) {
    BOOST_TEST(group.machine.load_leaf(key, value));
    BOOST_TEST((group.machine.leaf(key) == value));
    BOOST_TEST(!group.machine.load_leaf(key, value));
  }
  BOOST_TEST(group.machine.take_changed().empty());
  BOOST_TEST(group.tell(ShowEpoch{}) == "epoch 4");
  BOOST_TEST(group.tell(ShowShard{"H"}) == "H O 3");
  BOOST_TEST(group.tell(Acquire{"J", "B", 1}) == "J 8 B until 1");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::booking
