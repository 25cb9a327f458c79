// Directed scenarios for mutants of the log, of clients and of sessions.
#include <boost/test/unit_test.hpp>

#include "tests/mutants/stage.hpp"

namespace breakwater::testing {

BOOST_AUTO_TEST_SUITE(directed)

// A lying primary proposes far beyond the window.
BOOST_AUTO_TEST_CASE(no_high_watermark) {
  ClusterOptions options;
  options.byzantine[0] = Stage::kPlayed;
  Stage stage(options);
  const BatchPtr batch = stage.batch(1, 8841);
  const SignedStatement proposal = stage.sign(StatementKind::pre_prepare, 0, 0, 1000, batch->digest);
  stage.say(0, {1, 2, 3}, std::make_shared<PrePrepare>(proposal, batch));
  stage.cluster.run_for(100);
  stage.open_voyage();
  stage.judge();
}

// After a restart from a checkpoint, a request from before it comes again: it executed.
BOOST_AUTO_TEST_CASE(sessions_outside_digest) {
  Stage stage({});
  stage.open_voyage();
  stage.settles();
  const std::size_t first = stage.reserve(1, 8841);
  stage.settles();
  stage.cluster.submit(1, booking::Cancel{8841});
  for (std::uint64_t i = 0; i < 8; ++i) {
    stage.reserve(2, 100 + i);
    stage.settles();
  }
  stage.cluster.crash(0);
  stage.cluster.restart(0);
  stage.cluster.send_request(stage.cluster.call(first).request, ReplicaId(0));
  for (std::uint64_t i = 0; i < 8; ++i) {
    stage.reserve(2, 200 + i);
    stage.settles();
  }
  stage.judge();
}

// A primary dies with the transaction of its first proposal, which reaches one backup at most; back again, it proposes
// anew.
BOOST_AUTO_TEST_CASE(send_before_sync) {
  Stage stage({});
  stage.carry([](ReplicaId, ReplicaId to, const Message& m) { return m.name() != "pre-prepare" || to.value == 1; });
  stage.cluster.run_for(50);
  stage.cluster.crash_at_commit(0, 0);
  stage.open_voyage();
  BOOST_REQUIRE(stage.cluster.run_until([&] { return !stage.cluster.is_up(0); }, 10'000));
  stage.carry_all();
  stage.cluster.restart(0);
  stage.judge();
}

// A liar answers first.
BOOST_AUTO_TEST_CASE(f_replies) {
  ClusterOptions options;
  options.byzantine[0] = "lie-to-clients";
  Stage stage(options);
  stage.open_voyage();
  stage.settles();
  for (std::uint64_t i = 0; i < 16; ++i) {
    stage.reserve(1, 100 + i);
    stage.settles();
  }
  stage.judge();
}

// A client says an executed request again, after its effect was undone.
BOOST_AUTO_TEST_CASE(re_execute) {
  Stage stage({});
  stage.open_voyage();
  stage.settles();
  const std::size_t first = stage.reserve(1, 8841);
  stage.settles();
  stage.cluster.submit(1, booking::Cancel{8841});
  stage.settles();
  stage.cluster.send_request(stage.cluster.call(first).request, ReplicaId(0));
  stage.cluster.run_for(500);
  stage.cluster.submit(2, booking::Show{{}, {}, 8841});
  stage.judge();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace breakwater::testing
