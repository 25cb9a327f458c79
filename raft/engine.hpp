// The crash-fault engine: Raft with pre-vote, check-quorum, read-index and snapshots (Ongaro, "Consensus: bridging
// theory and practice", 2014). It trusts its members: whatever a member says is believed.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "raft/config.hpp"
#include "raft/log.hpp"
#include "raft/messages.hpp"
#include "replication/engine.hpp"
#include "replication/request_queue.hpp"

namespace breakwater::raft {

// Entries beyond what is known to be committed: a leader's pipeline, one for each election that came to nothing, and
// what a restart forgot to be committed. More come from no correct leader.
inline constexpr std::size_t kMaxUncommittedEntries = 4096;
inline constexpr std::size_t kMaxWaitingReads = 4096;   // of a leader
inline constexpr std::size_t kMaxAppendsInFlight = 64;  // to one follower, not answered yet
inline constexpr std::size_t kMaxDeferredRecords = 64;  // archive records that wait for a transaction
inline constexpr std::uint64_t kServedSlots = 64;       // from the archive, per answer of a follower far behind

// One thread. Parts: engine.cpp (dispatch, effects), election.cpp (dissertation 3.4, 6.2, 9.6), replication.cpp (3.5,
// 3.6), reads.cpp (6.4), snapshots.cpp (5), recovery.cpp (3.8).
class RaftEngine final : public Engine {
 public:
  // The error names what in the journal does not decode.
  static std::expected<std::unique_ptr<RaftEngine>, std::string> create(const Config& config,
                                                                        const Recovered& recovered);

  std::optional<RejectReason> admit(const Message& message) const override;
  std::optional<RejectReason> admit(const Request& request) const override;
  void step(Verified<MessagePtr> message) override;
  void convict(Verified<Spoiled> spoiled) override;
  void propose(Verified<RequestPtr> request, bool relayed) override;
  void tick(AgreedTime wall_clock) override;
  void persisted(PersistToken token) override;
  void executed(const Committed& slot, const Execution& execution) override;
  bool serves_reads() const override { return true; }
  bool read(const Verified<RequestPtr>& request) override;
  void snapshot_loaded(SnapshotPtr snapshot) override;
  void fetched(SequenceNumber sequence, bool whole) override;
  void installed(bool installed) override;
  Ready take_ready() override;
  EngineStatus status() const override;
  std::optional<ReplicaId> redirect() const override { return leader_; }
  std::vector<Held> held() const override;

 private:
  enum class Role { follower, pre_candidate, candidate, leader };
  // What a leader knows of one follower.
  struct Progress {
    enum class State { probe, replicate, archive, snapshot };
    State state = State::probe;
    SequenceNumber match;      // its log equals this one's up to here
    SequenceNumber next;       // what to send next; beyond match what is on its way
    SequenceNumber committed;  // as it said itself
    std::size_t in_flight = 0;
    std::uint64_t heard_tick = 0;  // its last answer
    std::uint64_t round = 0;       // the last that it answered
    bool probed = false;           // a probe is on its way
  };

  explicit RaftEngine(const Config& config) : config_(config) {}

  // --- election.cpp
  void on_request_vote(const RequestVote& m);
  void on_request_vote_result(const RequestVoteResult& m);
  void become_follower(ViewNumber term, std::optional<ReplicaId> leader);
  void follow(ReplicaId leader);  // it was heard, in this term
  void count_votes();
  void ask_for_votes(bool pre_vote);
  void become_leader();
  void check_quorum();
  void set_election_deadline();
  bool is_up_to_date(const RequestVote& m) const;
  bool leader_is_alive() const;

  // --- replication.cpp
  void on_append_entries(const AppendEntries& m);
  void on_append_entries_result(const AppendEntriesResult& m);
  void on_committed_slot(const CommittedSlot& m);
  std::optional<RejectReason> append_all(const AppendEntries& m);
  void truncate(SequenceNumber n);
  SequenceNumber where_to_look(SequenceNumber previous) const;
  void propose_batches();
  void append_own(Entry entry);
  void replicate();
  void send_entries(ReplicaId to, Progress& progress);
  void send_append(ReplicaId to, const Progress& progress, std::vector<Entry> entries);
  void send_probe(ReplicaId to, Progress& progress);
  void send_heartbeats();
  void send_bare_heartbeat(ReplicaId to);
  static void become_replicating(Progress& progress);
  void catch_up(ReplicaId to, Progress& progress);
  void advance_commit();
  void commit_up_to(SequenceNumber n);
  void deliver();

  // --- reads.cpp
  void begin_reads();
  void confirm_reads();

  // --- snapshots.cpp
  void on_install_snapshot(const InstallSnapshot& m);
  void on_install_snapshot_result(const InstallSnapshotResult& m);
  void tell_installed(SequenceNumber sequence);
  void cancel_install();
  void compact();

  // --- recovery.cpp: the journal's keys
  std::optional<std::string> recover(const Recovered& recovered);
  bool recover_record(ByteView key, ByteView value);
  static Bytes entry_key(SequenceNumber n);
  static Record base_record(SequenceNumber base, ViewNumber term);
  void journal_vote();
  void journal_entry(SequenceNumber n);
  void forget_entry(SequenceNumber n);

  // --- engine.cpp: effects
  void reject(RejectReason reason, const Message& message);
  void persist_deferred();
  void put(Table table, Bytes key, Bytes value);
  void erase(Table table, Bytes key);
  // Waits for every promise made so far: a vote, a term, entries.
  void send_after_persist(MessagePtr message, std::optional<ReplicaId> to);
  void send_now(MessagePtr message, std::optional<ReplicaId> to);
  void on_status(const Status& m);
  std::vector<ReplicaId> peers() const;

  Config config_;
  Ready ready_;
  std::uint64_t next_token_ = 1;
  std::vector<Record> deferred_;  // archive records; the journal holds what they hold
  bool archive_is_due_ = false;

  // Durable.
  ViewNumber term_;
  std::optional<ReplicaId> voted_for_;
  Log log_;

  // Of this term.
  Role role_ = Role::follower;
  std::optional<ReplicaId> leader_;
  std::set<ReplicaId> votes_;
  std::uint64_t elections_ = 0;  // begun by this replica since it started

  // Time.
  AgreedTime wall_clock_;
  std::uint64_t ticks_ = 0;
  std::uint64_t election_deadline_ = 0;
  std::optional<std::uint64_t> leader_heard_tick_;
  std::uint64_t next_heartbeat_tick_ = 0;

  // Commitment and execution.
  SequenceNumber commit_;
  SequenceNumber delivered_;
  SequenceNumber executed_;
  SequenceNumber checkpoint_;
  SequenceNumber archived_from_;
  SequenceNumber archived_;  // every slot up to here is in the archive, or in a transaction under way

  // A leader's.
  RequestQueue requests_;
  std::map<ReplicaId, Progress> progress_;
  SequenceNumber durable_;          // its own log is on disk up to here
  SequenceNumber pending_durable_;  // with the transaction under way
  SequenceNumber term_begins_;      // its first entry
  SequenceNumber told_commit_;      // with the last heartbeats
  bool append_is_due_ = false;      // entries to send
  struct PendingRead {
    RequestPtr request;
    SequenceNumber index;
    std::uint64_t round;
  };
  std::deque<PendingRead> reads_;  // by round
  std::vector<RequestPtr> new_reads_;
  std::uint64_t round_ = 0;

  // A follower's.
  bool catch_up_answer_is_due_ = false;
  struct Fetching {
    Snapshot snapshot;
    ViewNumber term;  // of its slot
  };
  std::optional<Fetching> fetching_;
  struct Installing {
    SequenceNumber sequence;
    ViewNumber term;
  };
  std::optional<Installing> installing_;
};

}  // namespace breakwater::raft
