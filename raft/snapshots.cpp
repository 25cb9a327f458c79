// Log compaction, and snapshots for followers that need what is gone (dissertation, chapter 5).
#include <algorithm>

#include "raft/engine.hpp"

namespace breakwater::raft {

namespace {

std::size_t bytes_of(const std::pair<Bytes, Bytes>& leaf) { return leaf.first.size() + leaf.second.size(); }

// Where each chunk begins in the snapshot's leaves; one chunk at least.
std::vector<std::size_t> cut(const Snapshot& snapshot) {
  std::vector<std::size_t> begins = {0};
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < snapshot.leaves.size(); ++i) {
    bytes += bytes_of(snapshot.leaves[i]);
    const std::size_t leaves = i - begins.back();
    if (leaves == kMaxLeavesPerChunk || (bytes > kSnapshotChunkBytes && leaves > 0)) {
      begins.push_back(i);
      bytes = bytes_of(snapshot.leaves[i]);
    }
  }
  return begins;
}

}  // namespace

// Keeps one window behind the checkpoint, so that a follower that is a little late needs no snapshot.
void RaftEngine::compact() {
  if (installing_) return;  // the base is about to move anyway, and must not move back
  if (checkpoint_.value <= log_.base().value + config_.log_window) return;
  const SequenceNumber base(checkpoint_.value - config_.log_window);
  for (SequenceNumber n = log_.base().next(); n <= base; n = n.next()) forget_entry(n);
  log_.compact(base);
  ready_.persist.push_back(base_record(base, log_.base_term()));
}

// --- the leader

void RaftEngine::snapshot_loaded(SnapshotPtr snapshot) {
  if (role_ != Role::leader || snapshot == nullptr || outgoing_ != nullptr) return;
  outgoing_ = std::move(snapshot);
  outgoing_chunks_ = cut(*outgoing_);
  for (auto& [peer, progress] : progress_) {
    if (progress.state == Progress::State::snapshot) send_chunk(peer, progress);
  }
}

// One from which the log no longer goes on helps nobody: a newer one is loaded, and sent from its beginning.
void RaftEngine::forget_useless_snapshot() {
  if (outgoing_ == nullptr || outgoing_->sequence >= log_.base()) return;
  outgoing_.reset();
  for (auto& [peer, progress] : progress_) {
    if (progress.state == Progress::State::snapshot) progress.chunks = 0;
  }
}

// The next chunk that the follower lacks. The caller guarantees that there is a snapshot to send.
void RaftEngine::send_chunk(ReplicaId to, const Progress& progress) {
  const std::size_t chunk = std::min<std::size_t>(progress.chunks, outgoing_chunks_.size() - 1);
  const bool is_last = chunk + 1 == outgoing_chunks_.size();
  const auto begin = outgoing_->leaves.begin() + static_cast<std::ptrdiff_t>(outgoing_chunks_[chunk]);
  const auto end = is_last ? outgoing_->leaves.end()
                           : outgoing_->leaves.begin() + static_cast<std::ptrdiff_t>(outgoing_chunks_[chunk + 1]);
  send_now(std::make_shared<InstallSnapshot>(config_.self, term_, outgoing_->sequence, outgoing_->slot, outgoing_->root,
                                             static_cast<std::uint32_t>(chunk),
                                             static_cast<std::uint32_t>(outgoing_chunks_.size()),
                                             std::vector<std::pair<Bytes, Bytes>>(begin, end)),
           to);
}

void RaftEngine::on_install_snapshot_result(const InstallSnapshotResult& m) {
  const auto found = progress_.find(m.sender());
  if (role_ != Role::leader || found == progress_.end()) return reject(RejectReason::not_leader, m);
  Progress& progress = found->second;
  progress.heard_tick = ticks_;
  if (outgoing_ == nullptr || progress.state != Progress::State::snapshot || m.sequence != outgoing_->sequence ||
      m.chunks <= progress.chunks || m.chunks > outgoing_chunks_.size()) {
    return reject(RejectReason::superseded, m);
  }
  progress.chunks = m.chunks;
  if (m.chunks < outgoing_chunks_.size()) return send_chunk(m.sender(), progress);
  progress.match = std::max(progress.match, outgoing_->sequence);
  progress.next = progress.match.next();
  progress.state = Progress::State::probe;
  progress.probed = false;
  advance_commit();
  const bool is_wanted =
      std::ranges::any_of(progress_, [](const auto& entry) { return entry.second.state == Progress::State::snapshot; });
  if (!is_wanted) outgoing_.reset();
  send_probe(m.sender(), progress);
}

