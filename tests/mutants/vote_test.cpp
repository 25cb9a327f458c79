// Directed scenarios for mutants of quorums and authentication. Each case has its mutant's name; without a mutant it
// passes, with its mutant an oracle objects.
#include <boost/test/unit_test.hpp>

#include "tests/mutants/stage.hpp"

namespace breakwater::testing {

namespace {

ClusterOptions options(std::map<std::uint32_t, std::string> liars, std::uint32_t replicas = 4) {
  ClusterOptions out;
  out.replicas = replicas;
  out.byzantine = std::move(liars);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(directed)

// A lying primary votes for its own proposal: with that, one backup alone would believe it prepared.
BOOST_AUTO_TEST_CASE(primary_prepare_counted) {
  Stage stage(options({{0, Stage::kPlayed}}));
  stage.cluster.run_for(50);  // a replica that has not seen the time does not vote
  const BatchPtr batch = stage.batch(1, 8841);
  const SignedStatement proposal = stage.sign(StatementKind::pre_prepare, 0, 0, 1, batch->digest);
  const SignedStatement vote = stage.sign(StatementKind::prepare, 0, 0, 1, batch->digest);
  stage.say(0, {1}, std::make_shared<PrePrepare>(proposal, batch));
  stage.say(0, {1}, std::make_shared<Prepare>(vote, proposal.statement.signer, proposal.signature));
  stage.open_voyage();
  stage.judge();
}

// n = 5: 2f+1 = 3 is no quorum. An equivocating primary and two groups of two that do not hear each other.
BOOST_AUTO_TEST_CASE(quorum_2f_plus_1) {
  Stage stage(options({{0, "equivocate"}}, 5));
  stage.carry([](ReplicaId from, ReplicaId to, const Message&) {
    return from.value == 0 || to.value == 0 || (from.value <= 2) == (to.value <= 2);
  });
  stage.open_voyage();
  stage.cluster.run_for(1000);
  stage.judge();
}

// Somebody else proposes in the primary's name.
BOOST_AUTO_TEST_CASE(pre_prepare_unsigned) {
  Stage stage(options({{3, Stage::kPlayed}}));
  const BatchPtr batch = stage.batch(1, 8841);
  SignedStatement proposal = stage.sign(StatementKind::pre_prepare, 3, 0, 1, batch->digest);
  proposal.statement.signer.id = 0;
  stage.say(3, {1, 2}, std::make_shared<PrePrepare>(proposal, batch));
  stage.cluster.run_for(100);
  stage.open_voyage();
  stage.judge();
}

// Somebody asks for the next view in the others' names. When they ask themselves, they seem to contradict themselves.
BOOST_AUTO_TEST_CASE(view_change_unsigned) {
  Stage stage(options({{3, Stage::kPlayed}}));
  stage.open_voyage();
  stage.settles();
  for (const std::uint32_t victim : {1u, 2u}) {
    const auto honest = stage.view_change(3, 1, 0, {});
    SignedStatement forged = honest->header;
    forged.statement.signer.id = victim;
    stage.say(3, {0}, std::make_shared<ViewChange>(forged, honest->body, honest->encoded_body));
  }
  stage.cluster.run_for(100);
  stage.reserve(1, 8841);
  stage.judge();
}

// Prepares are passed on as their signers' commits, while real commits are lost.
BOOST_AUTO_TEST_CASE(no_domain_tag) {
  Stage stage(options({{3, Stage::kPlayed}}));
  stage.carry([](ReplicaId, ReplicaId, const Message& m) { return m.name() != "commit"; });
  stage.open_voyage();
  stage.cluster.run_for(200);
  const auto prepare = stage.said<Prepare>(1, 0);
  BOOST_REQUIRE(prepare != nullptr);
  SignedStatement passed_off = prepare->header;
  passed_off.statement.kind = StatementKind::commit;
  stage.say(3, {0, 2}, std::make_shared<Commit>(passed_off));
  stage.say(3, {0, 2}, std::make_shared<Commit>(stage.sign(StatementKind::commit, 3, 0, 1, prepare->digest())));
  stage.cluster.run_for(100);
  stage.judge();
}

BOOST_AUTO_TEST_CASE(client_unsigned) {
  Stage stage(options({{0, "forge"}}));
  stage.open_voyage();
  stage.reserve(1, 8841);
  stage.reserve(2, 8842);
  stage.judge();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace breakwater::testing
