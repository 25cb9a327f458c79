// OSDI '99, section 4.4: view changes, one rule a test.
#include <boost/test/unit_test.hpp>

#include "pbft/limits.hpp"
#include "tests/support/engine_rig.hpp"

using namespace breakwater;
using namespace breakwater::testing;

namespace {

// Backup `rig` asks for view `view`, joined by enough others to be in it.
void push_to_view_change(EngineRig& rig, std::uint64_t view) {
  for (std::uint32_t r = 0; r < rig.config.quorums.n; ++r) {
    if (r != rig.config.self.value) rig.step(rig.view_change(r, view));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(view_change)

BOOST_AUTO_TEST_CASE(a_waiting_request_times_out_and_asks_for_the_next_view) {
  EngineRig rig(1);
  rig.step(rig.pre_prepare(0, 1, rig.batch(99)));  // in flight: the primary may have a reason to wait
  rig.propose(rig.request(1, 1));
  BOOST_TEST(rig.sent_of<RelayedRequest>().size() == 1u);
  rig.tick(rig.config.view_change_timeout_ticks - 1);
  BOOST_TEST(rig.sent_of<ViewChange>().empty());
  rig.tick();
  BOOST_REQUIRE_EQUAL(rig.sent_of<ViewChange>().size(), 1u);
  BOOST_TEST(rig.sent_of<ViewChange>()[0]->view().value == 1u);
}

// A primary that serves everyone but one client is evicted: progress on other requests resets nothing.
BOOST_AUTO_TEST_CASE(progress_on_other_requests_does_not_reset_the_timer) {
  EngineRig rig(1);
  rig.propose(rig.request(7, 1));
  std::uint64_t n = 1;
  for (; rig.sent_of<ViewChange>().empty() && n < 30; ++n) {
    rig.decide(0, n, rig.batch(n));
    rig.tick(10);
  }
  BOOST_TEST(rig.sent_of<ViewChange>().size() == 1u);
  BOOST_TEST(rig.executed.size() >= 10u);
}

BOOST_AUTO_TEST_CASE(execution_with_any_body_stops_the_timer) {
  EngineRig rig(1);
  rig.propose(rig.request(1, 1, "one body"));
  rig.decide(0, 1, make_batch(AgreedTime(EngineRig::kNowUs), {rig.request(1, 1, "another body")}));
  rig.tick(rig.config.view_change_timeout_ticks * 2);
  BOOST_TEST(rig.sent_of<ViewChange>().empty());
}

// The primary refuses it, since it has executed higher numbers of that client: it is not to blame.
BOOST_AUTO_TEST_CASE(a_request_that_is_spent_times_nobody) {
  EngineRig rig(1);
  rig.propose(rig.request(7, 1));
  rig.propose(rig.request(8, 1));
  rig.spent = {{ClientId(7), RequestNumber(1)}};
  rig.decide(0, 1, make_batch(AgreedTime(EngineRig::kNowUs), {rig.request(8, 1)}));
  rig.tick(rig.config.view_change_timeout_ticks * 2);
  BOOST_TEST(rig.sent_of<ViewChange>().empty());
}

// Until the client's session knows it, the queue does.
BOOST_AUTO_TEST_CASE(a_request_repeated_between_decision_and_execution_is_pending) {
  EngineRig rig(1);
  rig.answer_executions = false;
  rig.propose(rig.request(7, 1));
  rig.decide(0, 1, make_batch(AgreedTime(EngineRig::kNowUs), {rig.request(7, 1)}));
  rig.propose(rig.request(7, 1));
  BOOST_TEST(rig.was_rejected(RejectReason::already_pending));
  rig.tick(rig.config.view_change_timeout_ticks * 2);
  BOOST_TEST(rig.sent_of<ViewChange>().empty());
}

// Its channel vouches that it said it, and no correct primary does.
BOOST_AUTO_TEST_CASE(a_primary_that_says_garbled_things_is_left_at_once) {
  const auto garbled = [](auto message) {
    auto copy = std::make_shared<std::decay_t<decltype(*message)>>(*message);
    copy->header.signature.bytes[0] ^= 1;
    return copy;
  };
  EngineRig rig(1);
  rig.step(garbled(rig.commit(2, 0, 1, rig.batch(1)->digest)));  // another backup
  rig.step(garbled(rig.pre_prepare(1, 1, rig.batch(1))));        // itself, it seems
  BOOST_TEST(rig.sent_of<ViewChange>().empty());
  rig.step(garbled(rig.pre_prepare(0, 1, rig.batch(1))));
  BOOST_TEST(rig.was_rejected(RejectReason::bad_signature));
  BOOST_TEST(rig.sent_of<ViewChange>().size() == 1u);
  BOOST_TEST(rig.evidence.empty());  // nobody else was told

  // So is the next one that garbles its new-view.
  EngineRig other(2);
  other.step(other.view_change(1, 1));
  other.step(other.view_change(3, 1));
  BOOST_REQUIRE(other.engine->status().view.value == 1u);
  other.step(
      garbled(other.honest_new_view(1, {other.view_change(0, 1), other.view_change(1, 1), other.view_change(3, 1)})));
  BOOST_TEST(other.engine->status().view.value == 2u);
}

BOOST_AUTO_TEST_CASE(a_retransmission_does_not_arm_the_timer_again) {
  EngineRig rig(1);
  rig.propose(rig.request(1, 1));
  rig.tick(rig.config.view_change_timeout_ticks / 2);
  rig.propose(rig.request(1, 1));
  BOOST_TEST(rig.was_rejected(RejectReason::already_pending));
  rig.tick(rig.config.view_change_timeout_ticks / 2);
  BOOST_TEST(rig.sent_of<ViewChange>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(f_plus_one_others_draw_it_along_and_fewer_do_not) {
  EngineRig rig(1, 7);
  rig.step(rig.view_change(3, 5));
  rig.step(rig.view_change(4, 1'000'000));  // one huge number moves nobody
  BOOST_TEST(rig.engine->status().view.value == 0u);
  rig.step(rig.view_change(5, 2));
  // The highest view that f+1 = 3 ask for or exceed is 2.
  BOOST_TEST(rig.engine->status().view.value == 2u);
}

BOOST_AUTO_TEST_CASE(a_flood_of_views_takes_one_bounded_place) {
  EngineRig rig(1);
  for (std::uint64_t v = 1; v <= 200; ++v) rig.step(rig.view_change(3, v));
  rig.step(rig.view_change(3, 7));
  BOOST_TEST(rig.was_rejected(RejectReason::superseded));
  BOOST_TEST(rig.engine->status().view.value == 0u);
}

BOOST_AUTO_TEST_CASE(after_asking_for_a_view_it_votes_in_no_earlier_one) {
  EngineRig rig(2);
  rig.step(rig.view_change(1, 1));
  rig.step(rig.view_change(3, 1));
  rig.clear();
  rig.step(rig.pre_prepare(0, 1, rig.batch(1)));
  BOOST_TEST(rig.was_rejected(RejectReason::stale_view));
  rig.step(rig.pre_prepare(1, 1, rig.batch(1)));
  BOOST_TEST(rig.was_rejected(RejectReason::view_changing));
  BOOST_TEST(rig.sent_of<Prepare>().empty());
}

BOOST_AUTO_TEST_CASE(a_view_change_carries_every_prepared_certificate) {
  EngineRig rig(2);
  const BatchPtr b1 = rig.batch(1), b3 = rig.batch(3);
  for (const auto& [n, b] : {std::pair{1, b1}, {3, b3}}) {
    rig.step(rig.pre_prepare(0, static_cast<std::uint64_t>(n), b));
    rig.step(rig.prepare(1, 0, static_cast<std::uint64_t>(n), b->digest));
  }
  rig.step(rig.pre_prepare(0, 2, rig.batch(2)));  // proposed, not prepared
  rig.step(rig.view_change(1, 1));
  rig.step(rig.view_change(3, 1));
  const auto sent = rig.sent_of<ViewChange>();
  BOOST_REQUIRE_EQUAL(sent.size(), 1u);
  BOOST_REQUIRE_EQUAL(sent[0]->body.prepared.size(), 2u);
  BOOST_TEST(sent[0]->body.prepared[0].sequence().value == 1u);
  BOOST_TEST(sent[0]->body.prepared[1].sequence().value == 3u);
  BOOST_TEST(is_valid(*sent[0], rig.config));
}

BOOST_AUTO_TEST_CASE(the_new_primary_proposes_what_was_prepared_and_fills_gaps_with_null_requests) {
  EngineRig rig(1);
  const Digest d3 = rig.batch(3)->digest;
  rig.step(rig.view_change(2, 1, 0, {std::nullopt, {rig.prepared(0, 3, d3, {2, 3})}}));
  rig.step(rig.view_change(3, 1));
  const auto sent = rig.sent_of<NewView>();
  BOOST_REQUIRE_EQUAL(sent.size(), 1u);
  BOOST_TEST(is_valid(*sent[0], rig.config));
  const auto& o = sent[0]->body.pre_prepares;
  BOOST_REQUIRE_EQUAL(o.size(), 3u);
  BOOST_TEST((o[0].statement.digest == kNullDigest));
  BOOST_TEST((o[1].statement.digest == kNullDigest));
  BOOST_TEST((o[2].statement.digest == d3));
}

BOOST_AUTO_TEST_CASE(of_two_certificates_for_one_slot_the_higher_view_wins) {
  EngineRig rig(0);
  const Digest old_digest = rig.batch(1)->digest, new_digest = rig.batch(2)->digest;
  const auto low = rig.view_change(2, 4, 0, {std::nullopt, {rig.prepared(0, 1, old_digest, {2, 3})}});
  const auto high = rig.view_change(3, 4, 0, {std::nullopt, {rig.prepared(2, 1, new_digest, {1, 3})}});
  for (const auto& order : {std::vector<ViewChangePtr>{low, high}, {high, low}}) {
    const NewViewPlan plan = plan_new_view(order);
    BOOST_REQUIRE_EQUAL(plan.digests.size(), 1u);
    BOOST_TEST((plan.digests[0] == new_digest));
  }
}

BOOST_AUTO_TEST_CASE(min_s_is_the_highest_proved_checkpoint) {
  EngineRig rig(0);
  const Digest root = rig.root_of(SequenceNumber(8));
  ViewChange::Body body{rig.certificate(StatementKind::checkpoint, {1, 2, 3}, 0, 8, root), {}};
  const auto proved = rig.view_change(2, 4, 8, body);
  BOOST_TEST(is_valid(*proved, rig.config));
  BOOST_TEST(plan_new_view({rig.view_change(1, 4), proved}).min_s.value == 8u);
  // A low watermark without its proof, with too few signers, or with another sequence is no view-change at all.
  BOOST_TEST(!is_valid(*rig.view_change(2, 4, 8), rig.config));
  body.stable_checkpoint = rig.certificate(StatementKind::checkpoint, {1, 2}, 0, 8, root);
  BOOST_TEST(!is_valid(*rig.view_change(2, 4, 8, body), rig.config));
  body.stable_checkpoint = rig.certificate(StatementKind::checkpoint, {1, 2, 3}, 0, 16, root);
  BOOST_TEST(!is_valid(*rig.view_change(2, 4, 8, body), rig.config));
}

BOOST_AUTO_TEST_CASE(a_view_change_with_a_bogus_certificate_is_dropped_and_the_valid_ones_count) {
  const auto bogus = [](EngineRig& rig) {
    const Digest d = rig.batch(1)->digest;
    return std::vector<PreparedCertificate>{
        rig.prepared(0, 1, d, {2}),      // one vote too few
        rig.prepared(0, 1, d, {0, 2}),   // the primary's own prepare counted
        rig.prepared(1, 1, d, {2, 3}),   // of the view that is asked for
        rig.prepared(0, 33, d, {2, 3}),  // beyond the log window
        rig.prepared(0, 0, d, {2, 3}),   // at the low watermark
    };
  };
  EngineRig probe(0);
  for (std::size_t i = 0; i < bogus(probe).size(); ++i) {
    EngineRig rig(1);
    rig.step(rig.view_change(2, 1, 0, {std::nullopt, {bogus(rig)[i]}}));
    BOOST_TEST(rig.was_rejected(RejectReason::bad_view_change), "case " << i);
    BOOST_TEST(rig.accuses(2, EvidenceKind::bad_view_change), "case " << i);
    rig.step(rig.view_change(0, 1));
    rig.step(rig.view_change(3, 1));
    BOOST_TEST(rig.sent_of<NewView>().size() == 1u, "case " << i);
  }
}

BOOST_AUTO_TEST_CASE(a_certificate_with_a_forged_vote_convicts_who_signed_over_it) {
  EngineRig rig(1);
  PreparedCertificate forged = rig.prepared(0, 1, rig.batch(1)->digest, {2, 3});
  forged.prepares.entries[1].signature.bytes[0] ^= 1;
  rig.step(rig.view_change(2, 1, 0, {std::nullopt, {forged}}));
  BOOST_TEST(rig.was_rejected(RejectReason::bad_nested_signature));
  BOOST_TEST(rig.accuses(2, EvidenceKind::bad_view_change));
}

BOOST_AUTO_TEST_CASE(a_backup_enters_a_valid_new_view_and_votes_in_it) {
  EngineRig rig(2);
  const BatchPtr b = rig.batch(1);
  const auto new_view = rig.honest_new_view(
      1, {rig.view_change(0, 1), rig.view_change(1, 1, 0, {std::nullopt, {rig.prepared(0, 1, b->digest, {1, 3})}}),
          rig.view_change(3, 1)});
  rig.clear();
  rig.step(new_view);
  BOOST_TEST(rig.engine->status().view.value == 1u);
  BOOST_TEST(rig.engine->status().role == "backup");
  // It never held the body: it is asked for by digest.
  BOOST_TEST(rig.sent_of<Prepare>().empty());
  rig.tick();
  BOOST_REQUIRE_EQUAL(rig.sent_of<Status>().size(), 1u);
  BOOST_TEST((rig.sent_of<Status>()[0]->wanted_batches == std::vector<Digest>{b->digest}));
  rig.step(std::make_shared<BatchBody>(ReplicaId(1), b));
  BOOST_TEST(rig.sent_of<Prepare>().size() == 1u);
}

// A certificate may have been made elsewhere from this replica's vote, in a view that it left without being prepared.
// If only a liar showed it, nobody else may have the body.
BOOST_AUTO_TEST_CASE(a_body_voted_for_is_kept_when_its_view_is_left) {
  for (const bool restarted : {false, true}) {
    EngineRig rig(1);
    const BatchPtr b = rig.batch(1);
    rig.step(rig.pre_prepare(0, 1, b));
    rig.step(rig.view_change(2, 2));
    rig.step(rig.view_change(3, 2));
    BOOST_REQUIRE_EQUAL(rig.sent_of<ViewChange>().size(), 1u);
    if (restarted) rig.restart();
    rig.clear();
    rig.step(rig.honest_new_view(2, {rig.view_change(0, 2, 0, {std::nullopt, {rig.prepared(0, 1, b->digest, {1, 2})}}),
                                     rig.view_change(2, 2), rig.view_change(3, 2)}));
    BOOST_TEST(rig.sent_of<Prepare>().size() == 1u, "restarted " << restarted);
    auto asks = std::make_shared<Status>(ReplicaId(3));
    asks->view = ViewNumber(2);
    asks->wanted_batches = {b->digest};
    rig.step(asks);
    BOOST_TEST(rig.sent_of<BatchBody>().size() == 1u, "restarted " << restarted);
  }
}

BOOST_AUTO_TEST_CASE(bodies_of_left_views_are_bounded) {
  EngineRig rig(1);
  for (std::uint64_t view = 0; view < 40; ++view) {
    if (rig.primary(view) != 1) rig.step(rig.pre_prepare(view, 1, rig.batch(view + 1)));
    rig.step(rig.view_change(2, view + 1));
    rig.step(rig.view_change(3, view + 1));
    rig.step(rig.view_change(0, view + 1));
    if (rig.primary(view + 1) == 1) continue;
    rig.step(rig.honest_new_view(
        view + 1, {rig.view_change(0, view + 1), rig.view_change(2, view + 1), rig.view_change(3, view + 1)}));
  }
  const auto is_body = [](const auto& record) { return record.first[0] == 's' && record.first[9] == 'b'; };
  BOOST_TEST(static_cast<std::size_t>(std::ranges::count_if(rig.disk[Table::journal], is_body)) <=
             kMaxBodiesPerSlot + 1);
}

// What convicts is kept, however large it came, and does not keep a replica from starting again.
BOOST_AUTO_TEST_CASE(large_evidence_can_be_read_back) {
  EngineRig rig(1);
  PreparedCertificate bogus = rig.prepared(0, 1, rig.batch(1)->digest, {2, 3});
  bogus.prepares.entries[0].signature.bytes[0] ^= 1;
  bogus.prepares.entries.resize(60, bogus.prepares.entries[0]);
  ViewChange::Body body;
  body.prepared.assign(800, bogus);
  const ViewChangePtr large = rig.view_change(0, 2, 0, body);
  NewView::Body signed_body{{large, large}, {}};
  BOOST_REQUIRE(encode_body(signed_body).size() > 4u * 1024 * 1024);
  rig.step(rig.new_view(2, signed_body));
  BOOST_TEST(rig.accuses(2, EvidenceKind::bad_new_view));
  rig.restart();
  BOOST_TEST((rig.engine->status().suspects == std::vector<ReplicaId>{ReplicaId(2)}));
}

BOOST_AUTO_TEST_CASE(a_new_view_that_does_not_follow_from_its_view_changes_is_refused) {
  const BatchPtr b = EngineRig(0).batch(1);
  for (int wrong = 0; wrong < 6; ++wrong) {
    EngineRig rig(2);
    std::vector<ViewChangePtr> v = {rig.view_change(0, 1),
                                    rig.view_change(1, 1, 0, {std::nullopt, {rig.prepared(0, 1, b->digest, {1, 3})}}),
                                    rig.view_change(3, 1)};
    auto good = rig.honest_new_view(1, v);
    NewView::Body body = good->body;
    std::uint64_t min_s = 0;
    switch (wrong) {
      case 0: body.view_changes.pop_back(); break;                                           // too few
      case 1: body.view_changes[2] = body.view_changes[1]; break;                            // one signer twice
      case 2: body.pre_prepares.clear(); break;                                              // a prepared batch omitted
      case 3: body.pre_prepares[0] = rig.proposal(1, 1, rig.batch(9)->digest); break;        // another batch
      case 4: body.pre_prepares.push_back(rig.proposal(1, 2, rig.batch(9)->digest)); break;  // one too many
      case 5: min_s = 8; break;                                                              // an unproved checkpoint
    }
    push_to_view_change(rig, 1);
    rig.clear();
    rig.step(rig.new_view(1, body, min_s));
    BOOST_TEST(rig.was_rejected(RejectReason::bad_new_view), "case " << wrong);
    BOOST_TEST(rig.accuses(1, EvidenceKind::bad_new_view), "case " << wrong);
    BOOST_TEST(rig.engine->status().view.value == 2u, "case " << wrong);  // on to the next primary
  }
}

BOOST_AUTO_TEST_CASE(a_new_view_from_another_than_its_primary_is_refused) {
  EngineRig rig(2);
  push_to_view_change(rig, 1);
  auto good = rig.honest_new_view(1, {rig.view_change(0, 1), rig.view_change(1, 1), rig.view_change(3, 1)});
  const SignedStatement header = rig.sign(StatementKind::new_view, 3, 1, 0, good->digest());
  rig.step(std::make_shared<NewView>(header, good->body, good->encoded_body));
  BOOST_TEST(rig.was_rejected(RejectReason::not_primary));
  BOOST_TEST(rig.engine->status().role == "view-changing");
}

BOOST_AUTO_TEST_CASE(the_new_view_timer_starts_with_a_quorum_and_backs_off_to_a_cap) {
  EngineRig alone(2);
  alone.propose(alone.request(1, 1));
  alone.tick(alone.config.view_change_timeout_ticks);  // asks for view 1 alone
  alone.tick(alone.config.view_change_timeout_cap_ticks * 2);
  BOOST_TEST(alone.engine->status().view.value == 1u);  // no quorum, no timer

  EngineRig rig(0, 13);  // primary of none of the views 1 to 12
  std::uint64_t previous = 0;
  for (std::uint64_t view = 1; view <= 12; ++view) {
    push_to_view_change(rig, view);
    BOOST_REQUIRE(rig.engine->status().role == "view-changing");
    std::uint64_t waited = 0;
    while (rig.engine->status().view.value == view) {
      rig.tick();
      ++waited;
      BOOST_REQUIRE(waited <= rig.config.view_change_timeout_cap_ticks + 1);
    }
    BOOST_TEST(waited >= previous);
    previous = waited;
  }
  BOOST_TEST(previous >= rig.config.view_change_timeout_cap_ticks - 1);
}

BOOST_AUTO_TEST_CASE(what_waits_goes_to_the_new_primary_with_a_fresh_timer) {
  EngineRig rig(2);
  rig.propose(rig.request(1, 1));
  rig.tick(150);
  push_to_view_change(rig, 1);
  rig.clear();
  rig.step(rig.honest_new_view(1, {rig.view_change(0, 1), rig.view_change(1, 1), rig.view_change(3, 1)}));
  const auto relayed = rig.sent_of<RelayedRequest>();
  BOOST_REQUIRE_EQUAL(relayed.size(), 1u);
  rig.tick(150);
  BOOST_TEST(rig.engine->status().view.value == 1u);
}

BOOST_AUTO_TEST_CASE(a_commit_certificate_decides_in_mid_view_change) {
  EngineRig rig(2);
  push_to_view_change(rig, 1);
  rig.clear();
  const BatchPtr b = rig.batch(1);
  rig.step(std::make_shared<DecidedSlot>(ReplicaId(3),
                                         rig.certificate(StatementKind::commit, {0, 1, 3}, 0, 1, b->digest), b));
  BOOST_TEST(rig.executed.size() == 1u);
  rig.step(
      std::make_shared<DecidedSlot>(ReplicaId(3), rig.certificate(StatementKind::commit, {0, 1}, 0, 2, b->digest), b));
  BOOST_TEST(rig.was_rejected(RejectReason::bad_certificate));
  BOOST_TEST(rig.executed.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
