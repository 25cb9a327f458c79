// A group of replicas in one process: the production replica over a virtual network, disk and clock.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "adversary/strategies.hpp"
#include "booking/booking_machine.hpp"
#include "booking/commands.hpp"
#include "pbft/evidence.hpp"
#include "replica/replica.hpp"
#include "sim/faults.hpp"
#include "sim/network.hpp"
#include "sim/observer.hpp"
#include "sim/options.hpp"
#include "sim/protocol.hpp"
#include "sim/random.hpp"
#include "sim/stand_in_crypto.hpp"
#include "store/memory_disk.hpp"

namespace breakwater::sim {

// One simulated world. Everything that happens follows from the options and the calls. One thread.
class Cluster {
 public:
  static constexpr std::uint64_t kTickMs = 10;
  static constexpr std::uint64_t kEpochUs = 1'700'000'000'000'000;  // what the wall clocks read at time zero
  static constexpr std::uint32_t kDesks = 16;                       // correct ones; two liars come after them

  explicit Cluster(ClusterOptions options);
  ~Cluster();

  // --- clients: client 0 is the operator, 1..16 are desks. A client sends to the primary it believes in, to all after
  // 300 ms, and again every 600 ms, until f+1 replicas agree.
  struct Call {
    ClientId client;
    RequestNumber number;
    booking::Command command;
    RequestPtr request;
    std::optional<booking::Result> result;  // once f+1 replicas agree
    SequenceNumber sequence;
    std::map<ReplicaId, Reply> replies;
    std::uint64_t last_sent_ms = 0;
    std::size_t asked_after = 0;  // answers that clients had when it was submitted
    bool broadcast = false;
  };
  // Submits under the client's next number; the index names the call from then on.
  std::size_t submit(std::uint32_t client, booking::Command command);
  const Call& call(std::size_t index) const { return *calls_[index]; }
  std::size_t calls() const { return calls_.size(); }
  bool all_answered() const;
  // Sends any request as it is, to one replica, now, over the channel of `from`.
  void send_request(RequestPtr request, ReplicaId to, ClientId from);
  void send_request(RequestPtr request, ReplicaId to) { send_request(request, to, request->client); }
  RequestPtr make_signed_request(std::uint32_t client, std::uint64_t number, const booking::Command& command);

  // --- time
  std::uint64_t now_ms() const { return now_ms_; }
  void run_for(std::uint64_t ms);
  // Until the condition holds; false when `limit_ms` of virtual time pass first.
  bool run_until(const std::function<bool()>& condition, std::uint64_t limit_ms);

  // --- faults
  // Decides per message whether the network carries it; replaces the filter before. Null: everything.
  using Filter = std::function<bool(ReplicaId from, ReplicaId to, const Message& message)>;
  void filter(Filter filter) { filter_ = std::move(filter); }
  void partition(std::vector<std::vector<std::uint32_t>> sides);
  void isolate(std::uint32_t replica);
  void heal();
  void set_loss(std::uint32_t drop_percent, std::uint32_t duplicate_percent);
  void crash(std::uint32_t replica);
  void restart(std::uint32_t replica);
  bool try_restart(std::uint32_t replica);  // false: it does not trust its store
  // The replica dies before its k-th send from now (0: the next), after that send's transaction.
  void crash_before_send(std::uint32_t replica, std::uint64_t k);
  // The replica dies with its k-th transaction from now, which is lost.
  void crash_at_commit(std::uint32_t replica, std::uint64_t k);
  void skew_clock(std::uint32_t replica, std::int64_t us);
  // One fault of a plan, now. What has no effect (a crash of what is down) is not counted.
  void apply(const FaultEvent& fault);
  // Whoever can start again does; partitions, losses and clocks are mended; pending crashes are called off.
  void end_faults();
  const FaultCounts& faults() const { return counts_; }
  // Stays down for good: its store is lost or damaged.
  bool is_lost(std::uint32_t place) const { return nodes_[place].lost; }
  // Injects a message as if `from` had sent it over its authenticated channel.
  void inject(ReplicaId from, ReplicaId to, MessagePtr message, std::uint64_t delay_ms = 1);

  // --- looking
  bool is_up(std::uint32_t replica) const { return nodes_[replica].replica != nullptr; }
  Replica& replica(std::uint32_t id) { return *nodes_[id].replica; }
  EngineStatus status(std::uint32_t id) const { return nodes_[id].replica->status(); }
  Store& store(std::uint32_t id) { return *nodes_[id].store; }
  MemoryDisk& disk(std::uint32_t id) { return *nodes_[id].disk; }
  StandInSigner& signer(std::uint32_t id) { return *nodes_[id].signer; }
  const StandInCrypto& crypto() const { return crypto_; }
  // Of a PBFT group only.
  const pbft::Config& config(std::uint32_t id) const { return protocol_->pbft_config(ReplicaId(id)); }
  const Quorums& quorums() const { return protocol_->quorums(); }
  const Roster& roster() const { return roster_; }
  std::uint64_t rejected(std::uint32_t id, RejectReason reason) const {
    return nodes_[id].replica->counters().rejected[static_cast<std::size_t>(reason)];
  }
  // Convicting evidence in this replica's store.
  std::vector<pbft::Conviction> convictions(std::uint32_t id) const;
  // One line per message sent and fault, when tracing is on.
  std::function<void(const std::string&)> trace;
  // The same for machines: each message when it is sent (from, to, name), to whom it goes one by one.
  std::function<void(std::uint64_t now_ms, std::uint32_t from, std::uint32_t to, const Message&)> on_send;
  // Must outlive the cluster. Replicas that are up already are told of at once.
  void observe(Observer& observer);
  // A digest of everything that was sent, in order: equal for equal runs.
  std::uint64_t trace_hash() const { return trace_hash_; }

