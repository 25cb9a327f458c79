// Lies about views (rows 11 to 13, 15).
#include <boost/test/unit_test.hpp>

#include "tests/hazards/lenient.hpp"
#include "tests/hazards/stage.hpp"

using namespace breakwater;
using namespace breakwater::hazards;
using namespace breakwater::pbft;
using breakwater::testing::EngineRig;

BOOST_AUTO_TEST_SUITE(view_changes)

static MessagePtr view_change(Stage& stage, std::uint32_t signer, std::uint64_t view, ViewChange::Body body) {
  Bytes encoded = encode_body(body);
  const SignedStatement header =
      stage.sign(StatementKind::view_change, signer, view, 0, view_change_body_digest(encoded));
  return std::make_shared<ViewChange>(header, std::move(body), std::move(encoded));
}

// The primary's proposals are lost from now on: the group will change its view.
static void lose_proposals_of_0(Stage& stage) {
  stage.rule([](ReplicaId from, ReplicaId, const Message& message) {
    return from != ReplicaId(0) || message.name() != "pre-prepare";
  });
}

BOOST_AUTO_TEST_CASE(hazard_11_view_change_with_a_bogus_prepared_certificate) {
  Stage stage(group_of(4, {{3, kPuppet}}));
  stage.open();
  // That another batch was prepared in slot 1: its own vote alone, and a certificate with signatures made up.
  const Digest other = hash("another batch", {});
  PreparedCertificate lonely{stage.sign(StatementKind::pre_prepare, 0, 0, 1, other), {}};
  lonely.pre_prepare.signature = {};
  const SignedStatement vote = stage.sign(StatementKind::prepare, 3, 0, 1, other);
  lonely.prepares = {without_signer(vote.statement), {{ReplicaId(3), Incarnation(0), vote.signature}}};
  PreparedCertificate forged = lonely;
  forged.prepares.entries = {{ReplicaId(1), Incarnation(0), {}}, {ReplicaId(2), Incarnation(0), {}}};
  stage.say_to_all(3, view_change(stage, 3, 1, {std::nullopt, {lonely}}));
  stage.say_to_all(3, view_change(stage, 3, 2, {std::nullopt, {forged}}));
  stage.run_for(50);
  BOOST_TEST(stage.rejected_anywhere(RejectReason::bad_view_change) +
                 stage.rejected_anywhere(RejectReason::bad_nested_signature) >=
             6u);
  lose_proposals_of_0(stage);
  stage.reserve(1, 101);
  BOOST_TEST(stage.answered());  // the valid ones count
  BOOST_TEST(stage.highest_view() >= 1u);
  BOOST_TEST(stage.everybody_accuses(3, "bad_view_change"));
  BOOST_TEST(stage.accused() == Ids{3}, boost::test_tools::per_element());
  BOOST_TEST(stage.heals_and_converges());
}

// With certificates of no votes at all, the lie outweighs what was decided, and the new primary sees it.
BOOST_AUTO_TEST_CASE(hazard_11_bites_when_a_certificate_needs_no_prepares) {
  EngineRig rig(1);
  weaken(rig, 1);
  rig.step(rig.pre_prepare(0, 1, rig.batch(1)));
  BOOST_REQUIRE(rig.executed.size() == 1u);
  ViewChange::Body body;
  body.prepared = {rig.prepared(0, 1, rig.batch(2)->digest, {})};
  rig.step(rig.view_change(0, 1, 0, body));
  BOOST_TEST(rig.engine->status().quarantined);
  BOOST_TEST(rig.engine->status().waiting_for.find("another batch for decided slot 1") != std::string::npos);
}

// From one liar: a million views ahead, in steps.
static const std::uint64_t kViews[] = {1, 2, 3, 10, 100, 1000, 10'000, 100'000, 1'000'000};

BOOST_AUTO_TEST_CASE(hazard_12_view_changes_for_a_million_views) {
  Stage stage(group_of(4, {{3, kPuppet}}));
  stage.open();
  for (std::uint64_t view = 1; view <= 2000; ++view) stage.say_to_all(3, view_change(stage, 3, view, {}));
  for (const std::uint64_t view : kViews) stage.say_to_all(3, view_change(stage, 3, view + 2000, {}));
  stage.run_for(50);
  for (std::uint64_t view = 1; view <= 2000; ++view) stage.say_to_all(3, view_change(stage, 3, view, {}));
  stage.run_for(50);
  BOOST_TEST(stage.rejected_anywhere(RejectReason::superseded) == 3 * 2000u);  // one place per signer: its highest
  stage.reserve(1, 101);
  BOOST_TEST(stage.answered());
  BOOST_TEST(stage.highest_view() == 0u);
  const Ids liar{3};  // it committed slot 1, which its view-changes hide
  BOOST_TEST(stage.accused() == liar, boost::test_tools::per_element());
  BOOST_TEST(stage.heals_and_converges());
}

BOOST_AUTO_TEST_CASE(hazard_12_bites_when_one_voice_is_enough_to_leave) {
  EngineRig rig(1);
  weaken(rig, 1);
  for (const std::uint64_t view : kViews) rig.step(rig.view_change(3, view));
  BOOST_TEST(rig.engine->status().view.value == 1'000'000u);
}

