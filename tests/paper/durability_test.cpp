// What a restart must not forget, and checkpoints (OSDI '99, section 4.3).
#include <boost/test/unit_test.hpp>

#include "tests/support/engine_rig.hpp"

using namespace breakwater;
using namespace breakwater::testing;

namespace {

Status status_lacking_everything(std::uint32_t from, std::uint64_t view) {
  Status status{ReplicaId(from)};
  status.view = ViewNumber(view);
  return status;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(durability)

BOOST_AUTO_TEST_CASE(after_a_restart_identical_votes_are_sent_again_and_no_other) {
  EngineRig rig(1);
  const BatchPtr b = rig.batch(1);
  rig.step(rig.pre_prepare(0, 1, b));
  rig.step(rig.prepare(2, 0, 1, b->digest));
  const SignedStatement prepare = rig.sent_of<Prepare>().at(0)->header;
  const SignedStatement commit = rig.sent_of<Commit>().at(0)->header;
  rig.restart();
  rig.step(std::make_shared<Status>(status_lacking_everything(2, 0)));
  BOOST_REQUIRE(!rig.sent_of<Prepare>().empty() && !rig.sent_of<Commit>().empty());
  BOOST_TEST((rig.sent_of<Prepare>()[0]->header == prepare));
  BOOST_TEST((rig.sent_of<Commit>()[0]->header == commit));
  // Another proposal for that slot now finds the old one.
  rig.clear();
  rig.step(rig.pre_prepare(0, 1, rig.batch(2)));
  BOOST_TEST(rig.sent_of<Prepare>().empty());
  BOOST_TEST(rig.accuses(0, EvidenceKind::conflicting_pre_prepares));
}

BOOST_AUTO_TEST_CASE(a_restarted_primary_reuses_no_sequence_number) {
  EngineRig rig(0);
  rig.propose(rig.request(1, 1));
  const Digest first = rig.sent_of<PrePrepare>().at(0)->digest();
  rig.restart();
  rig.propose(rig.request(1, 2));
  for (const auto& m : rig.sent_of<PrePrepare>()) {
    BOOST_TEST((m->sequence().value != 1 || m->digest() == first));
  }
}

BOOST_AUTO_TEST_CASE(prepared_certificates_survive_a_restart_into_the_view_change) {
  EngineRig rig(2);
  const BatchPtr b = rig.batch(1);
  rig.step(rig.pre_prepare(0, 1, b));
  rig.step(rig.prepare(1, 0, 1, b->digest));
  rig.restart();
  rig.step(rig.view_change(1, 1));
  rig.step(rig.view_change(3, 1));
  const auto sent = rig.sent_of<ViewChange>();
  BOOST_REQUIRE_EQUAL(sent.size(), 1u);
  BOOST_REQUIRE_EQUAL(sent[0]->body.prepared.size(), 1u);
  BOOST_TEST((sent[0]->body.prepared[0].digest() == b->digest));
}

BOOST_AUTO_TEST_CASE(view_state_survives_a_restart_in_mid_view_change) {
  EngineRig rig(2);
  rig.step(rig.view_change(1, 3));
  rig.step(rig.view_change(3, 3));
  const SignedStatement own = rig.sent_of<ViewChange>().at(0)->header;
  rig.restart();
  BOOST_TEST(rig.engine->status().view.value == 3u);
  BOOST_TEST(rig.engine->status().role == "view-changing");
  rig.step(std::make_shared<Status>(status_lacking_everything(1, 0)));
  BOOST_REQUIRE_EQUAL(rig.sent_of<ViewChange>().size(), 1u);
  BOOST_TEST((rig.sent_of<ViewChange>()[0]->header == own));
  rig.step(rig.pre_prepare(0, 1, rig.batch(1)));
  BOOST_TEST(rig.sent_of<Prepare>().empty());
}

BOOST_AUTO_TEST_CASE(a_new_view_is_sent_again_after_a_restart_to_whoever_lacks_it) {
  EngineRig rig(1);
  rig.step(rig.view_change(2, 1));
  rig.step(rig.view_change(3, 1));
  const auto sent = rig.sent_of<NewView>();
  BOOST_REQUIRE_EQUAL(sent.size(), 1u);
  const SignedStatement header = sent[0]->header;
  rig.restart();
  rig.step(std::make_shared<Status>(status_lacking_everything(3, 0)));
  BOOST_REQUIRE_EQUAL(rig.sent_of<NewView>().size(), 1u);
  BOOST_TEST((rig.sent_of<NewView>()[0]->header == header));
}

BOOST_AUTO_TEST_CASE(a_checkpoint_becomes_stable_at_a_quorum_and_frees_the_log) {
  EngineRig rig(1);
  for (std::uint64_t n = 1; n <= 8; ++n) rig.decide(0, n, rig.batch(n));
  const auto own = rig.sent_of<Checkpoint>();
  BOOST_REQUIRE_EQUAL(own.size(), 1u);
  const Digest root = own[0]->digest();
  rig.step(rig.checkpoint(2, 8, rig.root_of(SequenceNumber(99))));  // a false digest adds to nothing
  rig.step(rig.checkpoint(0, 8, root));
  BOOST_TEST(rig.engine->status().stable_checkpoint.value == 0u);
  rig.step(rig.checkpoint(3, 8, root));
  BOOST_TEST(rig.engine->status().stable_checkpoint.value == 8u);
  for (const auto& [key, value] : rig.disk[Table::journal]) {
    BOOST_TEST((key[0] == 'S' || key[0] == 'k'), "left in the journal: " << to_hex(key));
  }
  BOOST_TEST(rig.disk[Table::archive].size() == 8u);
  rig.step(rig.pre_prepare(0, 5, rig.batch(50)));
  BOOST_TEST(rig.was_rejected(RejectReason::outside_watermarks));
}

// Many archive records share a transaction, but none waits longer than a tick or two for company.
BOOST_AUTO_TEST_CASE(a_decided_slot_is_archived_within_two_ticks) {
  EngineRig rig(1);
  for (std::uint64_t n = 1; n <= 3; ++n) rig.decide(0, n, rig.batch(n));
  BOOST_TEST(rig.executed.size() == 3u);
  BOOST_TEST(rig.disk[Table::archive].size() == 0u);
  rig.tick(2);
  BOOST_TEST(rig.disk[Table::archive].size() == 3u);
}

// The journal forgets a slot in the transaction that archives it, whoever's checkpoint made it stable.
BOOST_AUTO_TEST_CASE(what_the_journal_forgets_is_in_the_archive) {
  EngineRig rig(1);
  rig.answer_executions = false;  // this replica's own checkpoint is not made yet
  for (std::uint64_t n = 1; n <= 8; ++n) rig.decide(0, n, rig.batch(n));
  rig.one_round = true;
  for (const std::uint32_t r : {0u, 2u, 3u}) rig.step(rig.checkpoint(r, 8, rig.root_of(SequenceNumber(8))));
  const Ready ready = rig.engine->take_ready();
  const auto in = [&](Table table) {
    return std::ranges::count_if(ready.persist, [&](const Record& r) { return r.table == table; });
  };
  BOOST_TEST(rig.engine->status().stable_checkpoint.value == 8u);
  BOOST_TEST(in(Table::journal) >= 8);
  BOOST_TEST(in(Table::archive) == 8);
}

// Found by the simulator: a replica that died between archiving the slot of a checkpoint and voting on it took the slot
// for executed when it came back, and never voted; with another replica gone for good the group stood still.
BOOST_AUTO_TEST_CASE(the_slot_of_a_checkpoint_is_archived_with_the_vote_on_it) {
  EngineRig rig(1);
  for (std::uint64_t n = 1; n <= 7; ++n) rig.decide(0, n, rig.batch(n));
  rig.tick();  // from here on the archive is due with the next transaction
  const BatchPtr b = rig.batch(8);
  rig.step(rig.pre_prepare(0, 8, b));
  rig.step(rig.commit(2, 0, 8, b->digest));
  rig.step(rig.commit(3, 0, 8, b->digest));
  rig.answer_executions = false;              // it dies before the slot is executed ...
  rig.step(rig.prepare(2, 0, 8, b->digest));  // ... which this transaction decides
  BOOST_REQUIRE_EQUAL(rig.executed.size(), 8u);
  BOOST_TEST(rig.disk[Table::archive].size() == 7u);
  rig.restart();
  rig.answer_executions = true;
  BOOST_TEST(rig.engine->status().executed.value == 7u);
  rig.step(rig.commit(2, 0, 8, b->digest));
  rig.step(rig.commit(3, 0, 8, b->digest));
  BOOST_TEST(rig.engine->status().executed.value == 8u);
  BOOST_TEST(rig.sent_of<Checkpoint>().size() == 1u);
  rig.tick(2);
  BOOST_TEST(rig.disk[Table::archive].size() == 8u);
}

// A vote whose transaction an outer world has not reported yet must not leave by way of a retransmission.
BOOST_AUTO_TEST_CASE(own_votes_name_their_transaction_however_often_they_are_sent) {
  EngineRig rig(1);
  rig.step(rig.pre_prepare(0, 1, rig.batch(1)));
  BOOST_REQUIRE_EQUAL(rig.sent_of<Prepare>().size(), 1u);
  rig.clear();
  rig.step(std::make_shared<Status>(status_lacking_everything(3, 0)));
  BOOST_REQUIRE_EQUAL(rig.sent_of<Prepare>().size(), 1u);
  for (const Outbound& o : rig.sent) BOOST_TEST((o.message->name() != "prepare" || o.after.has_value()));
}

// Found by the simulator: a replica that catches up by the archive alone kept every checkpoint vote on its way.
BOOST_AUTO_TEST_CASE(catching_up_holds_no_more_than_a_window_of_checkpoints) {
  EngineRig rig(1);
  for (std::uint64_t n = 1; n <= 200; ++n) rig.step(rig.decided(0, 0, n, rig.batch(n)));
  BOOST_TEST(rig.engine->status().executed.value == 200u);
  for (const Held& held : rig.engine->held()) {
    BOOST_TEST(held.count <= held.bound, held.what << ": " << held.count << " of " << held.bound);
  }
  const auto votes =
      std::ranges::count_if(rig.disk[Table::journal], [](const auto& row) { return row.first[0] == 'k'; });
  BOOST_TEST(votes == 5);  // L/K + 1
  rig.restart();
  for (const std::uint32_t r : {0u, 2u, 3u}) rig.step(rig.checkpoint(r, 200, rig.root_of(SequenceNumber(200))));
  BOOST_TEST(rig.engine->status().stable_checkpoint.value == 200u);
}

// Found by the simulator: votes on checkpoints below the stable one came back from the journal at every restart.
BOOST_AUTO_TEST_CASE(the_journal_keeps_no_checkpoint_below_the_stable_one) {
  EngineRig rig(1);
  for (const std::uint32_t r : {0u, 2u, 3u}) rig.step(rig.checkpoint(r, 24, rig.root_of(SequenceNumber(24))));
  BOOST_TEST(rig.engine->status().stable_checkpoint.value == 24u);
  for (std::uint64_t n = 1; n <= 24; ++n) rig.step(rig.decided(0, 0, n, rig.batch(n)));
  rig.tick();
  const auto votes =
      std::ranges::count_if(rig.disk[Table::journal], [](const auto& row) { return row.first[0] == 'k'; });
  BOOST_TEST(votes == 1);
}

BOOST_AUTO_TEST_CASE(a_checkpoint_off_the_interval_is_refused) {
  EngineRig rig(1);
  rig.step(rig.checkpoint(2, 9, rig.root_of(SequenceNumber(9))));
  BOOST_TEST(rig.was_rejected(RejectReason::not_a_checkpoint));
}

BOOST_AUTO_TEST_CASE(a_replica_whose_state_differs_from_the_certified_one_stops_voting) {
  EngineRig rig(1);
  for (std::uint64_t n = 1; n <= 8; ++n) rig.decide(0, n, rig.batch(n));
  const Digest other = rig.root_of(SequenceNumber(99));
  for (const std::uint32_t r : {0u, 2u, 3u}) rig.step(rig.checkpoint(r, 8, other));
  BOOST_TEST(rig.engine->status().role == "quarantined");
  rig.clear();
  rig.step(rig.pre_prepare(0, 9, rig.batch(9)));
  BOOST_TEST(rig.sent_of<Prepare>().empty());
  rig.restart();
  BOOST_TEST(rig.engine->status().quarantined);
  rig.step(rig.pre_prepare(0, 9, rig.batch(9)));
  BOOST_TEST(rig.sent_of<Prepare>().empty());
}

BOOST_AUTO_TEST_CASE(proposals_just_above_the_window_wait_for_it_to_move) {
  EngineRig rig(1);
  const BatchPtr early = rig.batch(33);
  rig.step(rig.pre_prepare(0, 33, early));
  BOOST_TEST(rig.sent_of<Prepare>().empty());
  for (std::uint64_t n = 1; n <= 8; ++n) rig.decide(0, n, rig.batch(n));
  rig.clear();
  for (const std::uint32_t r : {0u, 2u}) rig.step(rig.checkpoint(r, 8, rig.root_of(SequenceNumber(8))));
  BOOST_REQUIRE_EQUAL(rig.sent_of<Prepare>().size(), 1u);
  BOOST_TEST((rig.sent_of<Prepare>()[0]->digest() == early->digest));
}

BOOST_AUTO_TEST_CASE(a_replica_far_behind_is_served_from_the_archive) {
  EngineRig rig(1);
  for (std::uint64_t n = 1; n <= 20; ++n) rig.decide(0, n, rig.batch(n));
  Status behind = status_lacking_everything(3, 0);
  rig.step(std::make_shared<Status>(behind));
  BOOST_REQUIRE_EQUAL(rig.served.size(), 1u);
  BOOST_TEST(rig.served[0].first.value == 1u);
  BOOST_TEST(rig.served[0].last.value == 20u);
  rig.step(std::make_shared<Status>(behind));
  BOOST_TEST(rig.was_rejected(RejectReason::throttled));  // once per tick
}

BOOST_AUTO_TEST_SUITE_END()
