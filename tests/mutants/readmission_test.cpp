// Directed scenarios for mutants of readmission.
#include <boost/test/unit_test.hpp>

#include "tests/mutants/stage.hpp"

namespace breakwater::testing {

BOOST_AUTO_TEST_SUITE(directed)

// Replica 2 changed its keys, since the old one was stolen. The thief votes with it, where two are heard by each other.
BOOST_AUTO_TEST_CASE(any_incarnation) {
  Stage stage({});
  stage.open_voyage();
  stage.settles();
  stage.cluster.readmit(2);
  BOOST_REQUIRE(stage.cluster.run_until([&] { return !stage.cluster.is_rejoining(); }, 60'000));
  stage.settles();
  stage.carry([](ReplicaId from, ReplicaId to, const Message&) { return from.value < 2 && to.value < 2; });
  stage.reserve(1, 8841);
  stage.cluster.run_for(100);
  const auto proposal = stage.said<PrePrepare>(0, 0);
  BOOST_REQUIRE(proposal != nullptr);
  const auto stolen = [&](StatementKind kind) {
    Statement s = proposal->header.statement;
    s.kind = kind;
    s.signer = {SignerRole::replica, 2, Incarnation(0)};
    return SignedStatement{s, stage.cluster.crypto().sign(s)};
  };
  stage.say(2, {0, 1},
            std::make_shared<Prepare>(stolen(StatementKind::prepare), proposal->header.statement.signer,
                                      proposal->header.signature));
  stage.say(2, {0, 1}, std::make_shared<Commit>(stolen(StatementKind::commit)));
  stage.cluster.run_for(100);
  stage.judge();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace breakwater::testing
