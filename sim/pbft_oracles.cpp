#include "sim/pbft_oracles.hpp"

#include <algorithm>

#include "pbft/messages.hpp"

namespace breakwater::sim {

PbftOracles::PbftOracles(std::uint32_t replicas, Digest cluster, const SignatureChecker& checker,
                         std::function<bool(ReplicaId)> is_byzantine)
    : replicas_(replicas),
      quorum_((replicas + (replicas - 1) / 3 + 2) / 2),
      cluster_(cluster),
      checker_(checker),
      is_byzantine_(std::move(is_byzantine)) {}

void PbftOracles::has_said(ReplicaId id, std::optional<ReplicaId>, const Message& message) {
  const auto* statement = dynamic_cast<const pbft::StatementMessage*>(&message);
  if (statement == nullptr || statement->sender() != id) return;
  has_signed(id, statement->header.statement);
  const auto* new_view = dynamic_cast<const pbft::NewView*>(statement);
  if (new_view == nullptr) return;
  for (const SignedStatement& s : new_view->body.pre_prepares) has_signed(id, s.statement);
}

void PbftOracles::wrote(ReplicaId id, const Record& record) {
  if (record.table == Table::archive && record.value) archived(id, *record.value);
}

// No correct replica contradicts itself, restarts included; having asked for a view, it votes in none below.
void PbftOracles::has_signed(ReplicaId id, const Statement& s) {
  const bool is_vote =
      s.kind == StatementKind::pre_prepare || s.kind == StatementKind::prepare || s.kind == StatementKind::commit;
  const bool per_slot = is_vote || s.kind == StatementKind::checkpoint || s.kind == StatementKind::reply;
  const std::string what = text_of(id) + " said a " + std::string(name_of(s.kind)) + " for view " +
                           std::to_string(s.view.value) + ", " + text_of(s.sequence);
  check_era(id, s, what);
  ViewNumber& asked_for = asked_for_[s.signer];
  if (is_vote && s.view < asked_for) {
    violated("no-contradiction", what + " after it had asked for view " + std::to_string(asked_for.value));
  }
  if (s.kind == StatementKind::view_change) asked_for = std::max(asked_for, s.view);
  const auto once = [&](StatementKind kind, const Digest& digest) {
    const auto [held, is_new] =
        said_.try_emplace({s.signer, kind, s.view, per_slot ? s.sequence : SequenceNumber(0)}, digest);
    return is_new || held->second == digest;
  };
  if (!once(s.kind, s.digest)) violated("no-contradiction", what + ", and another one before");
  if (s.kind == StatementKind::prepare || s.kind == StatementKind::commit) {
    const auto other =
        said_.find({s.signer, s.kind == StatementKind::prepare ? StatementKind::commit : StatementKind::prepare, s.view,
                    s.sequence});
    if (other != said_.end() && other->second != s.digest) {
      violated("no-contradiction", what + ", and a vote of the other phase for another digest");
    }
  }
  if (s.kind == StatementKind::checkpoint) {
    const auto [held, is_new] = checkpoints_.try_emplace(s.sequence, s.digest);
    if (!is_new && held->second != s.digest) {
      violated("checkpoint-digests", text_of(id) + " has another state than others after " + text_of(s.sequence));
    }
  }
}

void PbftOracles::executed(ReplicaId id, const Committed& slot, const std::vector<Application::Answer>& answers) {
  Oracles::executed(id, slot, answers);
  for (const Application::Answer& a : answers) {
    const auto commands = decode_commands(a.request->body);
    for (std::size_t c = 0; commands && c < commands->size() && c < a.results.size(); ++c) {
      const auto command = decode_group_command((*commands)[c]);
      const auto result = decode_group_result(a.results[c]);
      if (!command || !result || !result->era) continue;
      eras_.emplace(std::pair(std::get<Readmit>(*command).replica, result->era->incarnation), *result->era);
    }
  }
}

// Nobody correct speaks in an incarnation for slots that are not its own.
void PbftOracles::check_era(ReplicaId id, const Statement& s, const std::string& what) {
  const bool for_views = s.kind == StatementKind::view_change || s.kind == StatementKind::new_view;
  const auto own = eras_.find({id, s.signer.incarnation});
  const auto next = eras_.find({id, s.signer.incarnation.next()});
  if (own != eras_.end()) {
    const SequenceNumber effective = own->second.effective;
    if (for_views ? s.sequence < effective : s.sequence <= effective) {
      violated("incarnations", what + ", before its incarnation counts");
    }
  } else if (s.signer.incarnation != Incarnation(0)) {
    violated("incarnations", what + ", in an incarnation that nobody admitted");
  }
  if (next != eras_.end() && !for_views && s.sequence > next->second.effective) {
    violated("incarnations", what + ", where its next incarnation speaks");
  }
}

void PbftOracles::check_certificate(ReplicaId id, const Certificate& commits) {
  const Statement& statement = commits.statement;
  std::set<ReplicaId> signers;
  for (const Certificate::Entry& entry : commits.entries) {
    const SignedStatement vote = commits.signed_by(entry);
    if (entry.signer.value < replicas_ && checker_.holds(vote)) signers.insert(entry.signer);
  }
  const bool sound =
      statement.kind == StatementKind::commit && statement.cluster == cluster_ && signers.size() >= quorum_;
  if (!sound) {
    violated("certificate-soundness", text_of(id) + " decided " + text_of(statement.sequence) + " by " +
                                          std::to_string(signers.size()) + " good commits of distinct replicas");
  }
}

void PbftOracles::archived(ReplicaId id, ByteView record) {
  const auto slot = pbft::decode_archived(record);
  if (!slot) return violated("certificate-soundness", text_of(id) + " archived what does not decode");
  check_certificate(id, slot->commits);
  agree(id, slot->commits.statement.sequence, slot->commits.statement.digest);
  const Digest batch = slot->batch == nullptr ? kNullDigest : hash("batch", slot->batch->encoded);
  if (batch != slot->commits.statement.digest) {
    violated("certificate-soundness", text_of(id) + " archived another batch than was certified");
  }
}

void PbftOracles::convicted(ReplicaId id, const pbft::Conviction& conviction) {
  if (is_byzantine_(conviction.accused)) return;
  violated("no-innocent-convicted", text_of(id) + " holds proof: " + conviction.why);
}

}  // namespace breakwater::sim
