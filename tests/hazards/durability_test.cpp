// A replica killed at each boundary of persist and send (row 21).
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/hazards/stage.hpp"

using namespace breakwater;
using namespace breakwater::hazards;

BOOST_AUTO_TEST_SUITE(durability)

enum class Boundary { before_send, at_commit };

// Dies at its k-th send or transaction, in the middle of work and of a view change, and comes back.
static void die_and_return(std::uint32_t victim, Boundary boundary, std::uint64_t k) {
  Stage stage(group_of(4));
  stage.open(64);
  if (boundary == Boundary::before_send) stage.crash_before_send(victim, k);
  if (boundary == Boundary::at_commit) stage.crash_at_commit(victim, k);
  for (std::uint32_t i = 0; i < 4; ++i) stage.reserve(1 + i, 100 + i);
  stage.run_for(20);
  stage.cut_off(0);  // votes of view 0 meet a view change
  stage.run_for(4000);
  stage.reunite();
  if (!stage.is_up(victim)) stage.restart(victim);
  BOOST_TEST(stage.answered());
  BOOST_TEST(stage.heals_and_converges());
  BOOST_TEST(stage.convicted_by_transcript().empty());  // no vote contradicts one sent before
  BOOST_TEST(stage.accused().empty());
}

BOOST_DATA_TEST_CASE(hazard_21_kill_before_each_send, boost::unit_test::data::xrange(24), k) {
  for (const std::uint32_t victim : {0u, 1u, 2u}) die_and_return(victim, Boundary::before_send, k);
}

BOOST_DATA_TEST_CASE(hazard_21_kill_at_each_transaction, boost::unit_test::data::xrange(16), k) {
  for (const std::uint32_t victim : {0u, 1u, 2u}) die_and_return(victim, Boundary::at_commit, k);
}

// Without what it had made durable, the same replica contradicts itself: the oracle objects.
BOOST_AUTO_TEST_CASE(hazard_21_bites_when_the_journal_is_lost) {
  Stage stage(group_of(4));
  stage.open();
  stage.crash(0);
  stage.disk(0).wipe();
  stage.restart(0);
  stage.send_request(stage.reserve_request(1, 1, 101), ReplicaId(0));
  stage.run_for(100);
  const Ids forgetful{0};
  BOOST_TEST(stage.convicted_by_transcript() == forgetful, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
