#include "cli/init_harbor.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

#include "cli/harbor.hpp"
#include "crypto/digest.hpp"

namespace breakwater::cli {

namespace {

// Free ports of the loopback interface: all sockets are held open until the last is chosen, so that they differ.
std::vector<std::uint16_t> free_ports(std::size_t count) {
  std::vector<std::uint16_t> ports;
  std::vector<int> sockets;
  for (std::size_t i = 0; i < count; ++i) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool bound = fd >= 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                       ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    if (fd >= 0) sockets.push_back(fd);
    if (bound) ports.push_back(ntohs(address.sin_port));
  }
  for (const int fd : sockets) ::close(fd);
  if (ports.size() != count) throw UserError("no free ports on this machine; choose them with --base-port");
  return ports;
}

std::pair<SecretKeys, std::pair<PublicKey, CurvePublicKey>> new_keys() {
  const CurveKeyPair curve = new_curve_key_pair();
  SecretKeys secret;
  secret.seed = SigningKey::random_seed();
  secret.curve = curve.secret_key;
  return {secret, {SigningKey::from_seed(secret.seed).public_key(), curve.public_key}};
}

void write_keys(const std::filesystem::path& directory, const SecretKeys& keys) {
  std::filesystem::create_directories(directory);
  if (const auto written = write_secret_keys(directory / "key", keys); !written)
    throw UserError(written.error().message);
}

// The caller guarantees that the arguments passed check().
ClusterConfig make_config(const InitArguments& a, const std::filesystem::path& dir) {
  ClusterConfig config;
  config.cluster = hash("cluster id", SigningKey::random_seed().view());
  config.engine = a.engine;
  config.fault_injection = a.fault_injection;
  const std::uint32_t replicas = *a.replicas;
  std::vector<std::uint16_t> ports;
  for (std::uint32_t i = 0; i < 2 * replicas && a.base_port != 0; ++i) {
    ports.push_back(static_cast<std::uint16_t>(a.base_port + i));
  }
  if (ports.empty()) ports = free_ports(std::size_t{2} * replicas);
  for (std::uint32_t id = 0; id < replicas; ++id) {
    const auto [secret, keys] = new_keys();
    const std::string host = a.hosts.empty() ? "127.0.0.1" : a.hosts.size() == 1 ? a.hosts[0] : a.hosts[id];
    const std::size_t port = std::size_t{2} * id;
    config.replicas[ReplicaId(id)] = {ReplicaId(id), Incarnation(0), host, ports[port], ports[port + 1],
                                      keys.first,    keys.second,    {},   {},          {}};
    write_keys(dir / ("replica-" + std::to_string(id)), secret);
  }
  for (std::uint32_t id = 0; id <= a.desks; ++id) {
    const auto [secret, keys] = new_keys();
    const std::string name = id == 0 ? "operator" : "desk-" + std::to_string(id);
    config.clients[ClientId(id)] = {ClientId(id), name, id == 0 ? ClientRole::operator_role : ClientRole::desk,
                                    keys.first, keys.second};
    write_keys(dir / "clients" / name, secret);
  }
  return config;
}

void check(const InitArguments& a, const EngineKind& kind) {
  const std::uint32_t replicas = *a.replicas;
  if (replicas < kind.least_replicas || replicas > kMostReplicas) {
    throw UserError("--replicas " + std::to_string(replicas) + ": a " + a.engine + " group has " +
                    std::to_string(kind.least_replicas) + " to " + std::to_string(kMostReplicas) + " replicas (" +
                    std::string(kind.sizes) + ")");
  }
  if (a.hosts.size() > 1 && a.hosts.size() != replicas) {
    throw UserError("--hosts names " + std::to_string(a.hosts.size()) + " hosts for " + std::to_string(replicas) +
                    " replicas; name one for all, or one for each");
  }
  if (a.base_port != 0 && a.base_port + 2 * replicas > 65536) {
    throw UserError("--base-port " + std::to_string(a.base_port) + ": the group needs " + std::to_string(2 * replicas) +
                    " ports from there on; choose a lower one");
  }
}

}  // namespace

void add_init_options(CLI::App& command, InitArguments& a) {
  std::string sizes, names;
  for (const EngineKind& kind : kEngineKinds) {
    sizes += (sizes.empty() ? "" : "; ") + std::string(kind.name) + ": " + std::to_string(kind.default_replicas) +
             " when not given, " + std::string(kind.sizes);
    names += (names.empty() ? "" : " or ") + std::string(kind.name);
  }
  command.add_option("--replicas", a.replicas, "how many replicas (" + sizes + ")");
  command.add_option("--engine", a.engine, names)->capture_default_str();
  command.add_option("--base-port", a.base_port, "first port; free ones are found when it is not given")
      ->check(CLI::Range(1, 65535));
  command.add_option("--hosts", a.hosts, "one host for all replicas, or one for each")->delimiter(',');
  command.add_option("--desks", a.desks, "booking desks: clients desk-1 to desk-N")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command.add_flag("--fault-injection", a.fault_injection, "allows Byzantine replicas, for experiments");
}

ClusterConfig init_harbor(const std::filesystem::path& dir, InitArguments a) {
  const EngineKind* kind = engine_kind(a.engine);
  if (kind == nullptr) throw UserError("--engine " + a.engine + ": it must be " + engine_names());
  if (!a.replicas) a.replicas = kind->default_replicas;
  check(a, *kind);
  if (const auto failure = crypto_start()) throw UserError("this machine's cryptography does not work: " + *failure);
  if (std::filesystem::exists(dir) && !std::filesystem::is_empty(dir)) {
    throw UserError(dir.string() + " exists and is not empty; name another --dir, or remove it");
  }
  // Built beside its place and moved there whole: a half-made harbor never exists.
  const std::filesystem::path fresh = dir.string() + ".new-" + std::to_string(::getpid());
  std::filesystem::create_directories(fresh);
  std::filesystem::permissions(fresh, std::filesystem::perms::owner_all);
  ClusterConfig config = make_config(a, fresh);
  std::ofstream out(fresh / "cluster.toml");
  out << to_toml(config);
  out.close();
  if (!out) throw UserError((fresh / "cluster.toml").string() + ": cannot be written; free space on this disk");
  std::filesystem::rename(fresh, dir);
  return config;
}

}  // namespace breakwater::cli
