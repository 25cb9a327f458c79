// Directed scenarios for mutants of the view change.
#include <boost/test/unit_test.hpp>

#include "tests/mutants/stage.hpp"

namespace breakwater::testing {

namespace {

// Slot 1 is decided at replica 0 alone, which then falls silent; 2 and 3 prepared it and ask for view 1, whose primary
// is the liar. Its proposal for slot 1 is another batch, which 0's decision forbids.
class Usurper {
 public:
  Usurper() : stage(options()) {
    stage.carry([this](ReplicaId from, ReplicaId to, const Message& m) {
      if (cut_off_) return from.value != 0 && to.value != 0;
      return m.name() != "decided-slot" && (m.name() != "commit" || to.value == 0);
    });
    stage.open_voyage();
    stage.cluster.run_for(200);
    cut_off_ = true;
    stage.cluster.run_until([&] { return vote_of(2) && vote_of(3); }, 20'000);
    other = stage.batch(1, 8841);
  }
  ViewChangePtr vote_of(std::uint32_t id) const { return stage.said<ViewChange>(id, 1); }

  void propose(ViewChange::Body own) {
    BOOST_REQUIRE(vote_of(2) && vote_of(3));
    const std::vector<ViewChangePtr> v{stage.view_change(1, 1, 0, std::move(own)), vote_of(2), vote_of(3)};
    stage.say(1, {2, 3}, stage.new_view(1, 1, v, {other->digest}));
    stage.cluster.run_for(50);
    stage.say(1, {2, 3}, std::make_shared<BatchBody>(ReplicaId(1), other));
    stage.say(1, {2, 3}, std::make_shared<Commit>(stage.sign(StatementKind::commit, 1, 1, 1, other->digest)));
    stage.cluster.run_for(500);
    stage.judge();
  }

  Stage stage;
  BatchPtr other;

 private:
  static ClusterOptions options() {
    ClusterOptions out;
    out.byzantine[1] = Stage::kPlayed;
    return out;
  }
  bool cut_off_ = false;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(directed)

// The liar's own view-change carries a certificate that it made all alone.
BOOST_AUTO_TEST_CASE(new_view_skips_certificates) {
  Usurper usurper;
  Stage& stage = usurper.stage;
  const SignedStatement vote = stage.sign(StatementKind::prepare, 1, 0, 1, usurper.other->digest);
  Certificate alone{without_signer(vote.statement), {{ReplicaId(1), Incarnation(0), vote.signature}}};
  ViewChange::Body body;
  body.prepared.push_back({stage.sign(StatementKind::pre_prepare, 1, 0, 1, usurper.other->digest), std::move(alone)});
  usurper.propose(std::move(body));
}

// Its O set is not what the view-changes say.
BOOST_AUTO_TEST_CASE(o_unchecked) { Usurper().propose({}); }

// Slot 1: one batch prepared at replica 3 in view 0, another one decided at replica 0 in view 1. In view 2 the later
// one must win.
BOOST_AUTO_TEST_CASE(lowest_view_wins) {
  Stage stage({});
  std::uint64_t view = 0;
  stage.carry([&view](ReplicaId from, ReplicaId to, const Message& m) {
    const auto* vote = dynamic_cast<const StatementMessage*>(&m);
    const bool is_old = vote != nullptr && m.name() != "new-view" && vote->view() < ViewNumber(view);
    const bool to_others = m.name() == "commit" || m.name() == "decided-slot";
    if (view == 0) return m.name() == "prepare" ? to.value == 3 : !to_others;
    if (view == 1) return from.value != 3 && to.value != 3 && !is_old && (!to_others || to.value == 0);
    return from.value != 0 && to.value != 0 && !is_old;
  });
  stage.open_voyage();
  stage.cluster.run_for(500);
  view = 1;
  const auto decided = [&] { return stage.cluster.status(0).executed.value == 1; };
  BOOST_REQUIRE(stage.cluster.run_until(decided, 20'000));
  view = 2;
  stage.cluster.run_until([&] { return stage.cluster.status(2).executed.value > 0; }, 20'000);
  stage.judge();
}

// A liar claims a stable checkpoint that nobody but itself signed; the new primary counts its view-change.
BOOST_AUTO_TEST_CASE(min_s_unproven) {
  ClusterOptions options;
  options.byzantine[0] = Stage::kPlayed;
  Stage stage(options);
  const SignedStatement vote =
      stage.sign(StatementKind::checkpoint, 0, 0, options.checkpoint_interval, hash("any root", {}));
  ViewChange::Body body;
  body.stable_checkpoint =
      Certificate{without_signer(vote.statement), {{ReplicaId(0), Incarnation(0), vote.signature}}};
  stage.say(0, {1, 2, 3}, stage.view_change(0, 1, options.checkpoint_interval, std::move(body)));
  stage.open_voyage();
  stage.judge();
}

// Slot 2 is prepared, slot 1 was never seen: it must become a null request, or nothing executes ever again.
BOOST_AUTO_TEST_CASE(gaps_not_filled) {
  Stage stage({});
  bool lossy = true;
  stage.carry([&lossy](ReplicaId, ReplicaId, const Message& m) {
    const auto* proposal = dynamic_cast<const PrePrepare*>(&m);
    const bool is_first = proposal != nullptr && proposal->sequence() == SequenceNumber(1);
    return !lossy || (!is_first && m.name() != "commit");
  });
  stage.open_voyage();
  stage.cluster.run_for(50);
  stage.reserve(1, 8841);
  stage.cluster.run_until([&] { return stage.cluster.status(1).view.value == 1; }, 20'000);
  lossy = false;
  stage.judge();
}

// Replica 2 alone asks for view 1; then the prepares of view 0 arrive, late. A commit from it now would be hidden from
// the new view.
BOOST_AUTO_TEST_CASE(votes_after_asking) {
  Stage stage({});
  stage.carry([](ReplicaId, ReplicaId to, const Message& m) {
    return to.value != 2 || (m.name() != "prepare" && m.name() != "commit" && m.name() != "decided-slot");
  });
  const std::size_t call = stage.open_voyage();
  stage.cluster.send_request(stage.cluster.call(call).request, ReplicaId(2));
  BOOST_REQUIRE(stage.cluster.run_until([&] { return stage.said<ViewChange>(2, 1) != nullptr; }, 20'000));
  for (const std::uint32_t backup : {1u, 3u}) stage.say(backup, {2}, stage.said<Prepare>(backup, 0));
  stage.cluster.run_for(500);
  stage.judge();
}

// The primary is correct, and nobody's request reaches it: it leaves its view when f+1 others do. A liar is silent, so
// that no quorum is without the primary.
BOOST_AUTO_TEST_CASE(no_join) {
  ClusterOptions options;
  options.byzantine[3] = Stage::kPlayed;
  Stage stage(options);
  stage.carry([](ReplicaId from, ReplicaId, const Message& m) { return from.value != 0 || m.name() != "pre-prepare"; });
  stage.open_voyage();
  stage.cluster.run_for(10'000);
  stage.judge();
}

// A network slower than the first timeout: only a timeout that grows lets a view live long enough.
BOOST_AUTO_TEST_CASE(no_back_off) {
  ClusterOptions options;
  options.min_delay_ms = options.max_delay_ms = 2500;
  Stage stage(options);
  stage.open_voyage();
  stage.judge(300'000);
}

// The primary serves all clients but one. That one's timer must run out although the others' requests execute.
BOOST_AUTO_TEST_CASE(timer_reset_by_any) {
  Stage stage({});
  const RequestPtr censored = stage.cluster.make_signed_request(9, 1, booking::Reserve{{"V", {}, "A"}, 8841});
  stage.carry([&](ReplicaId, ReplicaId to, const Message& m) {
    const RequestPtr request = m.passed_on();
    return to.value != 0 || request == nullptr || request->client != censored->client;
  });
  stage.open_voyage();
  stage.settles();
  for (const std::uint32_t backup : {1u, 2u, 3u}) stage.cluster.send_request(censored, ReplicaId(backup));
  bool left = false;
  for (std::uint64_t number = 1; number <= 20 && !left; ++number) {
    stage.reserve(1, number);
    stage.cluster.run_for(500);
    left = stage.cluster.status(1).view.value > 0;
  }
  if (!left) BOOST_ERROR("violated: liveness: a client is censored for as long as others are served");
  stage.judge();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace breakwater::testing
