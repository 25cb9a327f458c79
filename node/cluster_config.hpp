// cluster.toml: the public description of a harbor. What each setting means stands in the file itself.
#pragma once

#include <expected>
#include <filesystem>
#include <map>
#include <string>

#include "crypto/roster.hpp"
#include "net/transport.hpp"

namespace breakwater {

// A user's mistake or a broken environment, in one line that names the thing and the mend; exit code 2.
struct ConfigError {
  std::string message;
};

struct ReplicaEntry {
  ReplicaId id;
  Incarnation incarnation;
  std::string host;
  std::uint16_t replica_port = 0, client_port = 0;
  PublicKey key;  // Ed25519
  CurvePublicKey curve_key;
};

struct ClientConfigEntry {
  ClientId id;
  std::string name;  // "operator", "desk-1"
  ClientRole role;
  PublicKey key;
  CurvePublicKey curve_key;
};

// Protocol settings every replica must share, with their defaults.
struct ProtocolSettings {
  std::uint64_t checkpoint_interval = 128;  // K, in slots
  std::uint64_t log_window = 512;           // L, in slots: a multiple of K, at least 2K
  std::uint32_t max_batch_requests = 64;
  std::uint32_t pipeline = 8;  // outstanding sequence numbers of a primary
  std::uint32_t tick_ms = 10;
  std::uint32_t view_change_timeout_ms = 2000;
  std::uint32_t view_change_timeout_cap_ms = 30000;
  std::uint32_t max_clock_skew_ms = 5000;
  std::uint64_t archive_retention = 1000000;  // decided slots kept, at least 100,000
  std::uint32_t verify_threads = 0;           // 0: inline
};

struct ClusterConfig {
  Digest cluster;      // random, fixed at init
  std::string engine;  // "pbft"
  bool fault_injection = false;
  ProtocolSettings protocol;
  TransportLimits limits;
  std::map<ReplicaId, ReplicaEntry> replicas;
  std::map<ClientId, ClientConfigEntry> clients;

  Roster roster() const;
  const ClientConfigEntry* client_named(const std::string& name) const;
};

// Errors name the file, the key and the mend. Unknown keys are refused.
std::expected<ClusterConfig, ConfigError> parse_cluster_config(const std::string& toml_text,
                                                               const std::string& file_name);
std::expected<ClusterConfig, ConfigError> load_cluster_config(const std::filesystem::path& file);
std::string to_toml(const ClusterConfig& config);

// A secret key file: two lines, "ed25519 <hex seed>" and "curve <hex secret>"; mode 0600 or it is refused.
struct SecretKeys {
  FixedBytes<struct SeedTag, 32> seed;
  CurveSecretKey curve;
};
std::expected<SecretKeys, ConfigError> load_secret_keys(const std::filesystem::path& file);
std::expected<void, ConfigError> write_secret_keys(const std::filesystem::path& file, const SecretKeys& keys);

}  // namespace breakwater
