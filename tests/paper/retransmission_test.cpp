// Retransmission driven by state, relays, catch-up and the request timers (OSDI '99, sections 4.4 and 5;
// docs/protocol.md).
#include <boost/test/unit_test.hpp>

#include "pbft/limits.hpp"
#include "tests/support/engine_rig.hpp"

namespace breakwater::testing {
namespace {

std::shared_ptr<Status> status_of(std::uint32_t from, std::uint64_t view = 0) {
  auto status = std::make_shared<Status>(ReplicaId(from));
  status->view = ViewNumber(view);
  return status;
}

bool promises(const Outbound& outbound, ReplicaId self) {
  const auto* statement = dynamic_cast<const StatementMessage*>(outbound.message.get());
  return statement != nullptr && statement->sender() == self;
}

BOOST_AUTO_TEST_SUITE(retransmission)

// A loop takes many messages before it syncs once. A status among them asks for votes that are not durable yet.
BOOST_AUTO_TEST_CASE(a_vote_asked_for_in_the_round_that_made_it_waits_for_its_transaction) {
  EngineRig rig(1);
  const BatchPtr b = rig.batch(1);
  rig.clear();
  rig.one_round = true;
  rig.step(rig.pre_prepare(0, 1, b));
  rig.step(rig.prepare(2, 0, 1, b->digest));
  rig.step(status_of(0));
  rig.perform();
  BOOST_TEST(rig.sent_of<Prepare>().size() == 2u);
  BOOST_TEST(rig.sent_of<Commit>().size() == 2u);
  for (const Outbound& outbound : rig.sent) {
    if (promises(outbound, ReplicaId(1))) BOOST_TEST(outbound.after.has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_view_change_asked_for_in_its_round_waits_for_its_transaction) {
  EngineRig rig(1);
  rig.clear();
  rig.one_round = true;
  rig.step(rig.view_change(2, 1));
  rig.step(rig.view_change(3, 1));  // f+1 left: this replica joins, and as primary of view 1 makes the new view
  rig.step(status_of(0, 0));
  rig.perform();
  BOOST_TEST(!rig.sent_of<NewView>().empty());
  for (const Outbound& outbound : rig.sent) {
    if (promises(outbound, ReplicaId(1))) BOOST_TEST(outbound.after.has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_small_status_buys_little) {
  EngineRig rig(1);
  std::vector<Digest> bodies;
  for (std::uint64_t n = 1; n <= 32; ++n) {
    const BatchPtr b = rig.batch(n);
    bodies.push_back(b->digest);
    rig.step(rig.pre_prepare(0, n, b));
  }
  rig.clear();
  auto greedy = status_of(2);
  for (int i = 0; i < 500; ++i) greedy->wanted_batches.push_back(bodies[0]);
  for (const Digest& digest : bodies) greedy->wanted_batches.push_back(digest);
  rig.step(greedy);
  BOOST_TEST(rig.sent_of<BatchBody>().size() == kMaxServedBodies);
  const std::size_t first = rig.sent.size();
  rig.tick();
  rig.step(greedy);  // at once again: nothing
  BOOST_TEST(rig.sent.size() == first);
  rig.tick(rig.config.status_interval_ticks);
  rig.clear();
  rig.step(greedy);
  BOOST_TEST(rig.sent_of<BatchBody>().size() == kMaxServedBodies);
}

BOOST_AUTO_TEST_CASE(a_waiting_request_is_relayed_again_at_each_quarter_of_its_time) {
  EngineRig rig(1);
  rig.step(rig.pre_prepare(0, 1, rig.batch(99)));  // in flight: the primary has its whole time
  rig.propose(rig.request(7, 1));
  BOOST_TEST(rig.sent_of<RelayedRequest>().size() == 1u);
  const std::uint64_t quarter = rig.config.view_change_timeout_ticks / 4;
  for (int passed = 1; passed <= 3; ++passed) {
    rig.clear();
    rig.tick(quarter - 1);
    BOOST_TEST(rig.sent_of<RelayedRequest>().empty());
    rig.tick();
    BOOST_TEST(rig.sent_of<RelayedRequest>().size() == 1u);
  }
  rig.clear();
  rig.tick(quarter - 1);
  BOOST_TEST(rig.sent_of<RelayedRequest>().empty());
  BOOST_TEST(rig.sent_of<ViewChange>().empty());
  rig.tick();
  BOOST_TEST(rig.sent_of<ViewChange>().size() == 1u);
}

// Hazard 5: a primary that ignores one client, and feeds the backups decided slots so that their timers stand still.
BOOST_AUTO_TEST_CASE(decided_slots_hold_the_timers_for_a_while_only) {
  EngineRig rig(1);
  rig.propose(rig.request(7, 1));
  std::uint64_t n = 0;
  std::uint64_t waited = 0;
  const std::uint64_t step = 10;
  const std::uint64_t patience = 3 * rig.config.view_change_timeout_ticks;
  while (rig.sent_of<ViewChange>().empty() && waited < patience) {
    ++n;
    rig.step(rig.decided(0, 0, n, rig.batch(n)));
    rig.tick(step);
    waited += step;
  }
  BOOST_TEST(rig.sent_of<ViewChange>().size() == 1u);
  BOOST_TEST(waited > rig.config.view_change_timeout_ticks + step);  // and they do hold them
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::testing
