#include "pbft/rules.hpp"

#include <algorithm>
#include <map>

#include "pbft/limits.hpp"
#include "replication/mutant.hpp"

namespace breakwater::pbft {

bool signers_vote_there(const Certificate& certificate, const Config& config) {
  return std::ranges::all_of(certificate.entries, [&](const Certificate::Entry& entry) {
    return config.votes_on({SignerRole::replica, entry.signer.value, entry.incarnation},
                           certificate.statement.sequence);
  });
}

namespace {

bool is_quorum_of(StatementKind kind, const Certificate& certificate, std::size_t at_least, const Config& config) {
  return certificate.statement.kind == kind && certificate.statement.cluster == config.cluster &&
         certificate.has_distinct_signers(at_least, config.quorums.n) && signers_vote_there(certificate, config);
}

}  // namespace

bool is_valid(const PreparedCertificate& certificate, const Config& config) {
  const Statement& proposal = certificate.pre_prepare.statement;
  const Statement& vote = certificate.prepares.statement;
  const ReplicaId primary = config.primary_of(proposal.view);
  if (proposal.kind != StatementKind::pre_prepare || proposal.cluster != config.cluster ||
      proposal.signer.id != primary.value || !config.votes_on(proposal.signer, proposal.sequence)) {
    return false;
  }
  if (vote.view != proposal.view || vote.sequence != proposal.sequence || vote.digest != proposal.digest) return false;
  if (!is_quorum_of(StatementKind::prepare, certificate.prepares, config.quorums.quorum - 1, config)) return false;
  // The primary's pre-prepare already stands for its vote: counting its prepare too would count it twice.
  return std::ranges::none_of(certificate.prepares.entries,
                              [&](const Certificate::Entry& entry) { return entry.signer == primary; });
}

bool is_commit_certificate(const Certificate& certificate, const Config& config) {
  return is_quorum_of(StatementKind::commit, certificate, config.quorums.quorum, config) &&
         certificate.statement.sequence.value != 0;
}

bool is_stable_certificate(const Certificate& certificate, const Config& config) {
  return is_quorum_of(StatementKind::checkpoint, certificate, config.quorums.quorum, config) &&
         certificate.statement.view == ViewNumber(0) && config.is_checkpoint(certificate.statement.sequence);
}

bool is_valid(const ViewChange& view_change, const Config& config) {
  const SequenceNumber low = view_change.sequence();
  const std::optional<Certificate>& stable = view_change.body.stable_checkpoint;
  if (!config.asks(view_change.header.statement.signer, low, low) || view_change.view() == ViewNumber(0)) return false;
  const bool is_proved = low.value == 0
                             ? !stable.has_value()
                             : stable && stable->statement.sequence == low &&
                                   (is_stable_certificate(*stable, config) || mutant(Mutant::min_s_unproven));
  if (!is_proved) return false;
  SequenceNumber previous = low;
  for (const PreparedCertificate& certificate : view_change.body.prepared) {
    const SequenceNumber n = certificate.sequence();
    if (n <= previous || n.value - low.value > config.log_window) return false;
    if (certificate.view() >= view_change.view() || !is_valid(certificate, config)) return false;
    previous = n;
  }
  return true;
}

NewViewPlan plan_new_view(const std::vector<ViewChangePtr>& view_changes) {
  NewViewPlan plan;
  for (const ViewChangePtr& view_change : view_changes) {
    if (view_change->sequence() > plan.min_s) {
      plan.min_s = view_change->sequence();
      plan.stable_checkpoint = view_change->body.stable_checkpoint;
    }
  }
  // Per sequence, the certificate of the highest view wins.
  std::map<SequenceNumber, const PreparedCertificate*> highest;
  for (const ViewChangePtr& view_change : view_changes) {
    for (const PreparedCertificate& certificate : view_change->body.prepared) {
      if (certificate.sequence() <= plan.min_s) continue;
      const PreparedCertificate*& best = highest[certificate.sequence()];
      const bool is_better = best != nullptr && (mutant(Mutant::lowest_view_wins) ? certificate.view() < best->view()
                                                                                  : certificate.view() > best->view());
      if (best == nullptr || is_better) best = &certificate;
    }
  }
  if (highest.empty()) return plan;
  plan.digests.assign(highest.rbegin()->first.value - plan.min_s.value, kNullDigest);
  for (const auto& [n, certificate] : highest) plan.digests[n.value - plan.min_s.value - 1] = certificate->digest();
  return plan;
}

void keep_those_that_count(std::vector<ViewChangePtr>& view_changes, const Config& config) {
  SequenceNumber min_s;
  for (const ViewChangePtr& view_change : view_changes) min_s = std::max(min_s, view_change->sequence());
  std::erase_if(view_changes, [&](const ViewChangePtr& view_change) {
    return !config.asks(view_change->header.statement.signer, view_change->sequence(), min_s);
  });
}

std::vector<Statement> pre_prepares_of(const NewViewPlan& plan, ViewNumber view, const Config& config) {
  std::vector<Statement> out;
  for (std::size_t i = 0; i < plan.digests.size(); ++i) {
    if (mutant(Mutant::gaps_not_filled) && plan.digests[i] == kNullDigest) continue;
    const SequenceNumber n = plan.min_s.plus(i + 1);
    out.push_back({StatementKind::pre_prepare, config.cluster, config.signatory(config.primary_of(view), n), view, n,
                   plan.digests[i]});
  }
  return out;
}

bool is_valid(const NewView& new_view, const Config& config) {
  const ViewNumber view = new_view.view();
  const Signatory& signer = new_view.header.statement.signer;
  if (view == ViewNumber(0) || signer.id != config.primary_of(view).value || !config.knows(signer)) return false;
  if (new_view.body.view_changes.size() < config.quorums.quorum) return false;
  std::optional<ReplicaId> previous;
  for (const ViewChangePtr& view_change : new_view.body.view_changes) {
    if (previous && view_change->sender() <= *previous) return false;  // distinct signers, ascending
    previous = view_change->sender();
    if (view_change->header.statement.kind != StatementKind::view_change ||
        view_change->header.statement.cluster != config.cluster || view_change->view() != view) {
      return false;
    }
    if (!view_change->digests_match()) return false;
    if (!is_valid(*view_change, config) && !mutant(Mutant::new_view_skips_certificates)) return false;
  }
  const NewViewPlan plan = plan_new_view(new_view.body.view_changes);
  if (new_view.sequence() != plan.min_s || !config.asks(signer, plan.min_s, plan.min_s)) return false;
  if (!std::ranges::all_of(new_view.body.view_changes, [&](const ViewChangePtr& view_change) {
        return config.asks(view_change->header.statement.signer, view_change->sequence(), plan.min_s);
      })) {
    return false;
  }
  if (mutant(Mutant::o_unchecked)) return true;
  const std::vector<Statement> expected = pre_prepares_of(plan, view, config);
  return std::ranges::equal(expected, new_view.body.pre_prepares, [&](Statement e, const SignedStatement& s) {
    if (!config.judges_incarnations && config.knows(s.statement.signer)) {
      e.signer.incarnation = s.statement.signer.incarnation;
    }
    return e == s.statement;
  });
}

Config without_incarnations(Config config) {
  config.judges_incarnations = false;
  return config;
}

bool is_sound(const Message& message, const Config& config) {
  const Config judging = without_incarnations(config);
  if (const auto* view_change = dynamic_cast<const ViewChange*>(&message)) return is_valid(*view_change, judging);
  if (const auto* new_view = dynamic_cast<const NewView*>(&message)) return is_valid(*new_view, judging);
  return true;
}

bool knows_signers_in(const SignedMessage& message, const Config& config) {
  std::vector<Carried> carried;
  message.list_carried(carried, config.cluster);
  return std::ranges::all_of(carried, [&](const Carried& c) {
    const Signatory& signer = c.signed_statement.statement.signer;
    return signer.role != SignerRole::replica || signer.id >= config.quorums.n || config.knows(signer);
  });
}

}  // namespace breakwater::pbft
