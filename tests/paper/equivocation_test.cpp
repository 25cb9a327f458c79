// A primary that proposes two batches for one slot, and voters that vote twice: found out by signatures.
#include <boost/test/unit_test.hpp>

#include "tests/support/engine_rig.hpp"

using namespace breakwater;
using namespace breakwater::testing;

BOOST_AUTO_TEST_SUITE(equivocation)

BOOST_AUTO_TEST_CASE(two_proposals_for_one_slot_convict_and_end_the_view_at_once) {
  EngineRig rig(1);
  rig.step(rig.pre_prepare(0, 1, rig.batch(1)));
  rig.step(rig.pre_prepare(0, 1, rig.batch(2)));
  BOOST_TEST(rig.accuses(0, EvidenceKind::conflicting_pre_prepares));
  BOOST_TEST(rig.engine->status().view.value == 1u);
  BOOST_TEST(rig.sent_of<ViewChange>().size() == 1u);
  BOOST_TEST(rig.sent_of<Proof>().size() == 1u);    // the proof goes with it
  BOOST_TEST(rig.sent_of<Prepare>().size() == 1u);  // one vote for the slot, not two
}

BOOST_AUTO_TEST_CASE(a_prepare_for_another_digest_carries_the_proof) {
  EngineRig rig(1);
  rig.step(rig.pre_prepare(0, 1, rig.batch(1)));
  rig.step(rig.prepare(2, 0, 1, rig.batch(2)->digest));
  BOOST_TEST(rig.accuses(0, EvidenceKind::conflicting_pre_prepares));
  BOOST_TEST(rig.engine->status().view.value == 1u);
}

BOOST_AUTO_TEST_CASE(two_prepares_that_carry_different_proposals_prove_it_without_any_proposal_here) {
  EngineRig rig(1);
  rig.step(rig.prepare(2, 0, 1, rig.batch(1)->digest));
  rig.step(rig.prepare(3, 0, 1, rig.batch(2)->digest));
  BOOST_TEST(rig.accuses(0, EvidenceKind::conflicting_pre_prepares));
}

BOOST_AUTO_TEST_CASE(a_prepare_with_a_made_up_primary_signature_is_dropped_and_convicts_nobody) {
  EngineRig rig(1);
  rig.step(rig.pre_prepare(0, 1, rig.batch(1)));
  auto lie = std::make_shared<Prepare>(rig.sign(StatementKind::prepare, 2, 0, 1, rig.batch(2)->digest),
                                       rig.config.signatory(ReplicaId(0)), Signature{});
  rig.step(lie);
  BOOST_TEST(rig.was_rejected(RejectReason::bad_carried_signature));
  BOOST_TEST(rig.evidence.empty());
  BOOST_TEST(rig.engine->status().view.value == 0u);
}

BOOST_AUTO_TEST_CASE(proof_from_a_peer_ends_the_view_too) {
  EngineRig rig(3);
  const SignedStatement a = rig.proposal(0, 5, rig.batch(1)->digest);
  const SignedStatement b = rig.proposal(0, 5, rig.batch(2)->digest);
  rig.step(std::make_shared<Proof>(ReplicaId(1), a, b, Bytes{}));
  BOOST_TEST(rig.accuses(0, EvidenceKind::conflicting_pre_prepares));
  BOOST_TEST(rig.engine->status().view.value == 1u);
}

BOOST_AUTO_TEST_CASE(proof_that_proves_nothing_is_refused) {
  EngineRig rig(3);
  const SignedStatement a = rig.proposal(0, 5, rig.batch(1)->digest);
  const SignedStatement b = rig.proposal(0, 6, rig.batch(2)->digest);  // another slot: no contradiction
  rig.step(std::make_shared<Proof>(ReplicaId(1), a, b, Bytes{}));
  BOOST_TEST(rig.was_rejected(RejectReason::bad_evidence));
  BOOST_TEST(rig.engine->status().view.value == 0u);
}

BOOST_AUTO_TEST_CASE(a_double_voter_is_convicted_and_its_view_goes_on) {
  EngineRig rig(1, 7);
  const BatchPtr b = rig.batch(1);
  rig.step(rig.pre_prepare(0, 1, b));
  rig.step(rig.commit(2, 0, 1, b->digest));
  rig.step(rig.commit(2, 0, 1, rig.batch(2)->digest));
  BOOST_TEST(rig.accuses(2, EvidenceKind::conflicting_commits));
  rig.step(rig.commit(3, 0, 1, b->digest));
  auto lie = rig.prepare(3, 0, 1, b->digest);
  rig.step(lie);
  BOOST_TEST(!rig.accuses(3, EvidenceKind::conflicting_prepare_commit));
  BOOST_TEST(rig.engine->status().view.value == 0u);
}

BOOST_AUTO_TEST_CASE(a_prepare_and_a_commit_that_differ_convict) {
  EngineRig rig(1, 7);
  rig.step(rig.commit(3, 0, 1, rig.batch(2)->digest));
  rig.step(rig.prepare(3, 0, 1, rig.batch(1)->digest));
  BOOST_TEST(rig.accuses(3, EvidenceKind::conflicting_prepare_commit));
}

