// Log compaction, and snapshots for followers that need what is gone (dissertation, chapter 5).
#include <algorithm>

#include "raft/engine.hpp"

namespace breakwater::raft {

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

// The last checkpoint, offered anew with every heartbeat until the follower has one that the log goes on from.
void RaftEngine::snapshot_loaded(SnapshotPtr snapshot) {
  if (role_ != Role::leader || snapshot == nullptr) return;
  for (const auto& [peer, progress] : progress_) {
    if (progress.state != Progress::State::snapshot) continue;
    send_now(std::make_shared<InstallSnapshot>(config_.self, term_, snapshot->sequence, snapshot->slot, snapshot->root),
             peer);
  }
}

void RaftEngine::on_install_snapshot_result(const InstallSnapshotResult& m) {
  const auto found = progress_.find(m.sender());
  if (role_ != Role::leader || found == progress_.end()) return reject(RejectReason::not_leader, m);
  Progress& progress = found->second;
  progress.heard_tick = ticks_;
  if (progress.state != Progress::State::snapshot || m.sequence > commit_) return reject(RejectReason::superseded, m);
  // What a snapshot holds is committed: the logs are equal up to there.
  progress.match = std::max(progress.match, m.sequence);
  progress.next = progress.match.next();
  progress.state = Progress::State::probe;
  progress.probed = false;
  advance_commit();
  send_probe(m.sender(), progress);
}

// --- the follower

void RaftEngine::on_install_snapshot(const InstallSnapshot& m) {
  if (role_ == Role::leader) return reject(RejectReason::unexpected_message, m);
  follow(m.sender());
  if (m.sequence <= commit_) return tell_installed(m.sequence);  // it has all that and more
  const std::optional<ArchivedEntry> slot = decode_archived(m.slot);
  const bool is_sound =
      slot && slot->sequence == m.sequence && slot->entry.term <= m.term && config_.is_checkpoint(m.sequence);
  if (!is_sound) return reject(RejectReason::bad_snapshot, m);
  if (fetching_) return;  // its checkpoint does as well, while somebody holds it
  fetching_ = Fetching{{m.sequence, m.slot, m.root}, slot->entry.term};
  ready_.fetch = Fetch{m.sequence, m.root};
}

void RaftEngine::tell_installed(SequenceNumber sequence) {
  if (!leader_) return;  // the next one offers a snapshot again
  send_after_persist(std::make_shared<InstallSnapshotResult>(config_.self, term_, sequence), leader_);
}

// Whoever wants to lead must not lose entries to a snapshot: it waits for the next offer.
void RaftEngine::fetched(SequenceNumber sequence, bool whole) {
  if (!fetching_ || fetching_->snapshot.sequence != sequence) return;
  const Fetching done = *std::exchange(fetching_, std::nullopt);
  if (!whole || role_ != Role::follower || sequence <= commit_) return;
  Install install{done.snapshot, {}};
  // Entries beyond the snapshot stay when they follow from it: this replica has promised them (dissertation, 5.1).
  const bool keeps = log_.term_at(sequence) == done.term;
  const SequenceNumber gone_up_to = keeps ? sequence : log_.last();
  for (SequenceNumber n = log_.base().next(); n <= gone_up_to; n = n.next()) {
    install.records.push_back({Table::journal, entry_key(n), std::nullopt});
  }
  install.records.push_back(base_record(sequence, done.term));
  installing_ = Installing{sequence, done.term};
  ready_.install = std::move(install);
}

void RaftEngine::installed(bool ok) {
  const Installing done = *installing_;
  installing_.reset();
  if (!ok) {
    ready_.rejected.push_back({RejectReason::bad_snapshot, "install-snapshot", config_.self});
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
  tell_installed(done.sequence);
}

// Before it is performed, it may be called off.
void RaftEngine::cancel_install() {
  if (!installing_) return;
  installing_.reset();
  ready_.install.reset();
}

}  // namespace breakwater::raft
