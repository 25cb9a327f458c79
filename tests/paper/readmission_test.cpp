// Readmission: whose word counts, and who keeps silent (docs/protocol.md). Replica 2 is readmitted by slot 3; with a
// log window of 32 and checkpoints 8 apart its new incarnation counts from 40 on.
#include <boost/test/unit_test.hpp>

#include "tests/support/engine_rig.hpp"

namespace breakwater {
namespace {

using namespace pbft;
using testing::EngineRig;

constexpr Incarnation kOld{0}, kNew{1};
constexpr std::uint64_t kReadmitted = 3, kEffective = 40;

void readmit(EngineRig& rig, std::uint32_t replica = 2) {
  rig.incarnations->add(ReplicaId(replica), {kNew, SequenceNumber(kReadmitted), SequenceNumber(kEffective)});
}

Certificate stable_at(const EngineRig& rig, std::uint64_t n, const std::vector<std::uint32_t>& signers = {0, 1, 3}) {
  return rig.certificate(StatementKind::checkpoint, signers, 0, n, rig.root_of(SequenceNumber(n)));
}

// Decides every slot up to `last`, as backup in view 0, and makes the checkpoints stable.
void advance(EngineRig& rig, std::uint64_t last) {
  for (std::uint64_t n = rig.engine->status().executed.value + 1; n <= last; ++n) {
    rig.decide(0, n, rig.batch(n));
    if (n % 8 != 0) continue;
    for (const std::uint32_t id : {0u, 1u, 3u}) {
      if (id != rig.config.self.value) rig.step(rig.checkpoint(id, n, rig.root_of(SequenceNumber(n))));
    }
  }
}

// What a replica without a store hears of the same slots.
void follow(EngineRig& rig, std::uint64_t last) {
  for (std::uint64_t n = rig.engine->status().executed.value + 1; n <= last; ++n) {
    const BatchPtr batch = rig.batch(n);
    const Certificate commits = rig.certificate(StatementKind::commit, {0, 1, 3}, 0, n, batch->digest);
    rig.step(std::make_shared<DecidedSlot>(ReplicaId(0), commits, batch));
    if (n % 8 != 0) continue;
    for (const std::uint32_t id : {0u, 1u, 3u}) rig.step(rig.checkpoint(id, n, rig.root_of(SequenceNumber(n))));
  }
}

ViewChange::Body from_checkpoint(const EngineRig& rig, std::uint64_t n) { return {stable_at(rig, n), {}}; }

std::size_t statements_sent(const EngineRig& rig) {
  return static_cast<std::size_t>(std::ranges::count_if(
      rig.sent, [](const Outbound& o) { return dynamic_cast<const StatementMessage*>(o.message.get()) != nullptr; }));
}

BOOST_AUTO_TEST_SUITE(readmission)

BOOST_AUTO_TEST_CASE(a_vote_counts_from_the_incarnation_of_its_slot) {
  EngineRig rig(1);
  readmit(rig);
  advance(rig, kEffective);
  BOOST_TEST(rig.engine->status().stable_checkpoint.value == kEffective);
  const BatchPtr batch = rig.batch(41);
  rig.step(rig.pre_prepare(0, 41, batch));
  rig.signs_as = kOld;
  rig.step(rig.prepare(2, 0, 41, batch->digest));
  rig.step(rig.commit(2, 0, 41, batch->digest));
  BOOST_TEST(std::ranges::count(rig.rejected, RejectReason::wrong_incarnation, &Rejected::reason) == 2);
  rig.signs_as.reset();
  rig.decide(0, 41, batch);
  BOOST_TEST(rig.engine->status().executed.value == 41u);
}

BOOST_AUTO_TEST_CASE(the_new_incarnation_does_not_vote_on_earlier_slots) {
  EngineRig rig(1);
  readmit(rig);
  const BatchPtr batch = rig.batch(1);
  rig.step(rig.pre_prepare(0, 1, batch));
  rig.signs_as = kNew;
  rig.step(rig.prepare(2, 0, 1, batch->digest));
  rig.step(rig.commit(2, 0, 1, batch->digest));
  rig.step(rig.checkpoint(2, 8, rig.root_of(SequenceNumber(8))));
  BOOST_TEST(std::ranges::count(rig.rejected, RejectReason::wrong_incarnation, &Rejected::reason) == 3);
}

BOOST_AUTO_TEST_CASE(an_unknown_incarnation_is_refused_and_convicts_nobody) {
  EngineRig rig(1);
  rig.signs_as = kNew;
  rig.step(rig.commit(2, 0, 1, rig.batch(1)->digest));
  rig.step(rig.view_change(2, 1));
  rig.signs_as.reset();
  // A replica that is ahead shows what the unknown incarnation signed.
  EngineRig ahead(3);
  readmit(ahead);
  const Certificate with_two = stable_at(ahead, 48, {0, 2, 3});
  rig.step(ahead.view_change(3, 1, 48, {with_two, {}}));
  BOOST_TEST(std::ranges::count(rig.rejected, RejectReason::unknown_incarnation, &Rejected::reason) == 3);
  BOOST_TEST(rig.evidence.empty());
}

BOOST_AUTO_TEST_CASE(an_old_view_change_counts_up_to_the_readmission) {
  EngineRig rig(1);
  readmit(rig);
  rig.signs_as = kOld;
  const auto beyond = rig.view_change(2, 1, 8, from_checkpoint(rig, 8));
  const auto before = rig.view_change(2, 1);
  rig.signs_as.reset();
  rig.step(beyond);
  BOOST_TEST(rig.was_rejected(RejectReason::wrong_incarnation));
  BOOST_TEST(rig.evidence.empty());
  rig.rejected.clear();
  rig.step(before);
  BOOST_TEST(rig.rejected.empty());
  advance(rig, 8);  // from here on this replica is past the readmission
  rig.step(rig.view_change(0, 1, 8, from_checkpoint(rig, 8)));
  rig.step(before);
  BOOST_TEST(rig.was_rejected(RejectReason::wrong_incarnation));
  BOOST_TEST(rig.engine->status().view.value == 0u);  // nor does it help to move anybody
}

BOOST_AUTO_TEST_CASE(a_new_primary_leaves_out_what_does_not_count) {
  EngineRig rig(1);
  readmit(rig);
  rig.signs_as = kOld;
  const auto old = rig.view_change(2, 1);
  rig.signs_as.reset();
  rig.step(old);
  rig.step(rig.view_change(0, 1));
  BOOST_TEST(rig.sent_of<NewView>().size() == 1u);  // all three from 0

  EngineRig other(1);
  readmit(other);
  other.step(old);
  other.step(other.view_change(3, 1, 8, {stable_at(other, 8), {}}));
  BOOST_TEST(other.sent_of<NewView>().empty());  // beside one from 8 the old one does not count
  other.step(other.view_change(0, 1));
  BOOST_TEST(other.sent_of<NewView>().size() == 1u);
  for (const ViewChangePtr& told : other.sent_of<NewView>()[0]->body.view_changes) {
    BOOST_TEST(told->sender().value != 2u);
  }
}

BOOST_AUTO_TEST_CASE(a_new_view_that_counts_an_old_view_change_too_late_is_refused) {
  EngineRig rig(3);
  readmit(rig);
  rig.signs_as = kOld;
  const auto old = rig.view_change(2, 1);
  rig.signs_as.reset();
  const auto new_view =
      rig.honest_new_view(1, {rig.view_change(0, 1, 8, from_checkpoint(rig, 8)), rig.view_change(1, 1), old});
  rig.step(new_view);
  BOOST_TEST(rig.was_rejected(RejectReason::wrong_incarnation));
  BOOST_TEST(rig.engine->status().view.value == 0u);
  BOOST_TEST(rig.evidence.empty());  // its primary may not have executed the readmission yet
}

// The hazard itself: slot 41 rests on the new incarnation's vote, and the others of its quorum are not in V.
BOOST_AUTO_TEST_CASE(who_prepared_beyond_the_effect_follows_no_new_view_of_the_old_incarnation) {
  for (const bool has_prepared : {false, true}) {
    EngineRig rig(3);
    readmit(rig);
    advance(rig, kEffective);
    if (has_prepared) {
      const BatchPtr batch = rig.batch(41);
      rig.step(rig.pre_prepare(0, 41, batch));
      for (const std::uint32_t id : {1u, 2u}) rig.step(rig.prepare(id, 0, 41, batch->digest));
      BOOST_TEST(!rig.sent_of<Commit>().empty());
    }
    rig.signs_as = kOld;
    const auto old = rig.view_change(2, 1);
    rig.signs_as.reset();
    rig.clear();
    rig.step(rig.honest_new_view(1, {rig.view_change(0, 1), rig.view_change(1, 1), old}));
    BOOST_TEST(rig.was_rejected(RejectReason::wrong_incarnation) == has_prepared);
    BOOST_TEST(rig.engine->status().view.value == (has_prepared ? 0u : 1u));
    BOOST_TEST(rig.evidence.empty());
  }
}

BOOST_AUTO_TEST_CASE(without_its_store_it_is_silent_until_its_incarnation_counts) {
  EngineRig rig(2);
  readmit(rig);
  rig.become(kNew, kNew);
  rig.restart();
  BOOST_TEST(rig.engine->status().role == "silent");
  rig.step(rig.pre_prepare(0, 1, rig.batch(1)));
  follow(rig, kEffective - 1);
  rig.tick(1000);
  for (const std::uint32_t id : {0u, 1u, 3u}) rig.step(rig.view_change(id, 1, 32, from_checkpoint(rig, 32)));
  BOOST_TEST(statements_sent(rig) == 0u);
  BOOST_TEST(rig.engine->status().silent);
  BOOST_TEST(rig.engine->status().executed.value == kEffective - 1);  // it follows meanwhile
  follow(rig, kEffective);
  BOOST_TEST(rig.engine->status().role == "backup");
  BOOST_TEST(statements_sent(rig) == 0u);  // its checkpoint there is the old incarnation's
  const BatchPtr batch = rig.batch(41);
  rig.step(rig.pre_prepare(0, 41, batch));
  BOOST_REQUIRE(rig.sent_of<Prepare>().size() == 1u);
  BOOST_TEST((rig.sent_of<Prepare>()[0]->header.statement.signer.incarnation == kNew));
}

BOOST_AUTO_TEST_CASE(what_it_heard_while_silent_it_votes_on_afterwards) {
  EngineRig rig(2);
  readmit(rig);
  rig.become(kNew, kNew);
  rig.restart();
  follow(rig, kEffective - 1);
  const BatchPtr batch = rig.batch(41);
  rig.step(rig.pre_prepare(0, 41, batch));
  BOOST_TEST(rig.sent_of<Prepare>().empty());
  follow(rig, kEffective);
  BOOST_TEST(rig.sent_of<Prepare>().size() == 1u);
}

// Found by the test of several hosts: a request that had come while it was silent made a replica leave the view, alone,
// in the moment in which it counted again.
BOOST_AUTO_TEST_CASE(what_waited_while_it_was_silent_gets_a_whole_timeout) {
  EngineRig rig(2);
  readmit(rig);
  rig.become(kNew, kNew);
  rig.restart();
  rig.propose(rig.request(7, 1));
  rig.tick(2 * rig.config.view_change_timeout_ticks);
  BOOST_TEST(rig.engine->status().silent);
  follow(rig, kEffective);
  rig.tick();
  BOOST_TEST(!rig.engine->status().silent);
  BOOST_TEST(rig.engine->status().role == "backup");
  BOOST_TEST(rig.sent_of<ViewChange>().empty());
  rig.tick(2 * rig.config.view_change_timeout_ticks);
  BOOST_TEST(rig.sent_of<ViewChange>().size() >= 1u);  // this primary does nothing about it
}

BOOST_AUTO_TEST_CASE(a_restart_does_not_make_it_speak_earlier) {
  EngineRig rig(2);
  readmit(rig);
  rig.become(kNew, kNew);
  rig.restart();
  follow(rig, 16);
  rig.tick(3);  // what was decided is archived
  rig.restart();
  BOOST_TEST(rig.engine->status().role == "silent");
  BOOST_TEST(rig.engine->status().executed.value == 16u);
  rig.step(rig.pre_prepare(0, 17, rig.batch(17)));
  BOOST_TEST(statements_sent(rig) == 0u);
}

BOOST_AUTO_TEST_CASE(until_its_readmission_is_known_it_is_silent) {
  EngineRig rig(2);
  rig.become(kNew, kNew);
  rig.restart();
  rig.step(rig.pre_prepare(0, 1, rig.batch(1)));
  BOOST_TEST(rig.engine->status().silent);
  BOOST_TEST(statements_sent(rig) == 0u);
}

BOOST_AUTO_TEST_CASE(with_its_store_it_signs_each_slot_in_the_incarnation_of_the_slot) {
  EngineRig rig(2);
  readmit(rig);
  rig.become(kOld, kNew);
  advance(rig, kEffective + 1);
  for (const auto& prepare : rig.sent_of<Prepare>()) {
    BOOST_TEST(prepare->header.statement.signer.incarnation.value ==
               (prepare->sequence().value <= kEffective ? 0u : 1u));
  }
  BOOST_TEST(rig.sent_of<Prepare>().size() == kEffective + 1);
  for (const auto& checkpoint : rig.sent_of<Checkpoint>()) {
    BOOST_TEST((checkpoint->header.statement.signer.incarnation == kOld));
  }
}

BOOST_AUTO_TEST_CASE(without_the_new_key_it_is_silent_where_that_speaks) {
  EngineRig rig(2);
  readmit(rig);
  advance(rig, kEffective + 1);
  BOOST_TEST(rig.sent_of<Prepare>().size() == kEffective);
  BOOST_TEST(rig.engine->status().executed.value == kEffective + 1);
}

BOOST_AUTO_TEST_CASE(between_readmission_and_effect_it_asks_for_no_view) {
  EngineRig rig(2);
  readmit(rig);
  rig.become(kOld, kNew);
  const auto ask = [&](std::uint64_t low) {
    for (const std::uint32_t id : {0u, 1u}) rig.step(rig.view_change(id, 1, low, from_checkpoint(rig, low)));
    return rig.sent_of<ViewChange>();
  };
  advance(rig, 8);
  BOOST_TEST(ask(8).empty());
  advance(rig, kEffective);
  rig.tick();
  rig.step(rig.view_change(3, 1, kEffective, from_checkpoint(rig, kEffective)));
  BOOST_REQUIRE(rig.sent_of<ViewChange>().size() == 1u);
  BOOST_TEST((rig.sent_of<ViewChange>()[0]->header.statement.signer.incarnation == kNew));
}

BOOST_AUTO_TEST_CASE(a_view_change_under_way_is_renewed_when_the_incarnation_changes) {
  EngineRig rig(2);
  readmit(rig);
  rig.become(kOld, kNew);
  for (const std::uint32_t id : {0u, 1u}) rig.step(rig.view_change(id, 1));
  BOOST_REQUIRE(rig.sent_of<ViewChange>().size() == 1u);
  BOOST_TEST((rig.sent_of<ViewChange>()[0]->header.statement.signer.incarnation == kOld));
  follow(rig, kEffective);
  BOOST_REQUIRE(rig.sent_of<ViewChange>().size() == 2u);
  BOOST_TEST((rig.sent_of<ViewChange>()[1]->header.statement.signer.incarnation == kNew));
  BOOST_TEST(rig.sent_of<ViewChange>()[1]->view().value == 1u);
}

BOOST_AUTO_TEST_CASE(a_certificate_with_the_wrong_incarnation_decides_nothing) {
  EngineRig rig(1);
  readmit(rig);
  const BatchPtr batch = rig.batch(1);
  rig.signs_as = kNew;
  Certificate commits = rig.certificate(StatementKind::commit, {2}, 0, 1, batch->digest);
  rig.signs_as.reset();
  for (const std::uint32_t id : {0u, 3u}) {
    const Certificate one = rig.certificate(StatementKind::commit, {id}, 0, 1, batch->digest);
    commits.entries.insert(id == 0 ? commits.entries.begin() : commits.entries.end(), one.entries[0]);
  }
  rig.step(std::make_shared<DecidedSlot>(ReplicaId(0), commits, batch));
  BOOST_TEST(rig.was_rejected(RejectReason::bad_certificate));
  BOOST_TEST(rig.executed.empty());
}

// What was buffered far ahead is judged again once the readmissions before it have executed here.
BOOST_AUTO_TEST_CASE(a_slot_buffered_ahead_of_the_readmission_is_judged_again) {
  EngineRig rig(1);
  const BatchPtr batch = rig.batch(41);
  const Certificate with_old = rig.certificate(StatementKind::commit, {0, 2, 3}, 0, 41, batch->digest);
  rig.step(std::make_shared<DecidedSlot>(ReplicaId(0), with_old, batch));
  BOOST_TEST(rig.rejected.empty());
  readmit(rig);
  follow(rig, kEffective);
  BOOST_TEST(rig.was_rejected(RejectReason::wrong_incarnation));
  BOOST_TEST(rig.engine->status().executed.value == kEffective);
  follow(rig, 41);
  BOOST_TEST(rig.engine->status().executed.value == 41u);
}

// Whoever votes on a slot has executed every readmission that may matter to it.
BOOST_AUTO_TEST_CASE(nobody_votes_a_log_window_beyond_what_it_executed) {
  EngineRig rig(1);
  for (const std::uint32_t id : {0u, 2u, 3u}) rig.step(rig.checkpoint(id, 32, rig.root_of(SequenceNumber(32))));
  BOOST_TEST(rig.engine->status().stable_checkpoint.value == 32u);
  rig.step(rig.pre_prepare(0, 33, rig.batch(33)));
  BOOST_TEST(rig.was_rejected(RejectReason::outside_watermarks));
  BOOST_TEST(rig.sent_of<Prepare>().empty());
  follow(rig, 32);
  rig.step(rig.pre_prepare(0, 33, rig.batch(33)));
  BOOST_TEST(rig.sent_of<Prepare>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(two_incarnations_do_not_contradict_each_other) {
  EngineRig rig(1);
  readmit(rig);
  rig.signs_as = kOld;
  const auto a = rig.commit(2, 0, 41, rig.batch(1)->digest);
  rig.signs_as = kNew;
  const auto b = rig.commit(2, 0, 41, rig.batch(2)->digest);
  BOOST_TEST(!contradiction(a->header, b->header, {}).has_value());
}

BOOST_AUTO_TEST_CASE(evidence_that_names_an_unknown_incarnation_convicts_nobody) {
  EngineRig rig(1), ahead(3);
  readmit(ahead);
  ViewChange::Body body{stable_at(ahead, 48, {0, 2, 3}), {}};
  body.stable_checkpoint->entries[0].signature = {};  // a lie, if one could read it
  const auto view_change = ahead.view_change(3, 1, 48, body);
  const Evidence evidence{EvidenceKind::bad_view_change, view_change->header, std::nullopt, view_change->encoded_body};
  BOOST_TEST(judge(evidence, ahead.crypto(), ahead.config).has_value());
  BOOST_TEST(!judge(evidence, rig.crypto(), rig.config).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(old_copies)

void listen(EngineRig& rig) {
  rig.config.recollection_ticks = 50;
  rig.restart();
}

BOOST_AUTO_TEST_CASE(what_it_signed_and_forgot_comes_back_and_stops_it) {
  EngineRig rig(1);
  listen(rig);
  rig.decide(0, 1, rig.batch(1));
  const auto copy = rig.disk;
  const BatchPtr batch = rig.batch(2);
  rig.decide(0, 2, batch);
  const auto forgotten = rig.sent_of<Commit>().back();
  rig.step(forgotten);
  BOOST_TEST(rig.was_rejected(RejectReason::from_self));  // it remembers
  rig.disk = copy;
  rig.restart();
  BOOST_TEST(rig.engine->status().silent);  // until the others had their chance
  rig.step(forgotten);
  BOOST_TEST(rig.engine->status().old_copy);
  BOOST_TEST(rig.engine->status().quarantined);
}

BOOST_AUTO_TEST_CASE(forged_or_earlier_words_stop_nobody) {
  EngineRig rig(1);
  listen(rig);
  const SignedStatement other = rig.sign(StatementKind::checkpoint, 3, 0, 8, rig.root_of(SequenceNumber(8)));
  SignedStatement forged = other;
  forged.statement.signer.id = 1;
  rig.step(std::make_shared<Checkpoint>(forged));
  BOOST_TEST(rig.was_rejected(RejectReason::bad_signature));
  const auto of_lost_one = rig.view_change(1, 5);
  readmit(rig, 1);
  rig.become(kNew, kNew);
  rig.disk.clear();
  rig.restart();
  rig.step(of_lost_one);
  BOOST_TEST(rig.was_rejected(RejectReason::from_self));
  BOOST_TEST(!rig.engine->status().old_copy);
}

BOOST_AUTO_TEST_CASE(a_peer_returns_what_the_sender_of_a_status_should_know) {
  EngineRig rig(1);
  listen(rig);
  rig.step(rig.view_change(2, 5));
  rig.step(rig.checkpoint(2, 8, rig.root_of(SequenceNumber(8))));
  rig.decide(0, 1, rig.batch(1));
  rig.clear();
  rig.step(std::make_shared<Status>(ReplicaId(2)));
  const auto returned = [&]<class M>(const M*) {
    return std::ranges::any_of(rig.sent, [](const Outbound& o) {
      return o.to == ReplicaId(2) && dynamic_cast<const M*>(o.message.get()) != nullptr &&
             o.message->sender().value == 2;
    });
  };
  BOOST_TEST(returned(static_cast<const ViewChange*>(nullptr)));
  BOOST_TEST(returned(static_cast<const Checkpoint*>(nullptr)));
  BOOST_TEST(returned(static_cast<const Commit*>(nullptr)));
}

BOOST_AUTO_TEST_CASE(after_a_restart_it_votes_once_all_were_heard_or_time_is_up) {
  for (const bool heard : {true, false}) {
    EngineRig rig(1);
    listen(rig);
    rig.decide(0, 1, rig.batch(1));
    rig.restart();
    if (heard) {
      for (const std::uint32_t id : {0u, 2u, 3u}) rig.step(std::make_shared<Status>(ReplicaId(id)));
    }
    rig.step(rig.pre_prepare(0, 2, rig.batch(2)));
    const auto votes = [&] {  // on slot 2; what it said before, it may say again
      return std::ranges::count(rig.sent_of<Prepare>(), SequenceNumber(2), [](const auto& m) { return m->sequence(); });
    };
    BOOST_TEST(votes() == 0);
    rig.tick(40);
    BOOST_TEST(votes() == (heard ? 1 : 0));
    rig.tick(20);
    BOOST_TEST(votes() == 1);
    BOOST_TEST(!rig.engine->status().silent);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater
