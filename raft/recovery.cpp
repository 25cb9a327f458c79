// The engine's journal: what it must remember to keep its promises.
//
// Keys of Table::journal (sequence numbers big-endian), and values:
//   'v'           term u64, voted u8, for whom u32
//   'b'           the base of the log: sequence u64, term u64 (absent: 0, 0)
//   'e' sequence  an entry
#include "raft/engine.hpp"
#include "replication/mutant.hpp"

namespace breakwater::raft {

Bytes RaftEngine::entry_key(SequenceNumber n) { return Writer().u8('e').ordered_u64(n.value).take(); }

Record RaftEngine::base_record(SequenceNumber base, ViewNumber term) {
  return {Table::journal, to_bytes("b"), Writer().u64(base.value).u64(term.value).take()};
}

void RaftEngine::journal_vote() {
  const bool voted = voted_for_.has_value() && !mutant(Mutant::raft_vote_not_persisted);
  Writer out;
  out.u64(term_.value).u8(voted ? 1 : 0).u32(voted ? voted_for_->value : 0);
  put(Table::journal, to_bytes("v"), out.take());
}

void RaftEngine::journal_entry(SequenceNumber n) { put(Table::journal, entry_key(n), encode_entry(log_.at(n))); }

void RaftEngine::forget_entry(SequenceNumber n) { erase(Table::journal, entry_key(n)); }

// The base first: entries follow from it. Unknown keys are damage.
std::optional<std::string> RaftEngine::recover(const Recovered& recovered) {
  for (const char kind : {'b', 'v', 'e', '\0'}) {
    for (const auto& [key, value] : recovered.journal) {
      const char first = key.empty() ? '\0' : static_cast<char>(key[0]);
      const bool is_known = first == 'b' || first == 'v' || first == 'e';
      if ((is_known ? first : '\0') != kind) continue;
      if (!recover_record(key, value)) return "the journal's record '" + to_hex(key) + "' does not decode";
    }
  }
  commit_ = delivered_ = executed_ = archived_ = recovered.delivered;
  archived_from_ = recovered.archived_from;
  if (log_.base() > delivered_ || log_.last() < delivered_) {
    return "the journal holds entries " + std::to_string(log_.base().value + 1) + " to " +
           std::to_string(log_.last().value) + ", but slot " + std::to_string(delivered_.value) + " was executed";
  }
  checkpoint_ = SequenceNumber(delivered_.value - delivered_.value % config_.checkpoint_interval);
  durable_ = pending_durable_ = log_.last();
  set_election_deadline();
  return std::nullopt;
}

bool RaftEngine::recover_record(ByteView key, ByteView value) {
  Reader in(value);
  Reader name(key);
  const char kind = static_cast<char>(name.u8());
  if (kind == 'v') {
    term_ = ViewNumber(in.u64());
    const bool voted = in.u8() != 0;
    const ReplicaId for_whom(in.u32());
    if (voted) voted_for_ = for_whom;
  } else if (kind == 'b') {
    const SequenceNumber base(in.u64());
    log_ = Log(base, ViewNumber(in.u64()));
  } else if (kind == 'e') {
    const SequenceNumber n(name.ordered_u64());
    std::optional<Entry> entry = decode_entry(value);
    if (!entry || n != log_.last().next()) return false;
    log_.append(std::move(*entry));
    return name.finished();
  } else {
    return false;
  }
  return in.finished() && name.finished();
}

}  // namespace breakwater::raft
