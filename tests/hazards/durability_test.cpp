// A replica killed at each boundary of persist and send (row 21).
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/hazards/world.hpp"

using namespace breakwater;
using namespace breakwater::hazards;

BOOST_AUTO_TEST_SUITE(durability)

enum class Boundary { before_send, at_commit };

// Dies at its k-th send or transaction, in the middle of work and of a view change, and comes back.
static void die_and_return(std::uint32_t victim, Boundary boundary, std::uint64_t k) {
  World world(group_of(4));
  world.open(64);
  if (boundary == Boundary::before_send) world.crash_before_send(victim, k);
  if (boundary == Boundary::at_commit) world.crash_at_commit(victim, k);
  for (std::uint32_t i = 0; i < 4; ++i) world.reserve(1 + i, 100 + i);
  world.run_for(20);
  world.cut_off(0);  // votes of view 0 meet a view change
  world.run_for(4000);
  world.reunite();
  if (!world.is_up(victim)) world.restart(victim);
  BOOST_TEST(world.answered());
  BOOST_TEST(world.heals_and_converges());
  BOOST_TEST(world.convicted_by_transcript().empty());  // no vote contradicts one sent before
  BOOST_TEST(world.accused().empty());
}

BOOST_DATA_TEST_CASE(hazard_21_kill_before_each_send, boost::unit_test::data::xrange(24), k) {
  for (const std::uint32_t victim : {0u, 1u, 2u}) die_and_return(victim, Boundary::before_send, k);
}

BOOST_DATA_TEST_CASE(hazard_21_kill_at_each_transaction, boost::unit_test::data::xrange(16), k) {
  for (const std::uint32_t victim : {0u, 1u, 2u}) die_and_return(victim, Boundary::at_commit, k);
}

// Without what it had made durable, the same replica contradicts itself: the oracle objects.
BOOST_AUTO_TEST_CASE(hazard_21_bites_when_the_journal_is_lost) {
  World world(group_of(4));
  world.open();
  world.crash(0);
  world.disk(0).wipe();
  world.restart(0);
  world.send_request(world.reserve_request(1, 1, 101), ReplicaId(0));
  world.run_for(100);
  const Ids forgetful{0};
  BOOST_TEST(world.convicted_by_transcript() == forgetful, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
