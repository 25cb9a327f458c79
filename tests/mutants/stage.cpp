#include "tests/mutants/stage.hpp"

#include <boost/test/unit_test.hpp>

namespace breakwater::testing {

Stage::Stage(ClusterOptions options) : cluster(options), replicas_(options.replicas), log_window_(options.log_window) {
  cluster.filter([this](ReplicaId from, ReplicaId to, const Message& message) {
    note(from, message);
    return !carried_ || carried_(from, to, message);
  });
}

void Stage::note(ReplicaId from, const Message& message) {
  const auto* m = dynamic_cast<const StatementMessage*>(&message);
  if (m == nullptr || m->sender() != from || !seen_.insert(m->header).second) return;
  if (const auto* v = dynamic_cast<const ViewChange*>(m)) {
    said_.push_back(std::make_shared<ViewChange>(*v));
  } else if (const auto* p = dynamic_cast<const Prepare*>(m)) {
    said_.push_back(std::make_shared<Prepare>(*p));
  } else if (const auto* pp = dynamic_cast<const PrePrepare*>(m)) {
    said_.push_back(std::make_shared<PrePrepare>(*pp));
  } else {
    said_.push_back(std::make_shared<Commit>(m->header));  // of the rest the statement alone is looked at
  }
}

BatchPtr Stage::batch(std::uint32_t client, booking::BookingNumber number) {
  const booking::Reserve command{{"V", std::nullopt, "A"}, number};
  return make_batch(AgreedTime(Cluster::kEpochUs + cluster.now_ms() * 1000),
                    {cluster.make_signed_request(client, 1, command)});
}

SignedStatement Stage::sign(StatementKind kind, std::uint32_t liar, std::uint64_t view, std::uint64_t sequence,
                            const Digest& digest) {
  const Config& config = cluster.config(liar);
  const Statement s{
      kind, config.cluster, config.signatory(ReplicaId(liar)), ViewNumber(view), SequenceNumber(sequence), digest};
  return {s, cluster.signer(liar).sign(s)};
}

void Stage::say(std::uint32_t liar, const std::vector<std::uint32_t>& to, const MessagePtr& message) {
  for (const std::uint32_t id : to) cluster.inject(ReplicaId(liar), ReplicaId(id), message);
}

std::shared_ptr<const ViewChange> Stage::view_change(std::uint32_t liar, std::uint64_t view, std::uint64_t low,
                                                     ViewChange::Body body) {
  Bytes encoded = encode_body(body);
  const Digest digest = view_change_body_digest(encoded);
  return std::make_shared<ViewChange>(sign(StatementKind::view_change, liar, view, low, digest), std::move(body),
                                      std::move(encoded));
}

std::shared_ptr<const NewView> Stage::new_view(std::uint32_t liar, std::uint64_t view,
                                               std::vector<ViewChangePtr> view_changes, const std::vector<Digest>& o) {
  NewView::Body body{std::move(view_changes), {}};
  for (std::size_t i = 0; i < o.size(); ++i) {
    body.pre_prepares.push_back(sign(StatementKind::pre_prepare, liar, view, i + 1, o[i]));
  }
  Bytes encoded = encode_body(body);
  const Digest digest = new_view_body_digest(encoded);
  return std::make_shared<NewView>(sign(StatementKind::new_view, liar, view, 0, digest), std::move(body),
                                   std::move(encoded));
}

void Stage::judge(std::uint64_t limit_ms) {
  std::string problem = violation();
  carry_all();
  const bool is_live = problem.empty() && settles(limit_ms);
  cluster.run_for(1000);  // what was decided last goes to the archives
  if (problem.empty()) problem = violation();
  if (problem.empty() && !is_live) problem = "liveness: not all clients are answered";
  if (!problem.empty()) BOOST_ERROR("violated: " << problem);
}

}  // namespace breakwater::testing
