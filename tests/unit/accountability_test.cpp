// Who broke agreement, once more than f lied: named from what was signed, or not named at all.
#include <boost/test/unit_test.hpp>

#include "pbft/rules.hpp"
#include "tests/support/audit_rig.hpp"

namespace breakwater::audit {
namespace {

using namespace testing;
using pbft::EvidenceKind;
using pbft::PreparedCertificate;
using pbft::ViewChangePtr;

// Slot 2 was decided for booking 11 in view 0 and for booking 12 in view `second_view`.
struct TwoViews : Harbor {
  explicit TwoViews(std::uint64_t second_view = 1) {
    first = reservation(kDesk, 11);
    second = reservation(kOtherDesk, 12);
    ledgers[2]->decide(2, first, {0, 1, 2}, 0);
    ledgers[3]->decide(2, second, {0, 1, 3}, second_view);
  }
  PreparedCertificate prepared(const BatchPtr& batch, std::uint64_t view,
                               const std::vector<std::uint32_t>& voters) const {
    const auto primary = static_cast<std::uint32_t>(view % kReplicas);
    return {keys.signed_by(primary, keys.statement(StatementKind::pre_prepare, 2, batch->digest, view)),
            keys.certificate(keys.statement(StatementKind::prepare, 2, batch->digest, view), voters)};
  }
  ViewChangePtr view_change(std::uint32_t signer, std::uint64_t view, std::vector<PreparedCertificate> prepared) const {
    pbft::ViewChange::Body body{std::nullopt, std::move(prepared)};
    Bytes encoded = pbft::encode_body(body);
    const Statement s = keys.statement(StatementKind::view_change, 0, pbft::view_change_body_digest(encoded), view);
    return std::make_shared<pbft::ViewChange>(keys.signed_by(signer, s), std::move(body), std::move(encoded));
  }
  // As its primary signs it, from V; `dropped`: it proposes nothing although V has certificates.
  pbft::NewView new_view(std::uint64_t view, std::vector<ViewChangePtr> view_changes, bool dropped = false) const {
    const auto primary = static_cast<std::uint32_t>(view % kReplicas);
    pbft::NewView::Body body{std::move(view_changes), {}};
    if (!dropped) {
      const auto plan = pbft::plan_new_view(body.view_changes);
      for (const Statement& s : pbft::pre_prepares_of(plan, ViewNumber(view), keys.config)) {
        body.pre_prepares.push_back(keys.signed_by(primary, s));
      }
    }
    Bytes encoded = pbft::encode_body(body);
    const Statement s = keys.statement(StatementKind::new_view, 0, pbft::new_view_body_digest(encoded), view);
    return {keys.signed_by(primary, s), std::move(body), std::move(encoded)};
  }
  void keep(std::uint32_t replica, const pbft::NewView& new_view) {
    ledgers[replica]->put(Table::transcripts, Writer().ordered_u64(new_view.view().value).take(),
                          pbft::encode_transcript(new_view));
  }