BOOST_AUTO_TEST_CASE(hazard_13_new_view_of_a_non_primary_or_with_too_few_view_changes) {
  EngineRig rig(2);
  const auto honest = rig.honest_new_view(1, {rig.view_change(0, 1), rig.view_change(1, 1), rig.view_change(3, 1)});
  auto impostor = std::make_shared<NewView>(*honest);
  impostor->header = rig.sign(StatementKind::new_view, 3, 1, 0, honest->digest());
  rig.step(impostor);
  BOOST_TEST(rig.was_rejected(RejectReason::not_primary));
  rig.step(rig.honest_new_view(1, {rig.view_change(0, 1), rig.view_change(3, 1)}));
  BOOST_TEST(rig.was_rejected(RejectReason::bad_new_view));
  BOOST_TEST(rig.accuses(1, EvidenceKind::bad_new_view));
  rig.step(rig.honest_new_view(1, {rig.view_change(0, 1), rig.view_change(0, 1), rig.view_change(3, 1)}));
  BOOST_TEST(std::ranges::count(rig.rejected, RejectReason::bad_new_view, &Rejected::reason) == 2);
  BOOST_TEST(rig.engine->status().view.value == 0u);
}

// Two view-changes of three show that slot 1 was prepared; the liar's new-view is made as if none did.
BOOST_AUTO_TEST_CASE(hazard_13_new_view_that_omits_a_prepared_batch) {
  Stage stage(group_of(4, {{1, kPuppetAfterOpening}}));
  stage.open();
  lose_proposals_of_0(stage);
  stage.reserve(1, 101);
  const auto asked = [&] {
    std::vector<ViewChangePtr> v;
    for (const auto& m : stage.wire_of<ViewChange>()) {
      if (m->view() == ViewNumber(1) && m->sender() != ReplicaId(1)) v.push_back(m);
    }
    return v;
  };
  BOOST_REQUIRE(stage.run_until([&] { return asked().size() == 3; }, 10'000));
  NewView::Body body{asked(), {}};
  std::ranges::sort(body.view_changes, {}, [](const ViewChangePtr& m) { return m->sender(); });
  BOOST_REQUIRE(!body.view_changes[0]->body.prepared.empty());
  Bytes encoded = encode_body(body);
  const SignedStatement header = stage.sign(StatementKind::new_view, 1, 1, 0, new_view_body_digest(encoded));
  stage.say_to_all(1, std::make_shared<NewView>(header, std::move(body), std::move(encoded)));
  BOOST_TEST(stage.answered());
  BOOST_TEST(stage.rejected_anywhere(RejectReason::bad_new_view) > 0u);
  BOOST_TEST(stage.everybody_accuses(1, "bad_new_view"));
  BOOST_TEST(stage.highest_view() >= 2u);
  BOOST_TEST(stage.heals_and_converges());
  BOOST_TEST(stage.accused() == Ids{1}, boost::test_tools::per_element());
}

// Replica 2 committed `first` in slot 1, so others may have decided it. Does it decide another batch there?
static bool second_decision_in_slot_1(EngineRig& rig) {
  const BatchPtr first = rig.batch(1), second = rig.batch(2);
  rig.step(rig.pre_prepare(0, 1, first));
  rig.step(rig.prepare(1, 0, 1, first->digest));
  BOOST_REQUIRE(rig.sent_of<Commit>().size() == 1u);
  rig.step(rig.new_view(1, {{rig.view_change(0, 1), rig.view_change(1, 1)}, {}}));
  rig.step(rig.pre_prepare(1, 1, second));
  for (const std::uint32_t id : {0u, 3u}) rig.step(rig.prepare(id, 1, 1, second->digest));
  for (const std::uint32_t id : {0u, 1u, 3u}) rig.step(rig.commit(id, 1, 1, second->digest));
  return !rig.executed.empty();
}

BOOST_AUTO_TEST_CASE(hazard_13_bites_when_two_view_changes_are_enough) {
  EngineRig rig(2);
  BOOST_TEST(!second_decision_in_slot_1(rig));
  EngineRig weak(2);
  weaken(weak, 2);
  BOOST_TEST(second_decision_in_slot_1(weak));
}

// The liar sends slot 2's body to replica 3 never, and leaves; the others carry its digest into the new view.
BOOST_AUTO_TEST_CASE(hazard_15_digest_carried_over_body_withheld) {
  Stage stage(group_of(4, {{0, kPuppetAfterOpening}}));
  stage.open();
  const BatchPtr batch = stage.batch({stage.reserve_request(1, 1, 101)});
  bool withheld = true;
  stage.rule([&](ReplicaId, ReplicaId to, const Message& message) {
    const std::string_view name = message.name();
    const bool carries = name == "pre-prepare" || name == "batch-body" || name == "decided-slot";
    return !(withheld && to == ReplicaId(3) && carries);
  });
  for (const std::uint32_t to : {1u, 2u}) stage.say(0, to, stage.pre_prepare(0, 0, 2, batch));
  stage.run_for(500);
  stage.reserve(2, 102);
  BOOST_REQUIRE(
      stage.run_until([&] { return stage.status(3).view.value >= 1 && stage.status(1).view.value >= 1; }, 20'000));
  stage.run_for(1000);
  const auto prepared_by_3 = [&] {
    return std::ranges::count_if(stage.wire_of<Prepare>(), [&](const auto& m) {
      return m->sender() == ReplicaId(3) && m->sequence() == SequenceNumber(2) && m->digest() == batch->digest;
    });
  };
  BOOST_TEST(prepared_by_3() == 0);  // it knows the digest and votes for nothing it does not hold
  BOOST_TEST(stage.status(3).executed.value == 1u);
  withheld = false;
  BOOST_TEST(stage.answered());
  BOOST_TEST(prepared_by_3() == 1);  // fetched by digest
  BOOST_TEST(stage.heals_and_converges());
  BOOST_TEST(stage.has_executed(3, ClientId(1), 1));
}

BOOST_AUTO_TEST_SUITE_END()
