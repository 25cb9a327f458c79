// OSDI '99, section 4.2: the normal case, one rule a test.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/support/engine_rig.hpp"

using namespace breakwater;
using namespace breakwater::testing;

BOOST_AUTO_TEST_SUITE(normal_case)

// n, f, quorum: 2f+1 only when n = 3f+1.
BOOST_AUTO_TEST_CASE(quorums_of_any_size_intersect_in_a_correct_replica) {
  const std::uint32_t table[][3] = {{4, 1, 3}, {5, 1, 4}, {6, 1, 4}, {7, 2, 5}, {8, 2, 6}, {10, 3, 7}, {13, 4, 9}};
  for (const auto& [n, f, quorum] : table) {
    const Quorums q = Quorums::byzantine(n);
    BOOST_TEST(q.f == f);
    BOOST_TEST(q.quorum == quorum);
    BOOST_TEST(q.weak == f + 1);
    BOOST_TEST(2 * q.quorum - n > f);  // two quorums share more than f replicas
    BOOST_TEST(q.quorum <= n - f);     // the correct ones alone make one
  }
}

BOOST_AUTO_TEST_CASE(a_backup_prepares_a_valid_proposal_once_it_is_durable) {
  EngineRig rig(1);
  const BatchPtr b = rig.batch(1);
  rig.step(rig.pre_prepare(0, 1, b));
  const auto prepares = rig.sent_of<Prepare>();
  BOOST_REQUIRE_EQUAL(prepares.size(), 1u);
  BOOST_TEST((prepares[0]->digest() == b->digest));
  BOOST_TEST(rig.sent.back().after.has_value());
  // The body, the proposal and the vote are in the journal.
  BOOST_TEST(rig.disk[Table::journal].size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_primary_proposes_and_sends_no_prepare) {
  EngineRig rig(0);
  rig.propose(rig.request(1, 1));
  BOOST_TEST(rig.sent_of<PrePrepare>().size() == 1u);
  BOOST_TEST(rig.sent_of<Prepare>().empty());
  BOOST_TEST(rig.sent.back().after.has_value());
}

// prepared(m, v, n) needs the pre-prepare and quorum-1 prepares of distinct backups.
BOOST_DATA_TEST_CASE(a_commit_follows_exactly_the_prepared_predicate, boost::unit_test::data::make({4u, 5u, 7u, 10u}),
                     n) {
  EngineRig rig(1, n);
  const BatchPtr b = rig.batch(1);
  rig.step(rig.pre_prepare(0, 1, b));
  const std::uint32_t needed = rig.config.quorums.quorum - 2;  // its own prepare counts too
  for (std::uint32_t i = 0; i < needed; ++i) {
    BOOST_TEST(rig.sent_of<Commit>().empty());
    rig.step(rig.prepare(2 + i, 0, 1, b->digest));
  }
  BOOST_TEST(rig.sent_of<Commit>().size() == 1u);
}

BOOST_DATA_TEST_CASE(a_slot_executes_exactly_at_a_quorum_of_commits, boost::unit_test::data::make({4u, 5u, 7u, 10u}),
                     n) {
  EngineRig rig(1, n);
  const BatchPtr b = rig.batch(1);
  rig.step(rig.pre_prepare(0, 1, b));
  for (std::uint32_t r = 2; r < n; ++r) rig.step(rig.prepare(r, 0, 1, b->digest));
  std::uint32_t commits = 1;  // its own
  for (std::uint32_t r = 0; r < n && commits < rig.config.quorums.quorum; ++r) {
    if (r == 1) continue;
    BOOST_TEST(rig.executed.empty());
    rig.step(rig.commit(r, 0, 1, b->digest));
    ++commits;
  }
  BOOST_REQUIRE_EQUAL(rig.executed.size(), 1u);
  BOOST_TEST((rig.executed[0].batch == b));
}

BOOST_AUTO_TEST_CASE(one_signers_vote_repeated_counts_once) {
  EngineRig rig(1, 7);
  const BatchPtr b = rig.batch(1);
  rig.step(rig.pre_prepare(0, 1, b));
  for (int i = 0; i < 6; ++i) rig.step(rig.prepare(2, 0, 1, b->digest));
  BOOST_TEST(rig.sent_of<Commit>().empty());
  BOOST_TEST(rig.was_rejected(RejectReason::duplicate));
}

BOOST_AUTO_TEST_CASE(the_primarys_own_prepare_does_not_count) {
  EngineRig rig(1);
  const BatchPtr b = rig.batch(1);
  rig.step(rig.pre_prepare(0, 1, b));
  rig.step(rig.prepare(0, 0, 1, b->digest));
  BOOST_TEST(rig.sent_of<Commit>().empty());
  BOOST_TEST(rig.was_rejected(RejectReason::bad_structure));
}

BOOST_AUTO_TEST_CASE(votes_for_another_digest_or_view_never_add_up) {
  EngineRig rig(1, 7);
  const BatchPtr b = rig.batch(1);
  rig.step(rig.pre_prepare(0, 1, b));
  rig.step(rig.prepare(2, 0, 1, b->digest));
  rig.step(rig.prepare(3, 1, 1, b->digest));  // another view
  BOOST_TEST(rig.was_rejected(RejectReason::future_view));
  rig.step(rig.prepare(4, 0, 1, b->digest));
  BOOST_TEST(rig.sent_of<Commit>().empty());  // 3 of the 4 needed
  rig.step(rig.prepare(5, 0, 1, b->digest));
  BOOST_TEST(rig.sent_of<Commit>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(votes_that_arrive_before_the_proposal_count_when_it_comes) {
  EngineRig rig(1);
  const BatchPtr b = rig.batch(1);
  rig.step(rig.prepare(2, 0, 1, b->digest));
  rig.step(rig.commit(2, 0, 1, b->digest));
  rig.step(rig.commit(3, 0, 1, b->digest));
  BOOST_TEST(rig.executed.empty());
  rig.step(rig.pre_prepare(0, 1, b));
  BOOST_TEST(rig.executed.size() == 1u);
}

BOOST_AUTO_TEST_CASE(execution_is_contiguous_and_in_order) {
  EngineRig rig(1);
  rig.decide(0, 2, rig.batch(2));
  rig.decide(0, 3, rig.batch(3));
  BOOST_TEST(rig.executed.empty());
  BOOST_TEST(rig.engine->status().chosen.value == 3u);
  rig.decide(0, 1, rig.batch(1));
  BOOST_REQUIRE_EQUAL(rig.executed.size(), 3u);
  for (std::uint64_t i = 0; i < 3; ++i) BOOST_TEST(rig.executed[i].sequence.value == i + 1);
}

BOOST_AUTO_TEST_CASE(only_the_views_primary_may_propose) {
  EngineRig rig(1);
  const BatchPtr b = rig.batch(1);
  rig.step(std::make_shared<PrePrepare>(rig.sign(StatementKind::pre_prepare, 2, 0, 1, b->digest), b));
  BOOST_TEST(rig.was_rejected(RejectReason::not_primary));
  BOOST_TEST(rig.sent_of<Prepare>().empty());
}

BOOST_AUTO_TEST_CASE(a_prepares_signature_does_not_serve_as_a_commits) {
  EngineRig rig(1);
  const BatchPtr b = rig.batch(1);
  SignedStatement vote = rig.sign(StatementKind::prepare, 2, 0, 1, b->digest);
  vote.statement.kind = StatementKind::commit;
  rig.step(std::make_shared<Commit>(vote));
  BOOST_TEST(rig.was_rejected(RejectReason::bad_signature));
  rig.step(std::make_shared<Commit>(rig.sign(StatementKind::prepare, 2, 0, 1, b->digest)));
  BOOST_TEST(rig.was_rejected(RejectReason::wrong_kind));
}

BOOST_AUTO_TEST_CASE(a_batch_with_a_forged_request_is_refused_and_convicts_its_primary) {
  EngineRig rig(1);
  Request forged = *rig.request(1, 1);
  forged.body = encode_commands({to_bytes("edited")});
  forged.digest = request_body_digest(forged.body);
  const BatchPtr b = make_batch(AgreedTime(EngineRig::kNowUs), {std::make_shared<const Request>(forged)});
  rig.step(rig.pre_prepare(0, 1, b));
  BOOST_TEST(rig.sent_of<Prepare>().empty());
  BOOST_TEST(rig.accuses(0, EvidenceKind::forged_request));
  BOOST_TEST(rig.engine->status().view.value == 1u);  // proof ends the view at once
}

BOOST_AUTO_TEST_CASE(empty_and_repetitive_batches_are_refused) {
  EngineRig rig(1);
  rig.step(rig.pre_prepare(0, 1, make_batch(AgreedTime(EngineRig::kNowUs), {})));
  BOOST_TEST(rig.was_rejected(RejectReason::empty_batch));
  rig.step(rig.pre_prepare(0, 2, make_batch(AgreedTime(EngineRig::kNowUs), {rig.request(1, 1), rig.request(1, 1)})));
  BOOST_TEST(rig.was_rejected(RejectReason::duplicate_request));
  rig.step(std::make_shared<PrePrepare>(rig.proposal(0, 3, kNullDigest), nullptr));
  BOOST_TEST(rig.sent_of<Prepare>().empty());
}

// Found by the simulator: a clock that was ahead once spoiled every later proposal of its replica.
BOOST_AUTO_TEST_CASE(a_primary_whose_clock_was_ahead_proposes_the_time_again_when_it_is_mended) {
  EngineRig rig(0);
  rig.now_us += 3'600'000'000;
  rig.tick();
  rig.propose(rig.request(1, 1));
  rig.now_us -= 3'600'000'000;
  rig.tick();
  // Nobody prepares that: the group moves on, and this replica leads again in view 4.
  for (const std::uint32_t r : {1u, 2u, 3u}) rig.step(rig.view_change(r, 4));
  BOOST_REQUIRE_EQUAL(rig.engine->status().view.value, 4u);
  rig.clear();
  rig.propose(rig.request(1, 2));
  rig.tick();
  const auto proposals = rig.sent_of<PrePrepare>();
  BOOST_REQUIRE(!proposals.empty());
  for (const auto& p : proposals) BOOST_TEST(p->batch->time.value == rig.now_us);
}

// A backup's clock gates its own prepare only.
BOOST_AUTO_TEST_CASE(a_proposal_with_an_untimely_clock_is_not_prepared_but_others_votes_count) {
  for (const std::int64_t skew_us : {-3'600'000'000ll, 3'600'000'000ll}) {
    EngineRig rig(1);
    const BatchPtr b = rig.batch(1, static_cast<std::uint64_t>(static_cast<std::int64_t>(EngineRig::kNowUs) + skew_us));
    rig.step(rig.pre_prepare(0, 1, b));
    BOOST_TEST(rig.was_rejected(RejectReason::time_skew));
    BOOST_TEST(rig.sent_of<Prepare>().empty());
    rig.step(rig.prepare(2, 0, 1, b->digest));
    rig.step(rig.prepare(3, 0, 1, b->digest));
    BOOST_TEST(rig.sent_of<Commit>().size() == 1u);
  }
}

BOOST_AUTO_TEST_CASE(sequence_numbers_outside_the_watermarks_are_refused) {
  EngineRig rig(1);
  for (const std::uint64_t n : {std::uint64_t{0}, std::uint64_t{41}, ~std::uint64_t{0}}) {
    rig.rejected.clear();
    rig.step(rig.pre_prepare(0, n, rig.batch(1)));
    BOOST_TEST(rig.was_rejected(RejectReason::outside_watermarks), "sequence " << n);
    rig.rejected.clear();
    rig.step(rig.prepare(2, 0, n, rig.batch(1)->digest));
    BOOST_TEST(rig.was_rejected(RejectReason::outside_watermarks), "sequence " << n);
  }
  BOOST_TEST(rig.sent_of<Prepare>().empty());
}

BOOST_AUTO_TEST_CASE(a_primary_keeps_clear_of_the_high_watermark) {
  EngineRig rig(0);
  rig.config.pipeline = 1000;
  for (std::uint64_t number = 1; number <= 200; ++number) rig.propose(rig.request(1, number));
  for (const auto& m : rig.sent_of<PrePrepare>()) {
    BOOST_TEST(m->sequence().value <= rig.config.log_window - rig.config.checkpoint_interval);
  }
}

BOOST_AUTO_TEST_CASE(what_waits_while_a_slot_is_outstanding_goes_into_one_batch) {
  EngineRig rig(0);
  for (std::uint64_t number = 1; number <= 4; ++number) rig.propose(rig.request(1, number));
  const auto first = rig.sent_of<PrePrepare>();
  BOOST_REQUIRE(!first.empty());
  BOOST_TEST(first[0]->batch->requests.size() == 1u);
  std::size_t proposed = 0;
  for (const auto& m : first) proposed += m->batch->requests.size();
  BOOST_TEST(proposed <= 4u);
  BOOST_TEST(first.size() < 4u);  // not a slot per request
}

BOOST_AUTO_TEST_SUITE_END()
