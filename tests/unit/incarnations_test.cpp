// Which incarnation's word counts where.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "crypto/roster.hpp"

namespace breakwater {
namespace {

constexpr ReplicaId kTwo{2};
SequenceNumber n(std::uint64_t value) { return SequenceNumber(value); }

// Replica 2 is readmitted by slot 100, and again by slot 700; a log window is 512, checkpoints are 128 apart.
std::shared_ptr<Incarnations> twice_readmitted() {
  const auto out = Incarnations::of(4);
  out->add(kTwo, {Incarnation(1), n(100), n(640)});
  out->add(kTwo, {Incarnation(2), n(700), n(1280)});
  return out;
}

struct VoteCase {
  std::uint64_t slot;
  std::uint32_t incarnation;
};
std::ostream& operator<<(std::ostream& out, const VoteCase& c) { return out << "slot " << c.slot; }
const VoteCase kVotes[] = {{1, 0}, {100, 0}, {101, 0}, {640, 0}, {641, 1}, {700, 1}, {1280, 1}, {1281, 2}, {9999, 2}};

struct AskCase {
  std::uint32_t incarnation;
  std::uint64_t low, min_s;
  bool counts;
};
std::ostream& operator<<(std::ostream& out, const AskCase& c) {
  return out << "incarnation " << c.incarnation << " from " << c.low << " among " << c.min_s;
}
const AskCase kAsks[] = {
    {0, 0, 0, true},        {0, 0, 100, true},     {0, 100, 100, true},     {0, 0, 101, false},
    {0, 128, 128, false},   {0, 0, 640, false},    {1, 512, 512, false},    {1, 639, 640, false},
    {1, 640, 640, true},    {1, 640, 700, true},   {1, 640, 701, false},    {1, 640, 1280, false},
    {2, 1279, 1280, false}, {2, 1280, 1280, true}, {2, 1280, 999999, true}, {3, 1280, 1280, false},
};

BOOST_AUTO_TEST_SUITE(incarnations)

BOOST_DATA_TEST_CASE(one_incarnation_votes_on_a_slot, boost::unit_test::data::make(kVotes), c) {
  const auto known = twice_readmitted();
  BOOST_TEST(known->at(kTwo, n(c.slot)).value == c.incarnation);
  for (std::uint32_t i = 0; i < 4; ++i) {
    BOOST_TEST(known->votes_on(kTwo, Incarnation(i), n(c.slot)) == (i == c.incarnation));
  }
  BOOST_TEST(known->votes_on(ReplicaId(1), Incarnation(0), n(c.slot)));  // nobody else is touched
}

BOOST_DATA_TEST_CASE(a_view_change_counts_by_low_watermark_and_min_s, boost::unit_test::data::make(kAsks), c) {
  BOOST_TEST(twice_readmitted()->asks(kTwo, Incarnation(c.incarnation), n(c.low), n(c.min_s)) == c.counts);
}

BOOST_AUTO_TEST_CASE(between_readmission_and_effect_nobody_asks) {
  const auto known = twice_readmitted();
  const auto asking = [&](std::uint64_t low) { return known->asking_from(kTwo, n(low)); };
  BOOST_TEST((asking(100) == Incarnation(0)));
  BOOST_TEST(!asking(101).has_value());
  BOOST_TEST(!asking(639).has_value());
  BOOST_TEST((asking(640) == Incarnation(1)));
  BOOST_TEST(!asking(896).has_value());
  BOOST_TEST((asking(1280) == Incarnation(2)));
}

BOOST_AUTO_TEST_CASE(what_is_unknown_counts_nowhere) {
  const auto known = Incarnations::of(4);
  BOOST_TEST(!known->knows(kTwo, Incarnation(1)));
  BOOST_TEST(!known->votes_on(kTwo, Incarnation(1), n(5000)));
  BOOST_TEST(!known->asks(kTwo, Incarnation(1), n(5000), n(5000)));
  BOOST_TEST(known->eras_of(ReplicaId(9)).empty());
  BOOST_TEST((known->effective_from(kTwo, Incarnation(0)) == n(0)));
  BOOST_TEST((known->effective_from(kTwo, Incarnation(1)) == n(UINT64_MAX)));  // silent until it is known
}

BOOST_AUTO_TEST_CASE(what_was_executed_corrects_what_was_configured) {
  const auto known = Incarnations::of(4);
  known->add(kTwo, {Incarnation(1), n(1), n(2)});
  known->add(kTwo, {Incarnation(1), n(100), n(640)});
  BOOST_TEST(known->eras_of(kTwo).size() == 2u);
  BOOST_TEST((known->at(kTwo, n(640)) == Incarnation(0)));
}

// As verification threads do while a readmission executes.
BOOST_AUTO_TEST_CASE(readers_go_on_while_incarnations_are_added) {
  Roster roster(Digest{{9}});
  for (std::uint32_t id = 0; id < 4; ++id) roster.add_replica(ReplicaId(id), Incarnation(0), PublicKey{{1}});
  const Roster copy = roster;
  std::size_t misses = 0;
  {
    std::jthread reader([&] {
      for (int i = 0; i < 20'000; ++i) {
        const Incarnation latest = copy.incarnations()->latest(kTwo);
        misses += copy.key_of({SignerRole::replica, 2, latest}) == nullptr;
        misses += copy.key_of({SignerRole::replica, 2, Incarnation(0)}) == nullptr;
      }
    });
    for (std::uint32_t i = 1; i <= 500; ++i) {
      roster.add_replica(kTwo, {Incarnation(i), n(i * 100), n(i * 100 + 50)}, PublicKey{{2}});
    }
  }
  BOOST_TEST(misses == 0u);
  BOOST_TEST((copy.incarnations()->latest(kTwo) == Incarnation(500)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater
