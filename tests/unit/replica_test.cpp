// What a replica keeps from its engine.
#include <boost/test/unit_test.hpp>

#include "sim/cluster.hpp"

namespace breakwater {
namespace {

BOOST_AUTO_TEST_SUITE(replica)

// Well-signed old requests are in every batch: a liar that relays them again must not fill the primary's queue, or
// order them anew.
BOOST_AUTO_TEST_CASE(a_relay_of_what_has_executed_goes_no_further) {
  sim::Cluster cluster({});
  const std::size_t opened = cluster.submit(0, booking::Open{"V", "C", 3, {}});
  BOOST_REQUIRE(cluster.run_until([&] { return cluster.all_answered(); }, 10'000));
  cluster.run_for(1000);
  const SequenceNumber before = cluster.status(0).executed;
  for (int i = 0; i < 5; ++i) {
    cluster.inject(ReplicaId(3), ReplicaId(0),
                   std::make_shared<pbft::RelayedRequest>(ReplicaId(3), cluster.call(opened).request));
  }
  cluster.run_for(1000);
  BOOST_TEST(cluster.rejected(0, RejectReason::already_executed) == 5u);
  BOOST_TEST(cluster.status(0).executed.value == before.value);
}

// Silent, but for its status: what it would promise is not on its disk.
BOOST_AUTO_TEST_CASE(a_replica_without_room_is_paused_until_there_is_room) {
  sim::Cluster cluster({});
  cluster.submit(0, booking::Open{"V", "C", 30, {}});
  BOOST_REQUIRE(cluster.run_until([&] { return cluster.all_answered(); }, 10'000));
  cluster.run_for(1000);
  cluster.disk(3).set_full(true);
  for (std::uint32_t desk = 1; desk <= 8; ++desk)
    cluster.submit(desk, booking::Reserve{{"V", std::nullopt, "C"}, desk});
  BOOST_REQUIRE(cluster.run_until([&] { return cluster.replica(3).is_paused(); }, 10'000));
  const std::uint64_t said = cluster.sends(3), answered = cluster.replica(3).counters().replies;
  const SequenceNumber stood_at = cluster.replica(3).executed();
  BOOST_REQUIRE(cluster.run_until([&] { return cluster.all_answered(); }, 60'000));
  cluster.run_for(5'000);
  const EngineStatus status = cluster.status(3);
  BOOST_TEST(status.role == "paused");
  BOOST_TEST(status.waiting_for == "room on the disk: memory: full");
  BOOST_TEST(cluster.sends(3) == said);
  BOOST_TEST(cluster.replica(3).counters().replies == answered);
  BOOST_TEST(cluster.replica(3).executed().value == stood_at.value);
  BOOST_TEST(cluster.rejected(3, RejectReason::no_room) > 0u);
  BOOST_TEST(cluster.status(0).executed.value > stood_at.value);  // the others went on

  cluster.disk(3).set_full(false);
  BOOST_TEST(cluster.run_until([&] { return cluster.replica(3).executed() == cluster.replica(0).executed(); }, 60'000));
  BOOST_TEST(!cluster.replica(3).is_paused());
  BOOST_TEST(cluster.status(3).role == "backup");
  BOOST_TEST((cluster.replica(3).state_digest() == cluster.replica(0).state_digest()));
  BOOST_TEST(cluster.violation() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater
