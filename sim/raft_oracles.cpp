#include "sim/raft_oracles.hpp"

#include <algorithm>

#include "raft/messages.hpp"

namespace breakwater::sim {

namespace {

std::string text_of(ViewNumber term) { return "term " + std::to_string(term.value); }

}  // namespace

void RaftOracles::has_said(ReplicaId id, std::optional<ReplicaId> to, const Message& message) {
  const auto* m = dynamic_cast<const raft::RaftMessage*>(&message);
  if (m == nullptr || m->sender() != id) return;
  // Pre-votes name a term that nobody is in.
  const bool is_vote =
      m->kind() == raft::MessageKind::request_vote || m->kind() == raft::MessageKind::request_vote_result;
  if (!is_vote) terms_[id] = std::max(terms_[id], m->term);
  if (m->kind() == raft::MessageKind::append_entries || m->kind() == raft::MessageKind::install_snapshot) {
    check_leader(id, m->term);
  }
  // Whom a correct replica follows leads, though it be a liar that this oracle does not hear.
  const auto* result = dynamic_cast<const raft::AppendEntriesResult*>(m);
  if (result != nullptr && result->success && to) leads(*to, m->term);
}

void RaftOracles::executed(ReplicaId id, const Committed& slot, const std::vector<Application::Answer>& answers) {
  committed_by_.try_emplace(slot.sequence, terms_[id]);
  committed_terms_.try_emplace(slot.sequence, slot.view);
  Oracles::executed(id, slot, answers);
  for (const auto& [sequence, told] : told_) {
    if (sequence > slot.sequence) break;
    (void)judge_answer(told.request, sequence, told.result, told.asked_after);
  }
  told_.erase(told_.begin(), told_.upper_bound(slot.sequence));
}

void RaftOracles::answered(const Request& request, SequenceNumber sequence, ByteView result, std::size_t asked_after) {
  if (is_executed(sequence)) return Oracles::answered(request, sequence, result, asked_after);
  told_.emplace(sequence, Told{request, Bytes(result.begin(), result.end()), asked_after});
  note_answer({});
}

void RaftOracles::leads(ReplicaId id, ViewNumber term) {
  const auto [held, is_new] = leaders_.try_emplace(term, id);
  if (!is_new && held->second != id)
    violated("election-safety", text_of(id) + " and " + text_of(held->second) + " both lead in " + text_of(term));
}

// Election safety: one leader a term. Leader completeness: it has every entry that was committed in an earlier term.
void RaftOracles::check_leader(ReplicaId id, ViewNumber term) {
  leads(id, term);
  if (!led_.emplace(id, term).second) return;
  const auto& log = logs_[id];
  if (log.empty()) return;
  for (auto committed = decided().lower_bound(log.begin()->first); committed != decided().end(); ++committed) {
    const auto by = committed_by_.find(committed->first);
    if (by == committed_by_.end() || by->second >= term) continue;
    const auto own = log.find(committed->first);
    if (own == log.end() || own->second.digest != committed->second) {
      violated("leader-completeness", text_of(id) + " leads in " + text_of(term) + " without the committed entry of " +
                                          text_of(committed->first));
    }
  }
}

void RaftOracles::wrote(ReplicaId id, const Record& record) {
  if (record.table == Table::archive && record.value) {
    const auto slot = raft::decode_archived(*record.value);
    if (slot) agree(id, slot->sequence, digest_of(slot->entry));
  }
  if (record.table != Table::journal || record.key.empty() || record.key[0] != 'e') return;
  Reader key(ByteView(record.key).subspan(1));
  const SequenceNumber n(key.ordered_u64());
  if (!record.value) {
    note_loss(id, n);
    logs_[id].erase(n);
    return;
  }
  const auto entry = raft::decode_entry(*record.value);
  if (!entry) return violated("log-matching", text_of(id) + " wrote an entry that does not decode");
  check_entry(id, n, {entry->term, digest_of(*entry)});
}

// Leader completeness again, of leaders that lie: who follows one that lacks a committed entry gives it up too. A tick
// later it is clear that no snapshot took the entry's place.
void RaftOracles::note_loss(ReplicaId id, SequenceNumber n) {
  const auto committed = committed_terms_.find(n);
  const auto own = logs_[id].find(n);
  if (committed == committed_terms_.end() || own == logs_[id].end() || own->second.term != committed->second) return;
  given_up_.emplace(id, n);
}

void RaftOracles::ticked(ReplicaId id, const Replica& replica) {
  Oracles::ticked(id, replica);
  const auto [first, last] = std::pair(given_up_.lower_bound({id, SequenceNumber(0)}),
                                       given_up_.upper_bound({id, SequenceNumber(UINT64_MAX)}));
  for (auto lost = first; lost != last; ++lost) {
    const SequenceNumber n = lost->second;
    const auto own = logs_[id].find(n);
    if (n <= executed_by(id) || (own != logs_[id].end() && own->second.term == committed_terms_[n])) continue;
    violated("leader-completeness", text_of(id) + " gave up the committed entry of " + text_of(n) + " in " +
                                        text_of(terms_[id]) + ", whose leader lacks it");
  }
  given_up_.erase(first, last);
}

// Log matching: entries of one index and term decide the same, and so do all before them.
void RaftOracles::check_entry(ReplicaId id, SequenceNumber n, const Held& entry) {
  auto& log = logs_[id];
  log[n] = entry;
  const auto [same, is_new] = entries_.try_emplace({n, entry.term}, entry.digest);
  if (!is_new && same->second != entry.digest) {
    violated("log-matching",
             text_of(id) + " holds another entry than others for " + text_of(n) + " in " + text_of(entry.term));
  }
  const auto previous = n.value > 1 ? log.find(SequenceNumber(n.value - 1)) : log.end();
  if (previous == log.end()) return;
  const auto [before, first_seen] = before_.try_emplace({n, entry.term}, previous->second.term);
  if (!first_seen && before->second != previous->second.term) {
    violated("log-matching", text_of(id) + " holds another entry than others before " + text_of(n));
  }
}

}  // namespace breakwater::sim