// --- the follower

void RaftEngine::on_install_snapshot(const InstallSnapshot& m) {
  if (role_ == Role::leader) return reject(RejectReason::unexpected_message, m);
  follow(m.sender());
  const auto answer = [&](std::uint32_t chunks) {
    send_after_persist(std::make_shared<InstallSnapshotResult>(config_.self, term_, m.sequence, chunks), m.sender());
  };
  if (m.sequence <= commit_) return answer(m.chunks);  // it has all that and more
  const std::optional<ArchivedEntry> slot = decode_archived(m.slot);
  const bool is_sound = slot && slot->sequence == m.sequence && slot->entry.term <= m.term &&
                        config_.is_checkpoint(m.sequence) && m.chunk < m.chunks && m.chunks <= kMaxSnapshotChunks;
  if (!is_sound) return reject(RejectReason::bad_snapshot, m);
  if (incoming_ == nullptr || incoming_->sequence != m.sequence || incoming_->root != m.root) {
    incoming_ = std::make_shared<Snapshot>(Snapshot{m.sequence, m.slot, m.root, {}});
    incoming_chunks_ = 0;
    incoming_bytes_ = 0;
  }
  if (m.chunk != incoming_chunks_) return answer(incoming_chunks_);
  for (const auto& leaf : m.leaves) incoming_bytes_ += bytes_of(leaf);
  if (incoming_bytes_ > kMaxSnapshotBytes) {
    forget_incoming();
    return reject(RejectReason::bad_snapshot, m);
  }
  incoming_->leaves.insert(incoming_->leaves.end(), m.leaves.begin(), m.leaves.end());
  ++incoming_chunks_;
  if (incoming_chunks_ < m.chunks) return answer(incoming_chunks_);
  install(m, slot->entry.term);
}

void RaftEngine::install(const InstallSnapshot& m, ViewNumber term) {
  Install install{incoming_, {}};
  // Entries beyond the snapshot stay when they follow from it: this replica has promised them (dissertation, 5.1).
  const bool keeps = log_.term_at(m.sequence) == term;
  const SequenceNumber gone_up_to = keeps ? m.sequence : log_.last();
  for (SequenceNumber n = log_.base().next(); n <= gone_up_to; n = n.next()) {
    install.records.push_back({Table::journal, entry_key(n), std::nullopt});
  }
  install.records.push_back(base_record(m.sequence, term));
  installing_ = Installing{m.sequence, term, m.sender(), m.chunks};
  ready_.install = std::move(install);
}

void RaftEngine::installed(bool ok) {
  const Installing done = *installing_;
  installing_.reset();
  forget_incoming();
  if (!ok) {
    ready_.rejected.push_back({RejectReason::bad_snapshot, "install-snapshot", done.from});
    return;
  }
  if (log_.term_at(done.sequence) == done.term) {
    log_.compact(done.sequence);
  } else {
    log_ = Log(done.sequence, done.term);
  }
  deferred_.clear();  // of slots that the snapshot holds
  durable_ = log_.last();
  commit_ = delivered_ = executed_ = checkpoint_ = archived_ = archived_from_ = done.sequence;
  send_after_persist(std::make_shared<InstallSnapshotResult>(config_.self, term_, done.sequence, done.chunks),
                     done.from);
}

// Before it is performed, it may be called off: whoever wants to lead must not lose entries to it.
void RaftEngine::cancel_install() {
  if (!installing_) return;
  installing_.reset();
  ready_.install.reset();
  forget_incoming();
}

void RaftEngine::forget_incoming() {
  incoming_.reset();
  incoming_chunks_ = 0;
  incoming_bytes_ = 0;
}

}  // namespace breakwater::raft
