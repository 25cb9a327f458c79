#include "node/replica_process.hpp"

#include <signal.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "adversary/strategies.hpp"
#include "booking/booking_machine.hpp"
#include "node/node.hpp"
#include "node/pid_file.hpp"
#include "pbft/factory.hpp"
#include "store/lmdb_disk.hpp"

namespace breakwater {

namespace {

std::string endpoint(const std::string& host, std::uint16_t port) { return "tcp://" + host + ":" + std::to_string(port); }

pbft::Config engine_config(const ClusterConfig& cluster, ReplicaId self) {
  const ProtocolSettings& p = cluster.protocol;
  pbft::Config config;
  config.quorums = Quorums::byzantine(static_cast<std::uint32_t>(cluster.replicas.size()));
  config.self = self;
  config.cluster = cluster.cluster;
  for (const auto& [id, replica] : cluster.replicas) config.incarnations.push_back(replica.incarnation);
  config.checkpoint_interval = p.checkpoint_interval;
  config.log_window = p.log_window;
  config.archive_retention = p.archive_retention;
  config.max_batch_requests = p.max_batch_requests;
  config.pipeline = p.pipeline;
  config.max_clock_skew_us = std::uint64_t{p.max_clock_skew_ms} * 1000;
  config.view_change_timeout_ticks = std::max(1u, p.view_change_timeout_ms / p.tick_ms);
  config.view_change_timeout_cap_ticks = std::max(1u, p.view_change_timeout_cap_ms / p.tick_ms);
  return config;
}

ReplicaTransportConfig transport_config(const ClusterConfig& cluster, const ReplicaEntry& self,
                                        const SecretKeys& keys) {
  ReplicaTransportConfig config;
  config.self = self.id;
  config.keys = {self.curve_key, keys.curve};
  config.bind_replicas = endpoint(self.host, self.replica_port);
  config.bind_clients = endpoint(self.host, self.client_port);
  for (const auto& [id, peer] : cluster.replicas) {
    if (id != self.id) config.peers[id] = {endpoint(peer.host, peer.replica_port), peer.curve_key};
  }
  for (const auto& [id, client] : cluster.clients) config.clients[id] = client.curve_key;
  config.limits = cluster.limits;
  return config;
}

// Readable when the process is asked to stop. The signals are blocked from here on, in all threads started later.
int stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
}

std::unexpected<ConfigError> fault(std::string line) { return std::unexpected(ConfigError{std::move(line)}); }

}  // namespace

std::expected<int, ConfigError> run_replica(const ReplicaOptions& options) {
  const int stop_fd = stop_signals();
  if (const auto failure = crypto_start()) return fault("this machine's cryptography does not work: " + *failure);
  auto cluster = load_cluster_config(options.harbor / "cluster.toml");
  if (!cluster) return std::unexpected(cluster.error());
  const auto entry = cluster->replicas.find(options.id);
  if (entry == cluster->replicas.end()) {
    return fault("--id " + std::to_string(options.id.value) + ": cluster.toml has replicas 0 to " +
                 std::to_string(cluster->replicas.size() - 1));
  }
  std::optional<adversary::Strategy> strategy;
  if (options.byzantine) {
    if (!cluster->fault_injection) {
      return fault("--byzantine needs fault_injection = true in " + (options.harbor / "cluster.toml").string() +
                   "; make such a harbor with 'breakwater init --fault-injection'");
    }
    auto parsed = adversary::parse_strategy(*options.byzantine);
    if (!parsed) return fault("--byzantine: " + parsed.error());
    strategy = *parsed;
  }
  const std::filesystem::path home = options.harbor / ("replica-" + std::to_string(options.id.value));
  const auto keys = load_secret_keys(home / "key");
  if (!keys) return std::unexpected(keys.error());
  SigningKey signing_key = SigningKey::from_seed(keys->seed);
  if (signing_key.public_key() != entry->second.key) {
    return fault((home / "key").string() + " is not the key that cluster.toml names for replica " +
                 std::to_string(options.id.value) + "; restore the right one");
  }

  spdlog::logger log("replica-" + std::to_string(options.id.value), std::make_shared<spdlog::sinks::stderr_sink_st>());
  log.set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %n %l: %v");
  log.flush_on(spdlog::level::info);

  auto disk = LmdbDisk::open(home / "store", OpenMode::read_write);
  if (!disk) return fault(disk.error().message);
  auto store = Store::open(**disk, {cluster->cluster, options.id, entry->second.incarnation});
  if (!store) return fault(store.error().message);
  auto transport = ReplicaTransport::open(transport_config(*cluster, entry->second, *keys));
  if (!transport) return fault(transport.error().message);
  const PidFile pid_file(home / "pid");

  const Roster roster = cluster->roster();
  const pbft::Config config = engine_config(*cluster, options.id);
  Ed25519Signer signer(std::move(signing_key), config.signatory(options.id));
  const Ed25519Checker checker(roster);
  const SignatureAuthenticator authenticator(checker, cluster->cluster);
  booking::BookingMachine machine;
  pbft::PbftFactory factory(config, signer);
  NodeOutlet outlet(**transport, options.id, config.quorums.n);
  const std::unique_ptr<Outlet> lying_outlet = strategy ? adversary::decorate_outlet(outlet, *strategy) : nullptr;
  ReplicaParts parts{options.id, *store, machine, signer, roster, lying_outlet ? *lying_outlet : outlet, factory, {}};
  if (strategy) {
    parts.decorate = [&](std::unique_ptr<Engine> correct) {
      return adversary::decorate(std::move(correct), *strategy, config, signer);
    };
  }
  auto replica = Replica::recover(parts);
  if (!replica) return fault(replica.error().message);
  (*replica)->on_evidence = [&](const EvidenceFound& evidence) {
    log.warn("evidence: replica {} is convicted of {}", evidence.accused.value, evidence.kind);
  };
  const EngineStatus status = (*replica)->status();
  log.info("replica {} of {} of cluster {}, replicas at {}, clients at {}, view {}, executed {}", options.id.value,
           config.quorums.n, to_hex(cluster->cluster.view()).substr(0, 16),
           endpoint(entry->second.host, entry->second.replica_port),
           endpoint(entry->second.host, entry->second.client_port), status.view.value, status.executed.value);
  if (strategy) log.warn("FAULT INJECTION: this replica is Byzantine and plays '{}'", strategy->text);

  Node node({options.id, *cluster, **transport, outlet, **replica, authenticator, signer, checker,
             strategy ? strategy->text : "", stop_fd, log});
  // An empty store is claimed only once the group is known to be fresh: until then it stays empty.
  if (store->was_empty()) {
    log.info("the store is empty: asking the group whether it has history");
    const std::optional<bool> fresh = node.group_is_fresh();
    if (fresh == false) {
      return fault((home / "store").string() +
                   " is empty, but the group has history: a replica that lost its store must not vote again; restore "
                   "the store, or leave this replica out");
    }
    if (fresh == true) {
      if (const auto claimed = store->claim(); !claimed) return fault(claimed.error().message);
    }
  }
  const auto done = node.run();
  if (!done) {
    log.critical("the store failed, this replica stops: {}", done.error().message);
    return fault(done.error().message);
  }
  log.info("stopped, executed {}", (*replica)->executed().value);
  return 0;
}

}  // namespace breakwater
