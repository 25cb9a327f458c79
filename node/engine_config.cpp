#include "node/engine_config.hpp"

namespace breakwater {

pbft::Config pbft_config(const ClusterConfig& cluster, const Roster& roster, ReplicaId self) {
  const ProtocolSettings& p = cluster.protocol;
  pbft::Config config;
  config.quorums = Quorums::byzantine(static_cast<std::uint32_t>(cluster.replicas.size()));
  config.self = self;
  config.cluster = cluster.cluster;
  config.incarnations = roster.incarnations();
  config.checkpoint_interval = p.checkpoint_interval;
  config.log_window = p.log_window;
  config.archive_retention = p.archive_retention;
  config.max_batch_requests = p.max_batch_requests;
  config.pipeline = p.pipeline;
  config.max_clock_skew_us = std::uint64_t{p.max_clock_skew_ms} * 1000;
  config.recollection_ticks = p.ticks(1200);  // idle peers tell of themselves every second
  config.view_change_timeout_ticks = p.ticks(p.view_change_timeout_ms);
  config.view_change_timeout_cap_ticks = p.ticks(p.view_change_timeout_cap_ms);
  config.status_interval_ticks = p.ticks(100);
  config.idle_status_interval_ticks = p.ticks(1000);
  return config;
}

raft::Config raft_config(const ClusterConfig& cluster, ReplicaId self) {
  const ProtocolSettings& p = cluster.protocol;
  raft::Config config;
  config.quorums = Quorums::crash(static_cast<std::uint32_t>(cluster.replicas.size()));
  config.self = self;
  config.checkpoint_interval = p.checkpoint_interval;
  config.log_window = p.log_window;
  config.archive_retention = p.archive_retention;
  config.max_batch_requests = p.max_batch_requests;
  config.pipeline = p.pipeline;
  config.election_timeout_ticks = p.ticks(p.election_timeout_ms);
  config.heartbeat_ticks = p.ticks(p.heartbeat_ms);
  return config;
}

}  // namespace breakwater