  // --- oracles: what must hold of the correct replicas (up or down) now; empty when it does.
  std::string violation() const;
  bool is_byzantine(std::uint32_t id) const { return options_.byzantine.contains(id) || options_.twins.contains(id); }
  std::uint32_t replicas() const { return options_.replicas; }

 private:
  struct Node;
  struct Event {
    std::uint64_t at_ms;
    std::uint64_t order;
    std::function<void()> act;
    bool operator>(const Event& other) const { return std::pair(at_ms, order) > std::pair(other.at_ms, other.order); }
  };
  class NodeOutlet;
  class NodeDisk;
  struct Node {
    ReplicaId id;
    std::uint32_t place = 0;
    std::unique_ptr<MemoryDisk> disk;
    std::unique_ptr<NodeDisk> gate;
    std::unique_ptr<StandInSigner> signer;
    std::unique_ptr<booking::BookingMachine> machine;
    std::unique_ptr<NodeOutlet> outlet;
    std::unique_ptr<Outlet> adversary_outlet;
    std::unique_ptr<Store> store;
    std::unique_ptr<EngineFactory> factory;
    std::unique_ptr<Replica> replica;
    std::optional<adversary::Strategy> strategy;
    std::optional<std::uint64_t> sends_left, commits_left;
    FaultKind commit_fault = FaultKind::crash_at_commit;  // what happens when commits_left runs out
    bool dying = false;
    bool has_input = false;  // not settled yet
    std::int64_t clock_skew_us = 0;
    std::optional<std::uint64_t> frozen_at_us;
    std::uint64_t paused_until_ms = 0;
    std::vector<std::function<void()>> held;  // what arrived during the pause
    bool lost = false;
  };

  void at(std::uint64_t ms, std::function<void()> act);
  void make_node(Node& node, std::uint32_t place, ReplicaId id);
  bool start(Node& node);  // false: its store is damaged
  void watch(Node& node);
  void took_input(Node& node);
  void end_round();
  void settle(Node& node);  // runs the replica's effects; buries it if it died meanwhile
  void arrive(std::uint32_t place, std::function<void()> input);
  void deliver(ReplicaId from, std::uint32_t to, const MessagePtr& message);
  void transmit(std::uint32_t from, std::uint32_t to, const MessagePtr& message);
  void add_to_hash(const Message& message, std::uint32_t from, std::uint32_t to);
  std::string check_archive(const Node& node, std::map<SequenceNumber, Digest>& decided) const;
  void schedule(std::uint32_t from, std::uint32_t to, const MessagePtr& message, std::uint64_t when_ms);
  bool completes_quorum(std::uint32_t to, const Message& message);
  std::uint64_t wall_clock_us(const Node& node) const;
  void resume(Node& node);
  std::expected<Store, StoreError> open_checked(Node& node);
  void flip_bit(Node& node, std::uint64_t which);
  void split(std::uint64_t sides);
  void swizzle(std::uint32_t place, std::uint64_t within_ms);
  void replay_old(std::uint64_t how_many);
  void lie_as_client(std::uint64_t how);
  void impersonate(std::uint64_t how);
  void took_effect(FaultKind kind) { ++counts_[std::string(kFaultNames[static_cast<std::size_t>(kind)])]; }
  ReplicaId believed_primary() const;
  void on_reply(const Reply& reply);
  void tick_all();
  void drive_clients();
  void note(const std::string& line) {
    if (trace) trace(line);
  }

  ClusterOptions options_;
  Random random_;
  Digest cluster_id_;
  StandInCrypto crypto_;
  std::unique_ptr<Protocol> protocol_;
  Roster roster_;
  std::vector<Node> nodes_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t next_order_ = 0;
  std::uint64_t now_ms_ = 0;
  Filter filter_;
  FaultCounts counts_;
  Network network_;
  Observer* observer_ = nullptr;
  std::uint64_t trace_hash_ = 0xcbf29ce484222325ull;
  struct Sent {
    std::uint32_t from, to;
    MessagePtr message;
  };
  std::vector<Sent> old_;  // some messages of the past, for replays
  std::uint64_t sent_ = 0;
  std::map<std::pair<std::uint32_t, VoteKey>, std::set<ReplicaId>> votes_;  // who voted for what at whom
  std::size_t answered_ = 0;
  std::uint64_t lies_ = 0;
  std::string unnoticed_damage_;  // of a store whose replica started nevertheless; empty when there is none
  std::vector<std::unique_ptr<Call>> calls_;
  std::map<std::pair<ClientId, RequestNumber>, Call*> open_calls_;
  std::map<ClientId, std::uint64_t> next_number_;
  std::map<ReplicaId, ViewNumber> claimed_views_;
  ReplicaId believed_leader_;  // of an engine that redirects
};

}  // namespace breakwater::sim
