#include "sim/oracles.hpp"

#include <algorithm>

#include "pbft/messages.hpp"

namespace breakwater::sim {

namespace {

std::string text_of(SequenceNumber n) { return "slot " + std::to_string(n.value); }
std::string text_of(ReplicaId id) { return "replica " + std::to_string(id.value); }

Digest digest_of(const std::vector<Application::Answer>& answers) {
  Writer out;
  for (const Application::Answer& a : answers) {
    out.u32(a.request->client.value).u64(a.request->number.value).u8(static_cast<std::uint8_t>(a.verdict));
    for (const Bytes& result : a.results) out.blob(result);
  }
  return hash("outcomes", out.bytes());
}

}  // namespace

Oracles::Oracles(std::uint32_t replicas, Digest cluster, const SignatureChecker& checker,
                 std::function<bool(ReplicaId)> is_byzantine)
    : replicas_(replicas),
      quorum_((replicas + (replicas - 1) / 3 + 2) / 2),
      cluster_(cluster),
      checker_(checker),
      is_byzantine_(std::move(is_byzantine)) {}

void Oracles::violated(std::string property, std::string detail) {
  if (!violation_) violation_ = Violation{std::move(property), std::move(detail)};
}

void Oracles::started(ReplicaId id, SequenceNumber executed) { executed_[id] = executed; }

// No correct replica contradicts itself, restarts included; having asked for a view, it votes in none below.
void Oracles::has_said(ReplicaId id, const Statement& s) {
  const bool is_vote =
      s.kind == StatementKind::pre_prepare || s.kind == StatementKind::prepare || s.kind == StatementKind::commit;
  const bool per_slot = is_vote || s.kind == StatementKind::checkpoint || s.kind == StatementKind::reply;
  const std::string what = text_of(id) + " said a " + std::string(name_of(s.kind)) + " for view " +
                           std::to_string(s.view.value) + ", " + text_of(s.sequence);
  if (is_vote && s.view < asked_for_[id]) {
    violated("no-contradiction", what + " after it had asked for view " + std::to_string(asked_for_[id].value));
  }
  if (s.kind == StatementKind::view_change) asked_for_[id] = std::max(asked_for_[id], s.view);
  const auto once = [&](StatementKind kind, const Digest& digest) {
    const auto [held, is_new] =
        said_.try_emplace({id, kind, s.view, per_slot ? s.sequence : SequenceNumber(0)}, digest);
    return is_new || held->second == digest;
  };
  if (!once(s.kind, s.digest)) violated("no-contradiction", what + ", and another one before");
  if (s.kind == StatementKind::prepare || s.kind == StatementKind::commit) {
    const auto other = said_.find(
        {id, s.kind == StatementKind::prepare ? StatementKind::commit : StatementKind::prepare, s.view, s.sequence});
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

void Oracles::agree(ReplicaId id, SequenceNumber sequence, const Digest& digest) {
  const auto [held, is_new] = decided_.try_emplace(sequence, digest);
  if (!is_new && held->second != digest) {
    violated("agreement", text_of(id) + " decided another batch than others in " + text_of(sequence));
  }
}

void Oracles::check_certificate(ReplicaId id, const Certificate& commits) {
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

void Oracles::archived(ReplicaId id, ByteView record) {
  const auto slot = pbft::decode_archived(record);
  if (!slot) return violated("certificate-soundness", text_of(id) + " archived what does not decode");
  check_certificate(id, slot->commits);
  agree(id, slot->commits.statement.sequence, slot->commits.statement.digest);
  const Digest batch = slot->batch == nullptr ? kNullDigest : hash("batch", slot->batch->encoded);
  if (batch != slot->commits.statement.digest) {
    violated("certificate-soundness", text_of(id) + " archived another batch than was certified");
  }
}

void Oracles::executed(ReplicaId id, const Committed& slot, const std::vector<Application::Answer>& answers) {
  SequenceNumber& last = executed_[id];
  if (slot.sequence != last.next()) {
    violated("integrity", text_of(id) + " executed " + text_of(slot.sequence) + " after " + text_of(last));
  }
  last = slot.sequence;
  agree(id, slot.sequence, slot.batch == nullptr ? kNullDigest : slot.batch->digest);
  const auto [held, is_first] = results_.try_emplace(slot.sequence, digest_of(answers));
  if (is_first) {
    note_first_execution(slot, answers);
  } else if (held->second != digest_of(answers)) {
    violated("agreement", text_of(id) + " has other results than others in " + text_of(slot.sequence));
  }
}

// Validity: only what a client signed. Exactly once, each number. No suite to two bookings. Nothing written by who lost
// the lease, or in an epoch that is over.
void Oracles::note_first_execution(const Committed& slot, const std::vector<Application::Answer>& answers) {
  if (slot.batch != nullptr && slot.batch->time > now_) now_ = slot.batch->time;
  occupancy_.at_time(now_);
  fencing_.at_time(now_);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Application::Answer& a = answers[i];
    const ClientKey key{a.request->client, a.request->number};
    const std::string what =
        "client " + std::to_string(key.first.value) + "'s request " + std::to_string(key.second.value);
    if (!submitted_.contains({key, a.request->digest})) {
      violated("validity", what + " in " + text_of(slot.sequence) + " was signed by nobody");
    }
    if (a.verdict != SessionVerdict::fresh) continue;
    const auto [held, is_new] = once_.try_emplace(key, Executed{{slot.sequence, i}, a.results});
    if (!is_new) violated("exactly-once", what + " executed in " + text_of(held->second.place.sequence) + " and again");
    const auto commands = decode_commands(a.request->body);
    for (std::size_t c = 0; commands && c < commands->size() && c < a.results.size(); ++c) {
      const auto command = booking::decode_command((*commands)[c]);
      const auto result = booking::decode_result(a.results[c]);
      if (!command || !result) continue;
      if (const auto twice = occupancy_.note(*command, *result)) {
        violated("no-double-sale", "suite " + twice->suite.suite + " in " + text_of(slot.sequence));
      }
      if (const auto stale = fencing_.note(*command, *result)) {
        violated("no-deposed-writer", *stale + ", in " + text_of(slot.sequence));
      }
    }
  }
}

void Oracles::convicted(ReplicaId id, const pbft::Conviction& conviction) {
  if (is_byzantine_(conviction.accused)) return;
  violated("no-innocent-convicted", text_of(id) + " holds proof: " + conviction.why);
}

void Oracles::ticked(ReplicaId id, const Replica& replica) {
  const EngineStatus status = replica.status();
  if (status.view < views_[id])
    violated("views-grow", text_of(id) + " went back to view " + std::to_string(status.view.value));
  views_[id] = status.view;
  if (status.quarantined) violated("checkpoint-digests", text_of(id) + " is quarantined: " + status.waiting_for);
  for (const Held& held : replica.held()) {
    if (held.count <= held.bound) continue;
    violated("bounded-memory", text_of(id) + " holds " + std::to_string(held.count) + " " + std::string(held.what));
  }
}

void Oracles::submitted(const Request& request) {
  submitted_.insert({{request.client, request.number}, request.digest});
}

// Linearizability, with the log as its witness: an answer is what the log's order makes it, and who asked after another
// answer was given stands behind it.
void Oracles::answered(const Request& request, SequenceNumber sequence, ByteView result, std::size_t asked_after) {
  const std::string what =
      "client " + std::to_string(request.client.value) + "'s request " + std::to_string(request.number.value);
  const auto executed = once_.find({request.client, request.number});
  Place place{sequence, 0};
  if (executed == once_.end() || executed->second.place.sequence != sequence || executed->second.results.size() != 1 ||
      !std::ranges::equal(executed->second.results[0], result)) {
    violated("linearizability", what + " was answered what no correct replica executed");
  } else {
    place = executed->second.place;
    if (asked_after > 0 && place < latest_answered_[asked_after - 1]) {
      violated("linearizability", what + " was asked after an answer, and stands before it in " + text_of(sequence));
    }
  }
  latest_answered_.push_back(latest_answered_.empty() ? place : std::max(place, latest_answered_.back()));
}

}  // namespace breakwater::sim
