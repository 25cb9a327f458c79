#include "raft/engine.hpp"

#include <algorithm>

#include "replication/assert.hpp"

namespace breakwater::raft {

std::expected<std::unique_ptr<RaftEngine>, std::string> RaftEngine::create(const Config& config,
                                                                           const Recovered& recovered) {
  BW_ASSERT(config.quorums.n >= 1 && config.is_member(config.self));
  BW_ASSERT(config.checkpoint_interval > 0 && config.log_window >= config.checkpoint_interval);
  BW_ASSERT(config.pipeline > 0 && config.max_batch_requests > 0 && config.max_batch_requests <= kMaxRequestsPerBatch);
  BW_ASSERT(config.heartbeat_ticks > 0 && config.election_timeout_ticks > 2 * config.heartbeat_ticks);
  std::unique_ptr<RaftEngine> engine(new RaftEngine(config));
  if (std::optional<std::string> damage = engine->recover(recovered)) return std::unexpected(*damage);
  return engine;
}

std::optional<RejectReason> RaftEngine::admit(const Message& message) const {
  if (dynamic_cast<const RaftMessage*>(&message) == nullptr) return RejectReason::unexpected_message;
  if (message.sender() == config_.self) return RejectReason::from_self;
  if (!config_.is_member(message.sender())) return RejectReason::unknown_sender;
  return std::nullopt;
}

std::optional<RejectReason> RaftEngine::admit(const Request& request) const {
  if (role_ != Role::leader) return RejectReason::not_leader;
  return requests_.refusal(request, kMaxWaitingRequests);
}

void RaftEngine::step(Verified<MessagePtr> verified) {
  if (const auto reason = admit(**verified)) return reject(*reason, **verified);
  const auto& m = static_cast<const RaftMessage&>(**verified);
  // Until a snapshot is installed, which the next effects do, what is said about the log is of another one.
  const bool is_of_the_log = m.kind() == MessageKind::append_entries || m.kind() == MessageKind::committed_slot ||
                             m.kind() == MessageKind::install_snapshot;
  if (installing_ && is_of_the_log) return reject(RejectReason::throttled, m);
  if (m.kind() == MessageKind::status) return on_status(static_cast<const Status&>(m));
  if (m.kind() == MessageKind::committed_slot) return on_committed_slot(static_cast<const CommittedSlot&>(m));
  if (m.kind() == MessageKind::request_vote) return on_request_vote(static_cast<const RequestVote&>(m));
  if (m.kind() == MessageKind::request_vote_result) {
    return on_request_vote_result(static_cast<const RequestVoteResult&>(m));
  }
  // Dissertation, figure 3.1, rules for servers: a higher term makes a follower, a lower one is answered with ours.
  if (m.term > term_) become_follower(m.term, std::nullopt);
  const bool stale = m.term < term_;
  if (stale) reject(RejectReason::stale_term, m);
  switch (m.kind()) {
    case MessageKind::append_entries: {
      const auto& append = static_cast<const AppendEntries&>(m);
      if (!stale) return on_append_entries(append);
      // It says nothing of the round: who sent that one may lead again, in this term, and count its rounds anew.
      return send_after_persist(std::make_shared<AppendEntriesResult>(config_.self, term_, false, commit_, commit_,
                                                                      append.previous_index, 0u),
                                m.sender());
    }
    case MessageKind::install_snapshot:
      if (!stale) return on_install_snapshot(static_cast<const InstallSnapshot&>(m));
      return send_after_persist(std::make_shared<InstallSnapshotResult>(config_.self, term_, SequenceNumber(0)),
                                m.sender());
    case MessageKind::append_entries_result:
      if (!stale) on_append_entries_result(static_cast<const AppendEntriesResult&>(m));
      return;
    case MessageKind::install_snapshot_result:
      if (!stale) on_install_snapshot_result(static_cast<const InstallSnapshotResult&>(m));
      return;
    default: return;
  }
}

// Nothing here is signed: there is nothing to convict anybody with.
void RaftEngine::convict(Verified<Spoiled> spoiled) { reject(RejectReason::bad_nested_signature, *spoiled->message); }

void RaftEngine::on_status(const Status& m) {
  if (!m.asks) return;
  send_after_persist(std::make_shared<Status>(config_.self, term_, log_.last(), commit_, false), m.sender());
}

void RaftEngine::tick(AgreedTime wall_clock) {
  ++ticks_;
  wall_clock_ = wall_clock;
  if (role_ == Role::leader) check_quorum();
  if (role_ == Role::leader) {
    // A commit that no entry has told of yet goes out now.
    if (ticks_ >= next_heartbeat_tick_ || told_commit_ < commit_) send_heartbeats();
  } else if (ticks_ >= election_deadline_) {
    ask_for_votes(true);
  }
  // What was committed goes to the archive with the next transaction, or in one of its own if none came since the last
  // tick.
  if (archive_is_due_) persist_deferred();
  archive_is_due_ = !deferred_.empty();
}

void RaftEngine::persisted(PersistToken) {
  durable_ = pending_durable_;
  if (role_ == Role::leader) advance_commit();
}

void RaftEngine::executed(const Committed& slot, const Execution& execution) {
  const SequenceNumber sequence = slot.sequence;
  BW_ASSERT(sequence == executed_.next() && sequence <= delivered_);
  BW_ASSERT(execution.state.has_value() == config_.is_checkpoint(sequence));
  executed_ = sequence;
  if (slot.batch != nullptr) {
    for (const RequestPtr& request : slot.batch->requests) requests_.executed({request->client, request->number});
  }
  for (const auto& [client, last] : execution.spent) requests_.spent(client, last);
  if (execution.state) {
    checkpoint_ = sequence;
    archive_is_due_ = true;  // the checkpoint's transaction holds every slot up to it
    compact();
  }
  if (role_ == Role::leader) confirm_reads();
}

Ready RaftEngine::take_ready() {
  if (role_ == Role::leader) {
    propose_batches();
    begin_reads();
    if (append_is_due_) replicate();
  }
  if (catch_up_answer_is_due_ && leader_) {
    send_after_persist(std::make_shared<AppendEntriesResult>(config_.self, term_, true, commit_, commit_, commit_, 0u),
                       leader_);
  }
  catch_up_answer_is_due_ = false;
  if (!ready_.persist.empty()) {
    if (archive_is_due_ || deferred_.size() >= kMaxDeferredRecords) persist_deferred();
    pending_durable_ = log_.last();
    ++next_token_;
  }
  ready_.token = PersistToken(next_token_ - 1);
  Ready out = std::move(ready_);
  ready_ = Ready{};
  return out;
}

void RaftEngine::persist_deferred() {
  for (Record& record : deferred_) ready_.persist.push_back(std::move(record));
  deferred_.clear();
  archived_ = delivered_;
  archive_is_due_ = false;
}

EngineStatus RaftEngine::status() const {
  EngineStatus status;
  switch (role_) {
    case Role::leader: status.role = "leader"; break;
    case Role::follower: status.role = "follower"; break;
    case Role::pre_candidate:
    case Role::candidate: status.role = "candidate"; break;
  }
  status.view = term_;
  status.chosen = commit_;
  status.executed = executed_;
  status.stable_checkpoint = checkpoint_;
  status.answers = role_ == Role::leader;
  if (role_ == Role::candidate || role_ == Role::pre_candidate) {
    status.waiting_for = std::to_string(config_.quorums.quorum - votes_.size()) + " more votes to lead";
  } else if (!leader_) {
    status.waiting_for = "a leader";
  } else if (role_ == Role::leader && requests_.size() > 0) {
    status.waiting_for = std::to_string(requests_.size()) + " requests to execute";
  }
  return status;
}

std::vector<Held> RaftEngine::held() const {
  return {{"entries", log_.size(), config_.log_window + config_.checkpoint_interval + kMaxUncommittedEntries},
          {"requests", requests_.size(), kMaxWaitingRequests},
          {"reads", reads_.size() + new_reads_.size(), kMaxWaitingReads},
          {"followers", progress_.size(), config_.quorums.n}};
}

std::vector<ReplicaId> RaftEngine::peers() const {
  std::vector<ReplicaId> others;
  for (std::uint32_t id = 0; id < config_.quorums.n; ++id) {
    if (ReplicaId(id) != config_.self) others.push_back(ReplicaId(id));
  }
  return others;
}

void RaftEngine::reject(RejectReason reason, const Message& message) {
  ready_.rejected.push_back({reason, message.name(), message.sender()});
}

void RaftEngine::put(Table table, Bytes key, Bytes value) {
  ready_.persist.push_back({table, std::move(key), std::move(value)});
}

void RaftEngine::erase(Table table, Bytes key) { ready_.persist.push_back({table, std::move(key), std::nullopt}); }

void RaftEngine::send_after_persist(MessagePtr message, std::optional<ReplicaId> to) {
  const std::uint64_t last = ready_.persist.empty() ? next_token_ - 1 : next_token_;
  ready_.send.push_back({to, std::move(message), PersistToken(last)});
}

void RaftEngine::send_now(MessagePtr message, std::optional<ReplicaId> to) {
  ready_.send.push_back({to, std::move(message), std::nullopt});
}

}  // namespace breakwater::raft
