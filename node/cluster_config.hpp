// cluster.toml: the public description of a harbor. What each setting means stands in the file itself.
#pragma once

#include <expected>
#include <filesystem>
#include <map>
#include <string>

#include "crypto/roster.hpp"
#include "net/transport.hpp"
#include "node/engine_kind.hpp"
#include "replica/membership.hpp"

namespace breakwater {

// A user's mistake or a broken environment, in one line that names the thing and the mend; exit code 2.
struct ConfigError {
  std::string message;
};

// The keys of an incarnation that a later one followed. They verify what it signed.
struct EarlierKeys {
  Era era;
  PublicKey key;
  CurvePublicKey curve_key;
};

struct ReplicaEntry {
  ReplicaId id;
  Incarnation incarnation;
  std::string host;
  std::uint16_t replica_port = 0, client_port = 0;
  PublicKey key;  // Ed25519
  CurvePublicKey curve_key;
  SequenceNumber readmitted, effective;  // of its current incarnation (crypto/incarnations.hpp); 0 in the first
  std::vector<EarlierKeys> earlier;      // incarnations 0 to the one before

  Era era() const { return {incarnation, readmitted, effective}; }
};

struct ClientConfigEntry {
  ClientId id;
  std::string name;  // "operator", "desk-1"
  ClientRole role;
  PublicKey key;
  CurvePublicKey curve_key;
};

// Protocol settings every replica must share, with their defaults. The file holds only those of its engine.
struct ProtocolSettings {
  std::uint64_t checkpoint_interval = 128;  // K, in slots
  std::uint64_t log_window = 512;           // L, in slots: a multiple of K, at least 2K
  std::uint32_t max_batch_requests = 64;
  std::uint32_t pipeline = 8;  // outstanding sequence numbers of whoever orders requests
  std::uint32_t tick_ms = 10;
  std::uint64_t archive_retention = 1000000;  // decided slots kept, at least 100,000
  // PBFT's
  std::uint32_t view_change_timeout_ms = 2000;
  std::uint32_t view_change_timeout_cap_ms = 30000;
  std::uint32_t max_clock_skew_ms = 5000;
  std::uint32_t verify_threads = 0;  // 0: inline
  // Raft's
  std::uint32_t election_timeout_ms = 1000;
  std::uint32_t heartbeat_ms = 100;

  // A time as ticks, rounded up; one at least.
  std::uint64_t ticks(std::uint64_t ms) const { return ms <= tick_ms ? 1 : (ms + tick_ms - 1) / tick_ms; }
};

// What a harbor made for measurement leaves out, or adds, so that its cost can be told apart: `breakwater bench` writes
// it, nobody else does. All off: the section is absent.
struct BenchSettings {
  bool insecure_unsigned_votes = false;     // PBFT: nothing that a replica says is signed or checked
  bool insecure_unsigned_requests = false;  // PBFT: clients do not sign, and nobody checks
  bool signed_requests = false;             // Raft: clients sign, and the leader checks
  bool in_memory = false;                   // stores end with their processes; nothing is synced

  bool operator==(const BenchSettings&) const = default;
  // Why this harbor must not be relied on, in a line; empty when it may be.
  std::string warning() const;
};

struct ClusterConfig {
  Digest cluster;      // random, fixed at init
  std::string engine;  // the name of a row of kEngineKinds
  bool fault_injection = false;
  BenchSettings bench;
  ProtocolSettings protocol;
  TransportLimits limits;
  std::map<ReplicaId, ReplicaEntry> replicas;
  std::map<ClientId, ClientConfigEntry> clients;

  // The caller guarantees that `engine` is a known one, as a parsed configuration's is.
  const EngineKind& kind() const { return *engine_kind(engine); }
  Quorums quorums() const { return kind().quorums(static_cast<std::uint32_t>(replicas.size())); }
  Roster roster() const;  // with all incarnations
  GroupRules group_rules() const;
  const ClientConfigEntry* client_named(const std::string& name) const;
};

// Errors name the file, the key and the mend. Unknown keys are refused.
std::expected<ClusterConfig, ConfigError> parse_cluster_config(const std::string& toml_text,
                                                               const std::string& file_name);
std::expected<ClusterConfig, ConfigError> load_cluster_config(const std::filesystem::path& file);
std::string to_toml(const ClusterConfig& config);
// Replaces the file as a whole: whoever reads it sees the old one or the new one, also after a loss of power.
std::expected<void, ConfigError> save_cluster_config(const std::filesystem::path& file, const ClusterConfig& config);

// Makes what was created or renamed in it durable.
bool sync_directory(const std::filesystem::path& directory);

// A secret key file: two lines, "ed25519 <hex seed>" and "curve <hex secret>"; mode 0600 or it is refused.
struct SecretKeys {
  FixedBytes<struct SeedTag, 32> seed;
  CurveSecretKey curve;
};
std::expected<SecretKeys, ConfigError> load_secret_keys(const std::filesystem::path& file);
// A new file, durable when this returns.
std::expected<void, ConfigError> write_secret_keys(const std::filesystem::path& file, const SecretKeys& keys);

}  // namespace breakwater