  BatchPtr first, second;
};

std::set<EvidenceKind> kinds(const Report& report) {
  std::set<EvidenceKind> out;
  for (const pbft::Evidence& evidence : report.evidence) out.insert(evidence.kind);
  return out;
}

BOOST_AUTO_TEST_SUITE(accountability)

BOOST_AUTO_TEST_CASE(without_transcripts_two_views_are_indeterminate) {
  const TwoViews harbor;
  const Report report = harbor.examine({2, 3});
  BOOST_TEST(report.violated());
  BOOST_TEST(report.conflicts.size() == 1u);
  BOOST_TEST(sales(report.double_sold) == "V/C-1: 11 12;");
  BOOST_TEST(report.accused.empty());
  BOOST_TEST((report.accountability == Accountability::indeterminate));
  BOOST_TEST(report.indeterminate_because.find("no store here kept a new-view") != std::string::npos);
}

// 0 and 1 committed in view 0 and left it as if they had prepared nothing; 3 never had.
BOOST_AUTO_TEST_CASE(who_hides_a_commit_on_leaving_a_view_is_named) {
  TwoViews harbor;
  harbor.keep(3, harbor.new_view(
                     1, {harbor.view_change(0, 1, {}), harbor.view_change(1, 1, {}), harbor.view_change(3, 1, {})}));
  const Report report = harbor.examine({2, 3});
  BOOST_TEST(names(report.accused) == "0 1 ");
  BOOST_TEST((kinds(report) == std::set{EvidenceKind::hidden_prepared}));
  BOOST_TEST((report.accountability == Accountability::complete));
  BOOST_TEST(report.transcripts == 1u);
}

// The decisions are three views apart, and the lie was told on the way.
BOOST_AUTO_TEST_CASE(the_lie_may_be_in_a_view_between) {
  TwoViews harbor(3);
  const auto later = harbor.prepared(harbor.second, 1, {0, 3});
  harbor.keep(2, harbor.new_view(
                     1, {harbor.view_change(0, 1, {}), harbor.view_change(1, 1, {}), harbor.view_change(3, 1, {})}));
  harbor.keep(3, harbor.new_view(3, {harbor.view_change(0, 3, {later}), harbor.view_change(1, 3, {later}),
                                     harbor.view_change(3, 3, {later})}));
  Report report = harbor.examine({2, 3});
  BOOST_TEST(names(report.accused) == "0 1 ");
  BOOST_TEST((report.accountability == Accountability::complete));
  // Without the store that kept it, the later new-view shows nothing: who carried a later certificate hid nothing.
  report = TwoViews(3).examine({2, 3});
  BOOST_TEST((report.accountability == Accountability::indeterminate));
}

// 2 honestly carries what it prepared; the new primary proposes as if it had not.
BOOST_AUTO_TEST_CASE(a_new_view_that_drops_a_certificate_convicts_its_primary) {
  TwoViews harbor;
  const auto carried = harbor.prepared(harbor.first, 0, {1, 2});
  harbor.keep(3, harbor.new_view(1,
                                 {harbor.view_change(0, 1, {}), harbor.view_change(1, 1, {carried}),
                                  harbor.view_change(2, 1, {carried})},
                                 true));
  const Report report = harbor.examine({2, 3});
  BOOST_TEST(names(report.accused) == "0 1 ");
  BOOST_TEST((kinds(report) == std::set{EvidenceKind::hidden_prepared, EvidenceKind::bad_new_view}));
  BOOST_TEST((report.accountability == Accountability::complete));
}

// Two batches prepared in one view, one of them decided there: the votes convict, read out of a view-change.
BOOST_AUTO_TEST_CASE(votes_inside_view_changes_convict) {
  TwoViews harbor;
  const auto other = harbor.prepared(harbor.second, 0, {1, 3});
  harbor.keep(3, harbor.new_view(1, {harbor.view_change(0, 1, {other}), harbor.view_change(1, 1, {other}),
                                     harbor.view_change(3, 1, {other})}));
  const Report report = harbor.examine({2, 3});
  BOOST_TEST(names(report.accused) == "0 1 ");
  BOOST_TEST((kinds(report) ==
              std::set{EvidenceKind::conflicting_prepare_commit, EvidenceKind::conflicting_pre_prepare_commit}));
  BOOST_TEST((report.accountability == Accountability::complete));
}

// Honest replicas carry their certificates, stand above the slot, or never committed: none of it accuses them.
BOOST_AUTO_TEST_CASE(honest_view_changes_accuse_nobody) {
  TwoViews harbor(3);
  const auto carried = harbor.prepared(harbor.first, 0, {1, 2});
  harbor.keep(2, harbor.new_view(1, {harbor.view_change(0, 1, {carried}), harbor.view_change(1, 1, {carried}),
                                     harbor.view_change(2, 1, {carried})}));
  harbor.keep(3, harbor.new_view(2, {harbor.view_change(0, 2, {carried}), harbor.view_change(2, 2, {carried}),
                                     harbor.view_change(3, 2, {})}));
  const Report report = harbor.examine({2, 3});
  BOOST_TEST(report.accused.empty());
  BOOST_TEST(report.transcripts == 2u);
  BOOST_TEST((report.accountability == Accountability::indeterminate));
  BOOST_TEST(report.indeterminate_because.find("do not show") != std::string::npos);
}

// A store can claim anything; only signatures accuse.
BOOST_AUTO_TEST_CASE(forged_transcripts_accuse_nobody) {
  TwoViews harbor;
  pbft::NewView forged =
      harbor.new_view(1, {harbor.view_change(0, 1, {}), harbor.view_change(1, 1, {}), harbor.view_change(3, 1, {})});
  pbft::NewView::Body body = forged.body;
  for (ViewChangePtr& view_change : body.view_changes) {
    pbft::ViewChange unsigned_one = *view_change;
    unsigned_one.header.signature.bytes[0] ^= 1;
    view_change = std::make_shared<pbft::ViewChange>(unsigned_one);
  }
  Bytes encoded = pbft::encode_body(body);
  SignedStatement header = forged.header;
  header.statement.digest = pbft::new_view_body_digest(encoded);
  harbor.keep(3, {header, std::move(body), std::move(encoded)});
  harbor.ledgers[2]->put(Table::transcripts, to_bytes("damaged"), to_bytes("no transcript"));
  const Report report = harbor.examine({2, 3});
  BOOST_TEST(report.accused.empty());
  BOOST_TEST((report.accountability == Accountability::indeterminate));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::audit
