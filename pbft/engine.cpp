#include "pbft/engine.hpp"

#include <algorithm>

#include "pbft/limits.hpp"
#include "replication/assert.hpp"

namespace breakwater::pbft {

std::expected<std::unique_ptr<PbftEngine>, std::string> PbftEngine::create(Config config, Signer& signer,
                                                                           const Recovered& recovered) {
  BW_ASSERT(config.quorums.n >= 4 && config.incarnations != nullptr &&
            config.incarnations->replicas() == config.quorums.n);
  BW_ASSERT(config.log_window <= kMaxLogWindow && config.log_window % config.checkpoint_interval == 0 &&
            config.log_window >= 2 * config.checkpoint_interval);
  BW_ASSERT(config.self.value < config.quorums.n && config.pipeline > 0 && config.max_batch_requests > 0 &&
            config.max_batch_requests <= kMaxRequestsPerBatch);
  std::unique_ptr<PbftEngine> engine(new PbftEngine(std::move(config), signer));
  engine->recollects_ = engine->config_.recollection_ticks > 0 && !recovered.journal.empty();
  if (std::optional<std::string> damage = engine->recover(recovered)) return std::unexpected(*damage);
  return engine;
}

void PbftEngine::step(Verified<MessagePtr> verified) {
  const Message& message = **verified;
  // The state may have moved since the gate admitted it: ask again.
  if (const std::optional<RejectReason> reason = admit(message)) {
    return reject(*reason, message.name(), message.sender());
  }
  const PbftMessagePtr m = std::dynamic_pointer_cast<const PbftMessage>(*verified);
  BW_ASSERT(m != nullptr);  // admit() refuses other engines' messages
  if (m->sender() == config_.self) return on_own_words(static_cast<const StatementMessage&>(*m));
  switch (m->kind()) {
    case MessageKind::pre_prepare: return on_pre_prepare(static_cast<const PrePrepare&>(*m));
    case MessageKind::prepare: return on_prepare(static_cast<const Prepare&>(*m));
    case MessageKind::commit: return on_commit(static_cast<const Commit&>(*m));
    case MessageKind::checkpoint: return on_checkpoint(static_cast<const Checkpoint&>(*m));
    case MessageKind::view_change: return on_view_change(std::static_pointer_cast<const ViewChange>(m));
    case MessageKind::new_view: return on_new_view(std::static_pointer_cast<const NewView>(m));
    case MessageKind::status: return on_status(static_cast<const Status&>(*m));
    case MessageKind::relayed_request: return on_relayed_request(static_cast<const RelayedRequest&>(*m));
    case MessageKind::batch_body: return on_batch_body(static_cast<const BatchBody&>(*m));
    case MessageKind::decided_slot: return on_decided_slot(static_cast<const DecidedSlot&>(*m));
    case MessageKind::proof: return on_proof(static_cast<const Proof&>(*m));
  }
}

void PbftEngine::tick(AgreedTime wall_clock) {
  ++ticks_;
  wall_clock_ = wall_clock;
  recollect();
  const bool time_stands_still = timers_are_held();
  if (!time_stands_still) {
    ++request_ticks_;
    relay_again();
  }

  // The admission rate: requests executed per half view-change timeout, decaying slowly when demand falls.
  const std::uint64_t period = std::max<std::uint64_t>(1, config_.view_change_timeout_ticks / 2);
  if (ticks_ % period == 0) {
    const std::uint64_t executed_now = executed_requests_ - executed_at_last_rate_;
    executed_at_last_rate_ = executed_requests_;
    requests_per_rate_period_ = std::max(executed_now, requests_per_rate_period_ - requests_per_rate_period_ / 8);
  }

  if (!may_ask_for_views()) {
    // Nobody would count what it asks for.
  } else if (view_changing_) {
    if (new_view_deadline_ && ticks_ >= *new_view_deadline_) {
      ++failed_views_;
      start_view_change(view_.next());
    }
  } else if (is_primary()) {
    monitor_.tick(false, timeout_ticks());  // what the group sustains it learns too
  } else {
    const std::optional<std::uint64_t> oldest = requests_.oldest_armed();
    const bool is_late = oldest && request_ticks_ - *oldest >= timeout_ticks();
    const bool is_slow = primary_is_slow(time_stands_still);
    if (primary_withholds(time_stands_still) || is_slow || is_late) {
      ++failed_views_;
      start_view_change(view_.next());
    }
  }
  consider_fetch();
  if (ticks_ >= next_status_tick_) {
    send_status(std::nullopt);
    next_status_tick_ = ticks_ + (busy() ? config_.status_interval_ticks : config_.idle_status_interval_ticks);
  } else if (busy()) {
    next_status_tick_ = std::min(next_status_tick_, ticks_ + config_.status_interval_ticks);
  }
  // What was decided goes to the archive with the next transaction, or in one of its own if none came since the last
  // tick.
  if (archive_is_due_) persist_deferred();
  archive_is_due_ = !deferred_.empty();
}

// Up to the next checkpoint: its slot enters the archive together with this replica's vote on it, since what is
// archived is not executed again after a restart, and a vote that is lost then may be one that the group cannot do
// without.
void PbftEngine::persist_deferred() {
  const SequenceNumber next_checkpoint((executed_.value / config_.checkpoint_interval + 1) *
                                       config_.checkpoint_interval);
  const auto end =
      std::ranges::find_if(deferred_, [&](const Deferred& d) { return d.slot >= next_checkpoint && d.slot > stable_; });
  for (auto it = deferred_.begin(); it != end; ++it) ready_.persist.push_back(std::move(it->record));
  deferred_.erase(deferred_.begin(), end);
  archive_is_due_ = false;
}

// Effects that wait are held back by the loop, which names the token; the engine itself waits for nothing.
void PbftEngine::persisted(PersistToken) {}

Ready PbftEngine::take_ready() {
  propose_batches();
  if (!ready_.persist.empty()) {
    if (archive_is_due_ || deferred_.size() >= kMaxDeferredRecords) persist_deferred();
    ++next_token_;
  }
  ready_.token = PersistToken(next_token_ - 1);
  Ready out = std::move(ready_);
  ready_ = Ready{};
  return out;
}

EngineStatus PbftEngine::status() const {
  EngineStatus status;
  status.role = quarantined_     ? "quarantined"
                : is_silent()    ? "silent"
                : view_changing_ ? "view-changing"
                : is_primary()   ? "primary"
                                 : "backup";
  status.silent = is_silent();
  status.old_copy = old_copy_;
  status.quarantined = quarantined_;
  status.view = view_;
  status.chosen = highest_decided();
  status.executed = executed_;
  status.stable_checkpoint = stable_;
  for (const auto& [accused, keys] : evidence_) status.suspects.push_back(accused);
  if (quarantined_) {
    status.waiting_for = quarantine_reason_;
  } else if (recollects_) {
    status.waiting_for = "the other replicas to say what they hold of it";
  } else if (is_silent()) {
    status.waiting_for = "stable checkpoint " + std::to_string(silent_until().value) + ", from where incarnation " +
                         std::to_string(config_.remembered.value) + " counts";
  } else if (view_changing_) {
    status.waiting_for = "a new-view for view " + std::to_string(view_.value) + " from replica " +
                         std::to_string(config_.primary_of(view_).value);
  } else if (delivered_ < highest_decided()) {
    status.waiting_for = "decided slot " + std::to_string(delivered_.value + 1);
  } else if (requests_.size() > 0) {
    status.waiting_for = std::to_string(requests_.size()) + " requests to execute";
  }
  return status;
}

std::vector<Held> PbftEngine::held() const {
  const std::size_t n = config_.quorums.n;
  std::size_t evidence = 0, bodies = 0;
  for (const auto& [accused, keys] : evidence_) evidence = std::max(evidence, keys.size());
  for (const auto& [sequence, slot] : log_) bodies = std::max(bodies, slot.bodies.size());
  return {
      {"slots", log_.size(), config_.log_window},
      {"bodies of a slot", bodies, kMaxBodiesPerSlot + 3},
      {"early proposals", early_.size(), config_.checkpoint_interval},
      {"view-changes", view_changes_.size(), n},
      {"decided slots ahead", decided_.size(), kMaxCatchUpSlots},
      // The stable one, those of the window, and the own ones, which may all lie beyond it while it catches up.
      {"checkpoints voted on", checkpoint_votes_.size(), 2 * (config_.log_window / config_.checkpoint_interval + 1)},
      {"checkpoints far ahead", far_checkpoints_.size(), n},
      {"own checkpoints", own_checkpoints_.size(), config_.log_window / config_.checkpoint_interval + 1},
      {"requests", requests_.size(), kMaxWaitingRequests},
      {"peers", peers_.size(), n},
      {"pieces of evidence on one replica", evidence, kMaxEvidencePerAccused}};
}

void PbftEngine::reject(RejectReason reason, std::string_view message, std::optional<ReplicaId> sender) {
  ready_.rejected.push_back({reason, message, sender});
}

void PbftEngine::put(Table table, Bytes key, Bytes value) {
  ready_.persist.push_back({table, std::move(key), std::move(value)});
}

void PbftEngine::erase(Table table, Bytes key) { ready_.persist.push_back({table, std::move(key), std::nullopt}); }

void PbftEngine::send_after_persist(MessagePtr message, std::optional<ReplicaId> to) {
  // The promise must be among this Ready's records, or in an earlier one.
  BW_ASSERT(!ready_.persist.empty());
  ready_.send.push_back({to, std::move(message), PersistToken(next_token_)});
}

// What promises nothing, or was promised before. A statement of this replica's own waits all the same for the last
// transaction: the one that holds it may still be under way when a retransmission is asked for.
void PbftEngine::send_now(MessagePtr message, std::optional<ReplicaId> to) {
  const auto* statement = dynamic_cast<const StatementMessage*>(message.get());
  const bool own = statement != nullptr && statement->sender() == config_.self;
  const std::uint64_t last = ready_.persist.empty() ? next_token_ - 1 : next_token_;
  ready_.send.push_back({to, std::move(message), own ? std::optional(PersistToken(last)) : std::nullopt});
}

SignedStatement PbftEngine::sign(StatementKind kind, ViewNumber view, SequenceNumber sequence, const Digest& digest) {
  const bool for_views = kind == StatementKind::view_change || kind == StatementKind::new_view;
  std::optional<Incarnation> incarnation =
      for_views ? own_incarnation_asking_from(sequence) : config_.incarnations->at(config_.self, sequence);
  if (mutant(Mutant::speaks_at_once)) incarnation = signer_.identity().incarnation;
  BW_ASSERT(incarnation && *incarnation >= config_.remembered);  // never for one whose promises it does not know
  const Signatory self{SignerRole::replica, config_.self.value, *incarnation};
  const Statement statement{kind, config_.cluster, self, view, sequence, digest};
  return {statement, signer_.sign(statement)};
}

Slot* PbftEngine::find_slot(SequenceNumber n) {
  const auto it = log_.find(n);
  return it == log_.end() ? nullptr : &it->second;
}

const Slot* PbftEngine::find_slot(SequenceNumber n) const {
  const auto it = log_.find(n);
  return it == log_.end() ? nullptr : &it->second;
}

SequenceNumber PbftEngine::highest_decided() const {
  const SequenceNumber buffered = decided_.empty() ? SequenceNumber(0) : decided_.rbegin()->first;
  return std::max({delivered_, buffered, stable_});
}

}  // namespace breakwater::pbft