BOOST_AUTO_TEST_CASE(a_view_change_that_hides_a_commit_convicts) {
  EngineRig rig(1);
  const BatchPtr b = rig.batch(1);
  rig.step(rig.pre_prepare(0, 1, b));
  rig.step(rig.commit(2, 0, 1, b->digest));
  rig.step(rig.view_change(2, 1));
  BOOST_TEST(rig.accuses(2, EvidenceKind::hidden_prepared));

  EngineRig honest(1);
  honest.step(honest.pre_prepare(0, 1, b));
  honest.step(honest.commit(2, 0, 1, b->digest));
  honest.step(honest.view_change(2, 1, 0, {std::nullopt, {honest.prepared(0, 1, b->digest, {1, 3})}}));
  BOOST_TEST(honest.evidence.empty());
}

// The new-view carries signed view-changes: what a liar told its primary, and what it told this replica.
BOOST_AUTO_TEST_CASE(another_view_change_inside_a_new_view_convicts) {
  EngineRig rig(2);
  const BatchPtr b = rig.batch(1);
  rig.step(rig.pre_prepare(0, 1, b));
  rig.step(rig.view_change(3, 1, 0, {std::nullopt, {rig.prepared(0, 1, b->digest, {2, 3})}}));
  const std::vector<ViewChangePtr> v = {rig.view_change(0, 1), rig.view_change(1, 1), rig.view_change(3, 1)};
  rig.step(rig.honest_new_view(1, v));
  BOOST_TEST(rig.engine->status().view.value == 1u);
  BOOST_TEST(rig.accuses(3, EvidenceKind::conflicting_view_changes));
  BOOST_TEST(!rig.accuses(1, EvidenceKind::conflicting_view_changes));
}

BOOST_AUTO_TEST_CASE(a_hidden_certificate_shows_inside_a_new_view) {
  EngineRig rig(2);
  const BatchPtr b = rig.batch(1);
  rig.step(rig.pre_prepare(0, 1, b));
  rig.step(rig.commit(3, 0, 1, b->digest));
  rig.step(rig.honest_new_view(1, {rig.view_change(0, 1), rig.view_change(1, 1), rig.view_change(3, 1)}));
  BOOST_TEST(rig.accuses(3, EvidenceKind::hidden_prepared));
}

BOOST_AUTO_TEST_CASE(two_checkpoints_for_one_sequence_convict) {
  EngineRig rig(1);
  rig.step(rig.checkpoint(2, 8, rig.root_of(SequenceNumber(8))));
  rig.step(rig.checkpoint(2, 8, rig.root_of(SequenceNumber(9))));
  BOOST_TEST(rig.accuses(2, EvidenceKind::conflicting_checkpoints));
}

// The others may make a checkpoint stable before the liar is heard.
BOOST_AUTO_TEST_CASE(two_checkpoints_for_the_stable_sequence_convict) {
  const Digest root = EngineRig(1).root_of(SequenceNumber(8));
  const Digest lie = EngineRig(1).root_of(SequenceNumber(9));
  for (const std::uint64_t told_before : {0, 1, 2}) {
    EngineRig rig(1);
    if (told_before == 1) rig.step(rig.checkpoint(2, 8, root));
    if (told_before == 2) rig.step(rig.checkpoint(2, 8, lie));
    for (std::uint64_t n = 1; n <= 8; ++n) rig.decide(0, n, rig.batch(n));
    rig.step(rig.checkpoint(0, 8, root));
    rig.step(rig.checkpoint(3, 8, root));
    BOOST_REQUIRE_EQUAL(rig.engine->status().stable_checkpoint.value, 8u);
    BOOST_TEST(!rig.accuses(2, EvidenceKind::conflicting_checkpoints));
    rig.step(rig.checkpoint(2, 8, lie));
    rig.step(rig.checkpoint(2, 8, root));
    BOOST_TEST(rig.accuses(2, EvidenceKind::conflicting_checkpoints), "told before: " << told_before);
  }
}

BOOST_AUTO_TEST_CASE(evidence_is_bounded_per_accused_and_kept_once) {
  EngineRig rig(1, 7);
  for (std::uint64_t n = 1; n <= 30; ++n) {
    rig.step(rig.commit(2, 0, n, rig.batch(1)->digest));
    rig.step(rig.commit(2, 0, n, rig.batch(2)->digest));
    rig.step(rig.commit(2, 0, n, rig.batch(3)->digest));
  }
  BOOST_TEST(rig.evidence.size() == 16u);
  BOOST_TEST(rig.was_rejected(RejectReason::known_evidence));
}

// Every byte of the canonical file matters.
BOOST_AUTO_TEST_CASE(evidence_survives_no_change) {
  EngineRig rig(1);
  rig.step(rig.pre_prepare(0, 1, rig.batch(1)));
  rig.step(rig.pre_prepare(0, 1, rig.batch(2)));
  BOOST_REQUIRE(!rig.evidence.empty());
  const Bytes file = rig.evidence[0].bytes;
  const auto convicts = [&](const Bytes& bytes) {
    const auto evidence = decode_evidence(bytes);
    return evidence && encode(*evidence) == bytes && judge(*evidence, rig.crypto(), rig.config).has_value();
  };
  BOOST_TEST(convicts(file));
  for (std::size_t i = 0; i < file.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes changed = file;
      changed[i] ^= static_cast<std::uint8_t>(1 << bit);
      BOOST_TEST(!convicts(changed), "byte " << i << " bit " << bit);
    }
  }
  for (std::size_t size = 0; size < file.size(); ++size) {
    BOOST_TEST(!convicts(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size))));
  }
  Bytes longer = file;
  longer.push_back(0);
  BOOST_TEST(!convicts(longer));
}

BOOST_AUTO_TEST_SUITE_END()
