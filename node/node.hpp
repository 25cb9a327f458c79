// The event loop of one replica: sockets and ticks in, effects out.
#pragma once

#include <spdlog/logger.h>

#include <chrono>
#include <optional>

#include "node/client_penalties.hpp"
#include "node/cluster_config.hpp"
#include "node/event_log.hpp"
#include "node/history_probe.hpp"
#include "node/outlet.hpp"
#include "node/status_report.hpp"
#include "node/stop_signals.hpp"
#include "node/verification_pool.hpp"

namespace breakwater {

// All of them must outlive the node.
struct NodeParts {
  ReplicaId self;
  Quorums quorums;
  bool readmits;  // the engine's groups take replicas back that lost their store
  ProtocolSettings protocol;
  Store& store;
  ReplicaTransport& transport;
  ClientRoutes& routes;
  NetOutlet& outlet;     // the honest way out, for the probe
  Partition* partition;  // null without fault injection
  const Roster& roster;
  EngineKit& kit;
  Replica& replica;
  ReportSources report;
  StopSignals& signals;
  spdlog::logger& log;
};

// One round: take what the sockets hold (bounded), check it cheaply, authenticate it, step it; perform the effects of
// the whole round at once, so that a burst of requests forms one batch and one transaction; tick when a tick is due.
// One thread, apart from the verification pool's.
class Node {
 public:
  // Frames taken from each socket in one round. Small enough that ticks come on time, large enough to fill a batch.
  static constexpr std::size_t kMaxFramesPerRound = 128;

  explicit Node(NodeParts parts);

  // Until SIGTERM or SIGINT: 0. After a durability failure, which is logged: 2, and nothing that depended on it was
  // sent. An empty store is claimed once the group turns out to be fresh; in a group with history it is an error, and
  // stays empty, unless this replica was readmitted. A store that turns out to be an old copy is an error too.
  std::expected<int, ConfigError> run();

 private:
  using Clock = std::chrono::steady_clock;

  // The gate. Frames are hostile; what a frame came with (the channel's identity) is not.
  void on_replica_frame(const FromReplica& from, ByteView frame);
  void on_client_frame(const FromClient& from, ByteView frame);
  void on_request(const FromClient& from, RequestPtr request, std::size_t bytes);
  void on_partition_order(const FromClient& from, PartitionOrder order);
  void on_status_query(const FromClient& from, const StatusQuery& query);
  void authenticated(ClientId from, VerificationPool::RequestResult result);

  bool take_input();
  bool tick_is_due(bool drained);
  std::expected<void, StoreError> tick();
  std::expected<void, StoreError> perform();
  std::optional<ConfigError> judge_probe();
  std::optional<ConfigError> judge_memory() const;
  void change_key(const Readmission& readmission);
  std::expected<void, StoreError> join();
  int stop_after(const StoreError& failure);

  NodeParts parts_;
  Clock::duration tick_length_;
  Clock::time_point next_tick_;
  std::uint32_t drain_rounds_ = 0;
  std::optional<HistoryProbe> probe_;   // while the replica may not vote yet
  std::optional<StoreError> shortage_;  // of room on the disk, when it would join
  GivenHistory given_;                  // what an imported store came with
  EventLog events_;
  ClientPenalties penalties_;
  VerificationPool pool_;
};

}  // namespace breakwater
