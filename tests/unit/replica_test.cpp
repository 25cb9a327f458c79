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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater
