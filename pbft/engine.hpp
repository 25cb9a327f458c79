// The PBFT engine: Castro & Liskov, OSDI '99, with signatures throughout. Sans-I/O: see replication/engine.hpp.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "crypto/signer.hpp"
#include "pbft/config.hpp"
#include "pbft/evidence.hpp"
#include "pbft/messages.hpp"
#include "pbft/primary_monitor.hpp"
#include "pbft/rules.hpp"
#include "pbft/slot.hpp"
#include "replication/engine.hpp"
#include "replication/mutant.hpp"
#include "replication/request_queue.hpp"

namespace breakwater::pbft {

// One replica's engine. One thread; `signer` must outlive it. The parts of the protocol are in files of their own:
// normal_case.cpp, checkpointing.cpp, view_change.cpp, transfer.cpp, retransmission.cpp, readmission.cpp,
// recollection.cpp, conviction.cpp, recovery.cpp.
class PbftEngine final : public Engine {
 public:
  // The error names what in the journal does not decode: then the store is not to be trusted.
  static std::expected<std::unique_ptr<PbftEngine>, std::string> create(Config config, Signer& signer,
                                                                        const Recovered& recovered);

  std::optional<RejectReason> admit(const Message& message) const override;
  std::optional<RejectReason> admit(const Request& request) const override;
  void step(Verified<MessagePtr> message) override;
  void convict(Verified<Spoiled> spoiled) override;
  void distrust(Verified<Garbled> garbled) override;
  void propose(Verified<RequestPtr> request, bool relayed) override;
  void tick(AgreedTime wall_clock) override;
  void persisted(PersistToken token) override;
  void executed(const Committed& slot, const Execution& execution) override;
  void fetched(SequenceNumber sequence, bool whole) override;
  void installed(bool ok) override;
  Ready take_ready() override;
  EngineStatus status() const override;
  std::vector<Held> held() const override;

  const Config& config() const { return config_; }

 private:
  PbftEngine(Config config, Signer& signer)
      : config_(std::move(config)), signer_(signer), monitor_(config_.view_change_timeout_ticks) {}

  // --- admission.cpp: cheap checks, one per kind
  std::optional<RejectReason> admit_pre_prepare(const PrePrepare& m) const;
  std::optional<RejectReason> admit_prepare(const Prepare& m) const;
  std::optional<RejectReason> admit_commit(const Commit& m) const;
  std::optional<RejectReason> admit_checkpoint(const Checkpoint& m) const;
  std::optional<RejectReason> admit_view_change(const ViewChange& m) const;
  std::optional<RejectReason> admit_new_view(const NewView& m) const;
  std::optional<RejectReason> admit_channel(const PbftMessage& m) const;
  std::optional<RejectReason> admit_vote(const StatementMessage& m, const Slot::Votes Slot::* votes) const;
  std::optional<RejectReason> current_view_only(ViewNumber view) const;
  std::optional<RejectReason> voting_incarnation_only(const StatementMessage& m) const;
  std::optional<RejectReason> admit_own(const PbftMessage& m) const;
  std::size_t admission_limit() const;

  // --- normal_case.cpp (section 4.2)
  void on_pre_prepare(const PrePrepare& m);
  void on_prepare(const Prepare& m);
  void on_commit(const Commit& m);
  void propose_batches();
  void accept_pre_prepare(Slot& slot, const SignedStatement& pre_prepare, BatchPtr batch, bool may_prepare);
  void send_prepare(Slot& slot);
  void check_prepared(Slot& slot);
  void check_decided(Slot& slot);
  void decide(Certificate commits, BatchPtr batch);
  void deliver();
  std::optional<RejectReason> proposal_fault(const Batch& batch) const;
  bool time_is_acceptable(AgreedTime proposed) const;

  // --- checkpointing.cpp (section 4.3)
  void on_checkpoint(const Checkpoint& m);
  void check_stable(SequenceNumber sequence);
  void make_stable(const Certificate& certificate);
  void compare_with_certified(SequenceNumber sequence);
  void quarantine(std::string why, std::optional<SequenceNumber> wrong_at = std::nullopt);
  void forget_old_checkpoints();

  // --- transfer.cpp
  void consider_fetch();
  void resume_slots();

  // --- view_change.cpp (section 4.4)
  void start_view_change(ViewNumber next);
  void ask_for_view();
  void on_view_change(std::shared_ptr<const ViewChange> m);
  void join_if_weak_quorum_left();
  void consider_view_changes();
  void send_new_view(std::vector<ViewChangePtr> view_changes);
  void on_new_view(std::shared_ptr<const NewView> m);
  void enter_view(std::shared_ptr<const NewView> m);
  void judge_view_changes_in(const NewView& m);
  void adopt_proposal(const SignedStatement& pre_prepare);
  void resume_requests();
  bool is_anything_in_flight() const;
  bool primary_withholds(bool time_stands_still);
  bool is_pipeline_full() const;
  bool primary_is_slow(bool time_stands_still);
  std::uint64_t timeout_ticks() const;

  // --- retransmission.cpp
  void on_status(const Status& m);
  void send_status(std::optional<ReplicaId> to);
  void retransmit_view_state(const Status& m);
  void retransmit_checkpoints(const Status& m);
  void retransmit_slots(const Status& m);
  void retransmit_bodies(const Status& m);
  void relay_again();
  void on_batch_body(const BatchBody& m);
  void on_decided_slot(const DecidedSlot& m);
  void on_relayed_request(const RelayedRequest& m);
  bool is_proposed(const RequestQueue::Key& key) const;
  void enqueue(RequestPtr request, bool relayed);
  bool busy() const;
  bool is_fed() const;
  bool timers_are_held();

  // --- readmission.cpp
  SequenceNumber silent_until() const;
  bool is_silent() const;
  bool speaks_on(SequenceNumber n) const;
  bool is_mine(const SignedStatement& own) const;
  Statement unsigned_checkpoint(SequenceNumber n, const Digest& root) const;
  std::optional<Incarnation> own_incarnation_asking_from(SequenceNumber low) const;
  bool may_ask_for_views() const;
  bool still_asks(const ViewChange& m) const;
  bool undermines_own_vote(const NewView& m) const;
  void renew_view_change();
  void speak_up();
  void adopt_late_proposals();

  // --- recollection.cpp
  bool is_beyond_memory(const StatementMessage& m) const;
  void on_own_words(const StatementMessage& m);
  void return_own_words(const Status& m);
  void recollect();

  // --- conviction.cpp
  void on_proof(const Proof& m);
  void look_for_contradiction(const SignedStatement& a, const SignedStatement& b, ByteView view_change_body = {});
  void look_for_hidden_prepared(const ViewChange& m);
  bool keep_evidence(const Evidence& evidence);
  void leave_view_of(ReplicaId accused, ViewNumber view);
  void skip_view_of(const StatementMessage& bad_new_view);
  bool is_known(EvidenceKind kind, const SignedStatement& s) const;

  // --- recovery.cpp: the journal's keys
  std::optional<std::string> recover(const Recovered& recovered);
  std::optional<std::string> recover_record(ByteView key, ByteView value);
  void journal_view();
  void keep_transcript();
  void journal_proposal(Slot& slot);
  void journal_prepared(Slot& slot);
  void journal_body(Slot& slot, SequenceNumber n, const BatchPtr& batch);
  void journal_own_checkpoint(const SignedStatement& vote);
  void journal_stable();
  void forget_journal(SequenceNumber up_to);
  static Record forgotten_checkpoint(SequenceNumber n);
  void forget_own_checkpoint(SequenceNumber n);

  // --- engine.cpp: effects
  void reject(RejectReason reason, std::string_view message, std::optional<ReplicaId> sender);
  void persist_deferred();
  void put(Table table, Bytes key, Bytes value);
  void erase(Table table, Bytes key);
  void send_after_persist(MessagePtr message, std::optional<ReplicaId> to = std::nullopt);
  void send_now(MessagePtr message, std::optional<ReplicaId> to = std::nullopt);
  SignedStatement sign(StatementKind kind, ViewNumber view, SequenceNumber sequence, const Digest& digest);
  bool is_primary() const { return config_.primary_of(view_) == config_.self; }
  bool active() const { return !view_changing_ && !quarantined_; }
  // A primary's. Less than the whole window: backups may stabilise later than it does.
  SequenceNumber last_to_propose() const { return stable_.plus(config_.log_window - config_.checkpoint_interval); }
  SequenceNumber high_watermark() const { return stable_.plus(config_.log_window); }
  bool in_window(SequenceNumber n) const {
    if (mutant(Mutant::no_high_watermark)) return n > stable_;
    // Not further than a log window beyond what was executed here either: so whoever votes on a slot has executed every
    // readmission that takes effect before it.
    return n > stable_ && n <= std::min(high_watermark(), executed_.plus(config_.log_window));
  }
  Slot* find_slot(SequenceNumber n);
  const Slot* find_slot(SequenceNumber n) const;
  SequenceNumber highest_decided() const;

  Config config_;
  Signer& signer_;
  Ready ready_;
  std::uint64_t next_token_ = 1;
  // Archive records. Nothing waits for them, since the journal holds what decided their slots: they are written many at
  // a time, with a transaction that is made anyway; at once when the journal is to forget those slots.
  struct Deferred {
    SequenceNumber slot;
    Record record;
  };
  std::vector<Deferred> deferred_;  // in the order of their slots
  bool archive_is_due_ = false;

  // View state.
  ViewNumber view_;
  bool view_changing_ = false;
  std::shared_ptr<const NewView> new_view_;          // of view_; null in view 0 and while changing
  std::map<ReplicaId, ViewChangePtr> view_changes_;  // per signer, its highest only
  std::optional<std::uint64_t> new_view_deadline_;   // set once a quorum asked for view_
  std::uint32_t failed_views_ = 0;                   // back-off exponent; progress resets it

  // The log window (stable_, stable_ + L].
  std::map<SequenceNumber, Slot> log_;
  SequenceNumber next_sequence_{1};                                    // a primary's next proposal
  std::map<SequenceNumber, std::shared_ptr<const PrePrepare>> early_;  // just above the window; at most K

  // Decisions and execution.
  struct Decision {
    Certificate commits;
    BatchPtr batch;
  };
  std::map<SequenceNumber, Decision> decided_;  // not yet delivered; at most kMaxCatchUpSlots above delivered_
  SequenceNumber delivered_;
  SequenceNumber executed_;

  // Checkpoints.
  SequenceNumber stable_;
  std::optional<Certificate> stable_certificate_;
  std::map<SequenceNumber, Slot::Votes> checkpoint_votes_;  // within the window, and on the stable one
  std::map<ReplicaId, SignedStatement> far_checkpoints_;    // beyond it: each signer's highest
  std::map<SequenceNumber, SignedStatement> own_checkpoints_;
  bool quarantined_ = false;
  std::string quarantine_reason_;
  std::optional<SequenceNumber> wrong_at_;  // while quarantined: the first checkpoint whose state mends it

  // State transfer.
  std::optional<Statement> fetching_;  // the certified checkpoint
  std::optional<SequenceNumber> installing_;
  std::uint64_t next_fetch_tick_ = 0;
  bool old_copy_ = false;
  bool recollects_ = false;          // after a restart, until the peers had their chance to say what they hold of it
  std::set<ReplicaId> recollected_;  // whose status came meanwhile
  bool was_silent_ = false;

  // Requests and time.
  RequestQueue requests_;
  AgreedTime wall_clock_;
  std::uint64_t ticks_ = 0;
  std::uint64_t request_ticks_ = 0;  // stands still while the replica catches up
  std::uint64_t last_catch_up_tick_ = 0;
  std::uint64_t held_ticks_ = 0;      // how long catch-up has held the timers; bounded
  std::uint64_t withheld_ticks_ = 0;  // see primary_withholds()
  PrimaryMonitor monitor_;
  std::uint64_t executed_requests_ = 0;
  std::uint64_t executed_at_last_rate_ = 0;
  std::uint64_t requests_per_rate_period_ = 0;  // sustained: the admission rate

  // Retransmission.
  struct Peer {
    std::optional<std::uint64_t> last_answered_tick;
    std::optional<std::uint64_t> last_retransmission_tick;
    SequenceNumber decided;  // as its last status said
    SequenceNumber stable;
  };
  std::map<ReplicaId, Peer> peers_;
  std::uint64_t next_status_tick_ = 0;

  // Evidence.
  std::map<ReplicaId, std::set<Bytes>> evidence_;  // keys kept, per accused; at most kMaxEvidencePerAccused
};

}  // namespace breakwater::pbft
