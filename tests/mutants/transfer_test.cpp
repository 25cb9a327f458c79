// The directed scenario for the mutant of state transfer.
#include <boost/test/unit_test.hpp>

#include "tests/mutants/stage.hpp"

namespace breakwater::testing {

BOOST_AUTO_TEST_SUITE(directed)

// A replica missed a log window, and the one donor that it hears for a while lies.
BOOST_AUTO_TEST_CASE(one_donor_trusted) {
  ClusterOptions options;
  options.byzantine[2] = "bad-transfer";
  Stage stage(options);
  const auto book = [&](std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t i = from; i < to; ++i) {
      stage.reserve(1 + i % 16, 100 + i);
      stage.settles();
    }
  };
  stage.open_voyage();
  book(0, 8);
  stage.cluster.crash(3);
  book(8, 60);
  stage.carry([](ReplicaId from, ReplicaId, const Message& m) {
    return m.name() != "decided-slot" && (m.name() != "state-answer" || from == ReplicaId(2));
  });
  stage.cluster.restart(3);
  stage.cluster.run_for(5'000);
  book(60, 70);  // beyond a checkpoint: a false state shows, and there is nobody to mend it from
  stage.judge();
  stage.carry_all();
  book(70, 80);
  stage.judge();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace breakwater::testing
