#include "node/replica_process.hpp"

#include <signal.h>

#include <algorithm>

#include "booking/booking_machine.hpp"
#include "node/engine_kit.hpp"
#include "node/log.hpp"
#include "node/node.hpp"
#include "node/pid_file.hpp"
#include "node/process_table.hpp"
#include "node/scheduling.hpp"
#include "node/store_guard.hpp"
#include "node/version.hpp"
#include "store/lmdb_disk.hpp"
#include "store/memory_disk.hpp"
#include "store/repair.hpp"

namespace breakwater {

namespace {

std::unexpected<ConfigError> fault(std::string line) { return std::unexpected(ConfigError{std::move(line)}); }

std::string endpoint(const std::string& host, std::uint16_t port) {
  return "tcp://" + host + ":" + std::to_string(port);
}

// What the files of the harbor say of one replica.
struct Inputs {
  ClusterConfig cluster;
  ReplicaEntry entry;
  SecretKeys keys;
  std::map<Incarnation, Seed> seeds;  // of the current incarnation, and of those before it that it still has
  std::optional<adversary::Strategy> strategy;
  std::filesystem::path home;  // replica-N/
};

std::expected<std::optional<adversary::Strategy>, ConfigError> read_strategy(const ReplicaOptions& options,
                                                                             const ClusterConfig& cluster) {
  if (!options.byzantine) return std::nullopt;
  if (!cluster.fault_injection) {
    return fault("--byzantine needs fault_injection = true in " + (options.harbor / "cluster.toml").string() +
                 "; make such a harbor with 'breakwater init --fault-injection'");
  }
  auto strategy = parse_strategy(cluster, *options.byzantine);
  if (!strategy) return fault("--byzantine: " + strategy.error());
  strategy->tick_ms = cluster.protocol.tick_ms;
  return std::move(*strategy);
}

// A replica that changed its key signs with the old one up to where the new one counts (`rejoin` keeps it as key.N).
std::expected<std::map<Incarnation, Seed>, ConfigError> read_seeds(const std::filesystem::path& home,
                                                                   const ReplicaEntry& entry, const SecretKeys& keys) {
  std::map<Incarnation, Seed> seeds{{entry.incarnation, keys.seed}};
  for (auto earlier = entry.earlier.rbegin(); earlier != entry.earlier.rend(); ++earlier) {
    const std::filesystem::path file = home / ("key." + std::to_string(earlier->era.incarnation.value));
    if (!std::filesystem::exists(file)) break;
    const auto old = load_secret_keys(file);
    if (!old) return std::unexpected(old.error());
    if (SigningKey::from_seed(old->seed).public_key() != earlier->key) {
      return fault(file.string() +
                   " is not the key that cluster.toml names for that incarnation; restore the right one");
    }
    seeds.emplace(earlier->era.incarnation, old->seed);
  }
  return seeds;
}

std::expected<Inputs, ConfigError> read_inputs(const ReplicaOptions& options) {
  auto cluster = load_cluster_config(options.harbor / "cluster.toml");
  if (!cluster) return std::unexpected(cluster.error());
  const auto entry = cluster->replicas.find(options.id);
  const std::string id = std::to_string(options.id.value);
  if (entry == cluster->replicas.end()) {
    return fault("--id " + id + ": " + (options.harbor / "cluster.toml").string() + " has replicas 0 to " +
                 std::to_string(cluster->replicas.size() - 1) + "; name one of them");
  }
  auto strategy = read_strategy(options, *cluster);
  if (!strategy) return std::unexpected(strategy.error());
  const std::filesystem::path home = options.harbor / ("replica-" + id);
  if (!std::filesystem::exists(home / "key") && cluster->kind().readmits) {
    return fault((home / "key").string() + ": the key is missing; restore it, or run: breakwater rejoin --id " + id);
  }
  const auto keys = load_secret_keys(home / "key");
  if (!keys) return std::unexpected(keys.error());
  if (SigningKey::from_seed(keys->seed).public_key() != entry->second.key) {
    return fault((home / "key").string() + " is not the key that cluster.toml names for replica " + id +
                 "; restore the right one");
  }
  const ReplicaEntry self = entry->second;
  auto seeds = read_seeds(home, self, *keys);
  if (!seeds) return std::unexpected(seeds.error());
  return Inputs{std::move(*cluster), self, *keys, std::move(*seeds), std::move(*strategy), home};
}

ReplicaTransportConfig transport_config(const Inputs& in) {
  ReplicaTransportConfig config;
  config.self = in.entry.id;
  config.keys = {in.entry.curve_key, in.keys.curve};
  config.bind_replicas = endpoint(in.entry.host, in.entry.replica_port);
  config.bind_clients = endpoint(in.entry.host, in.entry.client_port);
  for (const auto& [id, peer] : in.cluster.replicas) {
    if (id != in.entry.id) config.peers[id] = {endpoint(peer.host, peer.replica_port), peer.curve_key};
  }
  for (const auto& [id, client] : in.cluster.clients) config.clients[id] = client.curve_key;
  config.limits = in.cluster.limits;
  return config;
}

std::vector<ReplicaId> peers_of(const Inputs& in) {
  std::vector<ReplicaId> peers;
  for (const auto& [id, peer] : in.cluster.replicas) {
    if (id != in.entry.id) peers.push_back(id);
  }
  return peers;
}

void announce(spdlog::logger& log, const Inputs& in, const Replica& replica) {
  log.info("breakwater {}: {} replica {} of {}, cluster {}, replicas at {}, clients at {}, view {}, executed {}",
           kVersion, in.cluster.engine, in.entry.id.value, in.cluster.replicas.size(),
           to_hex(in.cluster.cluster.view()).substr(0, 16), endpoint(in.entry.host, in.entry.replica_port),
           endpoint(in.entry.host, in.entry.client_port), replica.status().view.value, replica.executed().value);
  if (in.strategy) {
    log.warn("*** FAULT INJECTION: this replica is Byzantine and plays '{}' ***", in.strategy->text);
  }
  if (const std::string warning = in.cluster.bench.warning(); !warning.empty()) log.warn("*** {} ***", warning);
}

// The file may have been edited since the store was made.
std::optional<ConfigError> refuse_foreign_slots(const Inputs& in, const Store& store) {
  const auto engine = engine_of(store);
  if (!engine) return ConfigError{engine.error().message};
  if (engine->empty() || *engine == in.cluster.engine) return std::nullopt;
  return ConfigError{store.where() + " holds slots of the engine " + std::string(*engine) +
                     ", but cluster.toml says engine = \"" + in.cluster.engine +
                     "\"; set it back, or make a new harbor for the other engine"};
}

constexpr const char* kMayNotVote =
    "; this replica must not vote on it: 'breakwater store check' says what is sound, and 'breakwater rejoin' brings "
    "it "
    "back as one that lost its store";

std::string damage_report(const std::filesystem::path& store, const std::vector<std::string>& problems) {
  std::string line = store.string() + " is damaged: " + problems.front();
  if (problems.size() > 1) line += " (and " + std::to_string(problems.size() - 1) + " more)";
  return line;
}

// Only what the replica need not remember is given up; with anything else amiss it does not start.
std::expected<void, ConfigError> mend(Store& store, const FileCheck& check, spdlog::logger& log) {
  const std::string damage = damage_report(store.where(), check.problems());
  const auto checkpoint = checkpoint_of(store);
  if (!checkpoint) return fault(checkpoint.error().message);
  const auto last = droppable_archive(check.content, *checkpoint);
  if (!last) {
    return fault(damage + kMayNotVote);
  }
  if (auto dropped = drop_archive(store, *last); !dropped) return fault(dropped.error().message);
  log.warn(
      "{}; slots 1 to {} were dropped from its archive: the checkpoint at {} holds their outcome, and the other "
      "replicas have them. Replace this disk",
      damage, last->value, checkpoint->value);
  return {};
}

// Owns the parts and runs them, in the order in which they need each other.
std::expected<int, ConfigError> run_with(const Inputs& in, Store& store, ReplicaTransport& transport,
                                         StopSignals& signals, spdlog::logger& log) {
  const Roster roster = in.cluster.roster();
  const std::unique_ptr<EngineKit> kit =
      make_engine_kit(in.cluster, in.entry.id, {in.seeds, store.identity().incarnation}, roster);
  booking::BookingMachine machine;
  ClientRoutes routes;
  Partition partition;
  NetOutlet outlet(transport, routes, *kit, partition, peers_of(in));
  std::unique_ptr<Outlet> liar;
  ReplicaParts parts{
      in.entry.id, store, machine, kit->reply_signer(), roster, outlet, kit->factory(), in.cluster.group_rules(), {}};
  if (in.strategy) {
    liar = adversary::decorate_outlet(outlet, *in.strategy);
    parts.decorate = [&](std::unique_ptr<Engine> correct) { return kit->corrupt(std::move(correct), *in.strategy); };
  }
  const ReplicaParts lying{parts.self,    parts.store, parts.machine, parts.signer, parts.roster, liar ? *liar : outlet,
                           parts.factory, parts.rules, parts.decorate};
  const auto replica = Replica::recover(lying);
  if (!replica) return fault(replica.error().message);
  announce(log, in, **replica);
  const ReportSources report{in.entry.id,
                             **replica,
                             transport,
                             *kit,
                             partition,
                             in.cluster.engine,
                             in.strategy ? in.strategy->text : "",
                             std::chrono::steady_clock::now()};
  Partition* const injected = in.cluster.fault_injection ? &partition : nullptr;
  Node node({in.entry.id, in.cluster.quorums(), in.cluster.kind().readmits, in.cluster.protocol, store, transport,
             routes, outlet, injected, roster, *kit, **replica, report, signals, log});
  return node.run();
}

// Opens the sockets and runs.
std::expected<int, ConfigError> run_over(const Inputs& in, Store& store, StopSignals& signals, spdlog::logger& log) {
  const auto transport = ReplicaTransport::open(transport_config(in));
  if (!transport) return fault(transport.error().message);
  // Only now: the store's lock, or the port where there is none, says that no other process runs this replica.
  const PidFile pid_file(in.home / "pid");
  return run_with(in, store, **transport, signals, log);
}

struct OpenedDisk {
  std::unique_ptr<LmdbDisk> disk;
  GuardVerdict verdict;
};

// Checked in a process apart, and opened; nothing when a signal came meanwhile. Opening may copy what the disk really
// holds, after a sync that failed: then that copy is checked in its turn.
std::expected<std::optional<OpenedDisk>, ConfigError> open_disk(const std::filesystem::path& store,
                                                                StopSignals& signals, spdlog::logger& log) {
  for (;;) {
    bool stopped = false;
    const auto checked = check_apart(store, [&] { return stopped = stopped || signals.take().has_value(); });
    if (stopped) return std::nullopt;
    if (!checked) return fault(checked.error().message);
    if (checked->exists && checked->check.fault) {
      return fault(damage_report(store, checked->check.problems()) + kMayNotVote);
    }
    auto disk = LmdbDisk::open(store, OpenMode::read_write);
    if (!disk) return fault(disk.error().message);
    const auto& salvaged = (*disk)->salvaged();
    if (!salvaged) return OpenedDisk{std::move(*disk), *checked};
    log.warn("an earlier sync of the store failed: copied what the disk holds to a fresh file ({} values, {} MiB)",
             salvaged->values, salvaged->bytes >> 20);
  }
}

// From what lies on the disk, once it is sound.
std::expected<int, ConfigError> run_on_disk(const Inputs& in, const ReplicaOptions& options, StopSignals& signals,
                                            spdlog::logger& log) {
  auto opened = open_disk(in.home / "store", signals, log);
  if (!opened) return std::unexpected(opened.error());
  if (!*opened) return 0;
  const auto& [disk, checked] = **opened;
  auto store = Store::open(*disk, {in.cluster.cluster, options.id, in.entry.incarnation}, in.seeds.begin()->first);
  if (!store) return fault(store.error().message);
  if (checked.exists && !checked.check.sound()) {
    if (auto mended = mend(*store, checked.check, log); !mended) return std::unexpected(mended.error());
  }
  if (auto refusal = refuse_foreign_slots(in, *store)) return std::unexpected(std::move(*refusal));
  return run_over(in, *store, signals, log);
}

// The same store over memory: every record is sealed and kept, nothing is written or synced.
std::expected<int, ConfigError> run_in_memory(const Inputs& in, const ReplicaOptions& options, StopSignals& signals,
                                              spdlog::logger& log) {
  MemoryDisk disk;
  auto store = Store::open(disk, {in.cluster.cluster, options.id, in.entry.incarnation}, in.seeds.begin()->first);
  if (!store) return fault(store.error().message);
  return run_over(in, *store, signals, log);
}

}  // namespace

std::expected<int, ConfigError> run_replica(const ReplicaOptions& options) {
  StopSignals signals;         // before any thread starts
  prefer_throughput();         // likewise
  ::signal(SIGPIPE, SIG_IGN);  // a replica outlives whoever reads its log
  if (const auto failure = crypto_start()) return fault("this machine's cryptography does not work: " + *failure);
  const auto in = read_inputs(options);
  if (!in) return std::unexpected(in.error());
  const std::shared_ptr<spdlog::logger> log = make_log(options.id);

  wait_for_predecessor(options.harbor, options.id.value);
  return in->cluster.bench.in_memory ? run_in_memory(*in, options, signals, *log)
                                     : run_on_disk(*in, options, signals, *log);
}

}  // namespace breakwater
