// Log replication and commitment.
#include <algorithm>

#include "raft/engine.hpp"
#include "replication/assert.hpp"
#include "replication/mutant.hpp"

namespace breakwater::raft {

namespace {
Bytes archive_key(SequenceNumber n) { return Writer().ordered_u64(n.value).take(); }
}  // namespace

// --- a follower

void RaftEngine::on_append_entries(const AppendEntries& m) {
  // Two leaders in one term: one of them lies, and this one knows that it does not.
  if (role_ == Role::leader) return reject(RejectReason::unexpected_message, m);
  follow(m.sender());
  const std::optional<RejectReason> refusal = append_all(m);
  if (refusal) {
    reject(*refusal, m);
    return send_after_persist(
        std::make_shared<AppendEntriesResult>(config_.self, term_, false, where_to_look(m.previous_index), commit_,
                                              m.previous_index, m.round),
        m.sender());
  }
  const SequenceNumber matched = m.previous_index.plus(m.entries.size());
  commit_up_to(std::min(m.leader_commit, matched));
  send_after_persist(
      std::make_shared<AppendEntriesResult>(config_.self, term_, true, matched, commit_, m.previous_index, m.round),
      m.sender());
}

std::optional<RejectReason> RaftEngine::append_all(const AppendEntries& m) {
  ViewNumber before = m.previous_term;
  for (const Entry& entry : m.entries) {
    if (entry.term < before || entry.term > m.term) return RejectReason::bad_structure;
    before = entry.term;
  }
  if (m.previous_index > log_.last()) return RejectReason::log_mismatch;
  // What is before the base is committed, and so the same everywhere.
  const std::optional<ViewNumber> own = log_.term_at(m.previous_index);
  if (own && *own != m.previous_term) {
    return m.previous_index <= commit_ ? RejectReason::conflicts_with_committed : RejectReason::log_mismatch;
  }
  SequenceNumber n = m.previous_index;
  for (const Entry& entry : m.entries) {
    n = n.next();
    if (n <= log_.base()) continue;
    const std::optional<ViewNumber> held = log_.term_at(n);
    if (held == entry.term) continue;
    if (n <= commit_) return RejectReason::conflicts_with_committed;
    if (n.value - commit_.value > kMaxUncommittedEntries) return RejectReason::outside_watermarks;
    if (held) truncate(n);
    log_.append(entry);
    journal_entry(n);
  }
  return std::nullopt;
}

void RaftEngine::truncate(SequenceNumber n) {
  for (SequenceNumber gone = n; gone <= log_.last(); gone = gone.next()) forget_entry(gone);
  log_.truncate(n);
}

// The entry before the first of the term that does not fit: the leader need not try each of them.
SequenceNumber RaftEngine::where_to_look(SequenceNumber previous) const {
  if (previous > log_.last()) return log_.last();
  const std::optional<ViewNumber> term = log_.term_at(previous);
  SequenceNumber n = previous;
  while (n > commit_ && n > log_.base() && log_.term_at(n) == term) n = SequenceNumber(n.value - 1);
  return n;
}

void RaftEngine::on_committed_slot(const CommittedSlot& m) {
  const auto& [sequence, entry] = m.archived;
  if (role_ != Role::follower || leader_ != m.sender() || sequence != delivered_.next() || commit_ != delivered_) {
    return reject(RejectReason::unwanted_slot, m);
  }
  if (entry.term > term_ || entry.term < log_.term_at(delivered_).value_or(ViewNumber(0))) {
    return reject(RejectReason::bad_structure, m);
  }
  follow(m.sender());
  if (log_.term_at(sequence) != entry.term) {
    if (log_.holds(sequence)) truncate(sequence);
    log_.append(entry);
    journal_entry(sequence);
  }
  commit_up_to(sequence);
  catch_up_answer_is_due_ = true;
}

// --- the leader

void RaftEngine::propose(Verified<RequestPtr> request, bool) {
  if (admit(**request)) return;  // the state may have moved since it was asked
  requests_.add(*request);
}

void RaftEngine::propose_batches() {
  if (wall_clock_.value == 0) return;  // nobody has told it the time yet
  while (requests_.unproposed() > 0 && log_.last().value - commit_.value < config_.pipeline) {
    append_own({term_, make_batch(wall_clock_, requests_.take_batch(config_.max_batch_requests, kMaxBatchBytes))});
  }
}

void RaftEngine::append_own(Entry entry) {
  log_.append(std::move(entry));
  journal_entry(log_.last());
  append_is_due_ = true;
}

void RaftEngine::replicate() {
  append_is_due_ = false;
  for (auto& [peer, progress] : progress_) send_entries(peer, progress);
}

// Entries leave before this replica's own transaction: they promise nothing, and its own log counts only once it is
// durable (dissertation 10.2.1).
void RaftEngine::send_entries(ReplicaId to, Progress& progress) {
  using State = Progress::State;
  if (progress.state == State::archive || progress.state == State::snapshot) return;
  if (!log_.term_at(SequenceNumber(progress.next.value - 1))) return catch_up(to, progress);
  while (progress.next <= log_.last() && progress.in_flight < kMaxAppendsInFlight) {
    if (progress.state == State::probe && progress.probed) return;
    std::vector<Entry> entries;
    std::size_t bytes = 0;
    for (SequenceNumber n = progress.next; n <= log_.last() && entries.size() < kMaxEntriesPerAppend; n = n.next()) {
      const Entry& entry = log_.at(n);
      bytes += entry.batch == nullptr ? 0 : entry.batch->encoded.size();
      if (bytes > kMaxAppendBytes && !entries.empty()) break;
      entries.push_back(entry);
    }
    const std::size_t count = entries.size();
    send_append(to, progress, std::move(entries));
    if (progress.state == State::probe) {
      progress.probed = true;
      return;
    }
    progress.next = progress.next.plus(count);
    ++progress.in_flight;
  }
}

// The caller guarantees that the term of next-1 is known.
void RaftEngine::send_append(ReplicaId to, const Progress& progress, std::vector<Entry> entries) {
  const SequenceNumber previous(progress.next.value - 1);
  send_now(std::make_shared<AppendEntries>(config_.self, term_, previous, *log_.term_at(previous), commit_, round_,
                                           std::move(entries)),
           to);
}

// One to each: tells that there is a leader, up to where is committed, and finds out what was lost on the way.
void RaftEngine::send_heartbeats() {
  ++round_;
  next_heartbeat_tick_ = ticks_ + config_.heartbeat_ticks;
  told_commit_ = commit_;
  for (auto& [peer, progress] : progress_) {
    progress.probed = false;
    progress.in_flight = 0;
    if (progress.state == Progress::State::archive || progress.state == Progress::State::snapshot) {
      send_bare_heartbeat(peer);
      catch_up(peer, progress);
    } else if (progress.state == Progress::State::probe) {
      send_probe(peer, progress);
    } else {
      send_append(peer, progress, {});
    }
  }
}

// For who is far behind: anchored where every log is the same, so that it is never refused.
void RaftEngine::send_bare_heartbeat(ReplicaId to) {
  send_now(std::make_shared<AppendEntries>(config_.self, term_, SequenceNumber(0), ViewNumber(0), SequenceNumber(0),
                                           round_, std::vector<Entry>{}),
           to);
}

void RaftEngine::on_append_entries_result(const AppendEntriesResult& m) {
  const auto found = progress_.find(m.sender());
  if (role_ != Role::leader || found == progress_.end()) return reject(RejectReason::not_leader, m);
  if (m.index > log_.last() || m.committed > log_.last()) return reject(RejectReason::bad_structure, m);
  Progress& progress = found->second;
  progress.heard_tick = ticks_;
  if (m.round > progress.round && m.round <= round_) {
    progress.round = m.round;
    confirm_reads();
  }
  progress.committed = m.committed;  // a restart may have set it back
  progress.match = std::max(progress.match, m.committed);
  if (m.success) {
    if (progress.in_flight > 0) --progress.in_flight;
    // Of a bare heartbeat: says that it is there, and nothing of its log.
    if (m.index.value == 0) return;
    progress.match = std::max(progress.match, m.index);
    progress.next = std::max(progress.next, progress.match.next());
    const bool far_behind = !log_.term_at(progress.match);
    if (far_behind && progress.state == Progress::State::archive) return catch_up(m.sender(), progress);
    if (!far_behind) become_replicating(progress);
    advance_commit();
    return send_entries(m.sender(), progress);
  }
  if (progress.state == Progress::State::archive || progress.state == Progress::State::snapshot) return;
  // An answer to what was sent before the follower's log was known: overtaken.
  const bool probing = progress.state == Progress::State::probe;
  if (m.previous_index <= progress.match || (probing && m.previous_index.next() != progress.next)) {
    return reject(RejectReason::superseded, m);
  }
  progress.state = Progress::State::probe;
  progress.probed = false;
  progress.in_flight = 0;
  progress.next = std::max(progress.match.next(), std::min(m.index.next(), m.previous_index));
  send_probe(m.sender(), progress);
}

void RaftEngine::become_replicating(Progress& progress) {
  if (progress.state == Progress::State::replicate) return;
  progress.state = Progress::State::replicate;
  progress.next = progress.match.next();
  progress.in_flight = 0;
  progress.probed = false;
}

// An append with whatever entries there are, also none: its answer says whether the logs meet.
void RaftEngine::send_probe(ReplicaId to, Progress& progress) {
  if (progress.next <= log_.last()) return send_entries(to, progress);
  if (!log_.term_at(SequenceNumber(progress.next.value - 1))) return catch_up(to, progress);
  progress.probed = true;
  send_append(to, progress, {});
}

// The follower needs what this log no longer holds in memory: committed slots from the archive, or a snapshot.
void RaftEngine::catch_up(ReplicaId to, Progress& progress) {
  using State = Progress::State;
  const SequenceNumber from = progress.committed.next();  // what it has beyond, it cannot know to be committed
  const bool in_archive = archived_from_.value != 0 && from >= archived_from_ && from <= archived_;
  if (progress.state != State::snapshot && in_archive && log_.last().value - from.value < config_.snapshot_lag) {
    progress.state = State::archive;
    ready_.serve.push_back({to, from, std::min(archived_, from.plus(kServedSlots - 1))});
    return;
  }
  progress.state = State::snapshot;
  ready_.load_snapshot = true;
}

void RaftEngine::advance_commit() {
  std::vector<SequenceNumber> durable = {durable_};
  for (const auto& [peer, progress] : progress_) durable.push_back(progress.match);
  std::ranges::sort(durable, std::greater{});
  const SequenceNumber n = durable[config_.quorums.quorum - 1];
  if (n <= commit_) return;
  if (log_.term_at(n) != term_ && !mutant(Mutant::raft_commits_prior_term)) return;
  commit_up_to(n);
}

// --- both

void RaftEngine::commit_up_to(SequenceNumber n) {
  if (n <= commit_) return;
  commit_ = n;
  deliver();
}

void RaftEngine::deliver() {
  while (delivered_ < commit_) {
    delivered_ = delivered_.next();
    BW_ASSERT(log_.holds(delivered_));
    const Entry& entry = log_.at(delivered_);
    ready_.execute.push_back({delivered_, entry.term, entry.batch, config_.is_checkpoint(delivered_)});
    deferred_.push_back({Table::archive, archive_key(delivered_), encode_archived({delivered_, entry})});
    if (archived_from_.value == 0) archived_from_ = delivered_;
    while (delivered_.value - archived_from_.value >= config_.archive_retention) {
      deferred_.push_back({Table::archive, archive_key(archived_from_), std::nullopt});
      archived_from_ = archived_from_.next();
    }
  }
}

}  // namespace breakwater::raft
