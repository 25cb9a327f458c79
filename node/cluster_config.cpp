#include "node/cluster_config.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <toml++/toml.h>
#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "crypto/certificate.hpp"
#include "pbft/limits.hpp"
#include "replication/sessions.hpp"

namespace breakwater {

namespace {

// Keys, and what the parser quotes of a damaged file, may hold line ends and terminal codes.
std::string one_line(std::string text) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, '?');
  return text;
}

constexpr std::uint64_t kMostSlots = INT64_MAX;  // as TOML writes numbers

// Reads one TOML table strictly: every key is known, of its type and in its range. The first fault wins.
class Section {
 public:
  Section(const toml::table& table, std::string where, std::string& fault)
      : table_(table), where_(std::move(where)), fault_(fault) {}
  ~Section() {
    for (const auto& [key, value] : table_) {
      if (!seen_.contains(std::string(key.str()))) complain(std::string(key.str()), "is not a known key; remove it");
    }
  }
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;

  std::uint64_t number(const std::string& key, std::uint64_t low, std::uint64_t high,
                       std::optional<std::uint64_t> otherwise = std::nullopt) {
    const toml::node* node = find(key, !otherwise);
    if (node == nullptr) return otherwise.value_or(low);
    const std::optional<std::int64_t> value = node->is_integer() ? node->value<std::int64_t>() : std::nullopt;
    if (!value || *value < 0 || static_cast<std::uint64_t>(*value) < low || static_cast<std::uint64_t>(*value) > high) {
      complain(key, "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
      return low;
    }
    return static_cast<std::uint64_t>(*value);
  }
  std::string text(const std::string& key) {
    const toml::node* node = find(key, true);
    if (node == nullptr) return {};
    const std::optional<std::string> value = node->is_string() ? node->value<std::string>() : std::nullopt;
    if (!value || value->empty()) complain(key, "must be a text in quotes");
    return value.value_or("");
  }
  bool flag(const std::string& key, bool otherwise) {
    const toml::node* node = find(key, false);
    if (node == nullptr) return otherwise;
    if (!node->is_boolean()) complain(key, "must be true or false");
    return node->value<bool>().value_or(otherwise);
  }
  template <class Fixed>
  Fixed hex(const std::string& key) {
    const std::string value = text(key);
    const std::optional<Bytes> bytes = from_hex(value);
    const std::optional<Fixed> fixed = bytes ? Fixed::from(*bytes) : std::nullopt;
    if (!value.empty() && !fixed) complain(key, "must be " + std::to_string(2 * Fixed::kSize) + " hexadecimal digits");
    return fixed.value_or(Fixed{});
  }
  // A key that is read elsewhere.
  void allow(const std::string& key) { seen_.insert(key); }
  void complain(const std::string& key, const std::string& mend) {
    if (fault_.empty()) fault_ = where_ + "." + key + " " + mend;
  }

 private:
  const toml::node* find(const std::string& key, bool required) {
    seen_.insert(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr && required) complain(key, "is missing");
    return node;
  }
  const toml::table& table_;
  std::string where_;
  std::string& fault_;
  std::set<std::string> seen_;
};

void read_u32(Section& s, const char* key, std::uint32_t& value, std::uint64_t low, std::uint64_t high) {
  value = static_cast<std::uint32_t>(s.number(key, low, high, value));
}

// What PBFT alone needs to know.
void read_pbft_protocol(Section& s, ProtocolSettings& p) {
  read_u32(s, "view_change_timeout_ms", p.view_change_timeout_ms, 50, 600000);
  read_u32(s, "view_change_timeout_cap_ms", p.view_change_timeout_cap_ms, 50, 3600000);
  read_u32(s, "max_clock_skew_ms", p.max_clock_skew_ms, 100, 3600000);
  read_u32(s, "verify_threads", p.verify_threads, 0, 64);
  if (p.view_change_timeout_cap_ms < p.view_change_timeout_ms) {
    s.complain("view_change_timeout_cap_ms", "must not be below view_change_timeout_ms");
  }
}

// ... and Raft alone.
void read_raft_protocol(Section& s, ProtocolSettings& p) {
  read_u32(s, "election_timeout_ms", p.election_timeout_ms, 10, 600000);
  read_u32(s, "heartbeat_ms", p.heartbeat_ms, 1, 60000);
  if (p.ticks(p.election_timeout_ms) <= 2 * p.ticks(p.heartbeat_ms)) {
    s.complain("election_timeout_ms", "must be longer than two heartbeats, each heartbeat_ms rounded up to ticks");
  }
}

void write_pbft_protocol(std::ostream& out, const ProtocolSettings& p) {
  out << "view_change_timeout_ms = " << p.view_change_timeout_ms
      << "\nview_change_timeout_cap_ms = " << p.view_change_timeout_cap_ms
      << "\nmax_clock_skew_ms = " << p.max_clock_skew_ms << "\nverify_threads = " << p.verify_threads
      << "  # 0: signatures are checked on the event loop\n";
}

void write_raft_protocol(std::ostream& out, const ProtocolSettings& p) {
  out << "# A follower that hears no leader for one to two of these stands for election.\nelection_timeout_ms = "
      << p.election_timeout_ms << "\nheartbeat_ms = " << p.heartbeat_ms << "\n";
}

void read_pbft_bench(Section& s, BenchSettings& b) {
  b.insecure_unsigned_votes = s.flag("insecure_unsigned_votes", false);
  b.insecure_unsigned_requests = s.flag("insecure_unsigned_requests", false);
}

void read_raft_bench(Section& s, BenchSettings& b) { b.signed_requests = s.flag("signed_requests", false); }

// Bytes of a new-view whose view-changes each carry a prepared certificate for every slot of the window.
std::uint64_t largest_new_view(const ClusterConfig& config) {
  constexpr std::uint64_t kEntryBytes = 4 + 4 + Signature::kSize;
  constexpr std::uint64_t kFramingBytes = 4096;
  const std::uint64_t quorum = config.quorums().quorum;
  const std::uint64_t certificate = 2 * kSignedStatementBytes + 8 + (quorum - 1) * kEntryBytes;
  const std::uint64_t view_change = config.protocol.log_window * certificate + certificate + kFramingBytes;
  return quorum * view_change + config.protocol.log_window * kSignedStatementBytes + kFramingBytes;
}

std::string pbft_misfit(const ClusterConfig& config) {
  if (largest_new_view(config) <= static_cast<std::uint64_t>(config.limits.replica_message_bytes)) return "";
  return "protocol.log_window is too large for so many replicas: a new-view might not fit limits."
         "replica_message_bytes; lower the one or raise the other";
}

// A snapshot travels by whole leaves; the largest is a client's session.
std::string raft_misfit(const ClusterConfig& config) {
  constexpr std::int64_t kLargestSnapshotFrame = std::int64_t{6} << 20;
  static_assert(kLargestSnapshotFrame > std::int64_t{kMaxCachedBytesPerClient} + (1 << 20));
  if (config.limits.replica_message_bytes >= kLargestSnapshotFrame) return "";
  return "limits.replica_message_bytes must be at least " + std::to_string(kLargestSnapshotFrame) +
         ": a part of a snapshot might not fit";
}

// What the file says of one engine and of no other.
struct EngineRules {
  std::string_view engine;
  void (*read)(Section& section, ProtocolSettings& settings);
  void (*write)(std::ostream& out, const ProtocolSettings& settings);
  void (*read_bench)(Section& section, BenchSettings& settings);
  std::string (*misfit)(const ClusterConfig& config);  // of settings that are sound each by itself; empty: none
};
constexpr EngineRules kEngineRules[] = {
    {"pbft", read_pbft_protocol, write_pbft_protocol, read_pbft_bench, pbft_misfit},
    {"raft", read_raft_protocol, write_raft_protocol, read_raft_bench, raft_misfit}};

// The first for an unknown engine, which is a fault of its own.
const EngineRules& rules_of(const std::string& engine) {
  const auto* found = std::ranges::find(kEngineRules, engine, &EngineRules::engine);
  return found == std::end(kEngineRules) ? kEngineRules[0] : *found;
}

// The settings of the other engine are unknown keys.
void read_protocol(const toml::table& table, const EngineRules& rules, ProtocolSettings& p, std::string& fault) {
  Section s(table, "protocol", fault);
  p.checkpoint_interval = s.number("checkpoint_interval", 1, pbft::kMaxLogWindow / 2, p.checkpoint_interval);
  p.log_window = s.number("log_window", 2, pbft::kMaxLogWindow, p.log_window);
  read_u32(s, "max_batch_requests", p.max_batch_requests, 1, kMaxRequestsPerBatch);
  read_u32(s, "pipeline", p.pipeline, 1, pbft::kMaxLogWindow);
  read_u32(s, "tick_ms", p.tick_ms, 1, 1000);
  p.archive_retention = s.number("archive_retention", 100000, 1000000000000, p.archive_retention);
  if (p.log_window % p.checkpoint_interval != 0 || p.log_window < 2 * p.checkpoint_interval) {
    s.complain("log_window", "must be a multiple of checkpoint_interval, at least twice as large");
  }
  rules.read(s, p);
}

void read_bench(const toml::table& table, const EngineRules& rules, BenchSettings& b, std::string& fault) {
  Section s(table, "bench", fault);
  b.in_memory = s.flag("in_memory", false);
  rules.read_bench(s, b);
}

void read_limits(const toml::table& table, TransportLimits& limits, std::string& fault) {
  Section s(table, "limits", fault);
  const auto whole = [&](const char* key, auto& value, std::uint64_t low, std::uint64_t high) {
    value = static_cast<std::remove_reference_t<decltype(value)>>(
        s.number(key, low, high, static_cast<std::uint64_t>(value)));
  };
  whole("high_water_mark", limits.high_water_mark, 16, 1000000);
  whole("replica_message_bytes", limits.replica_message_bytes, 4 << 20, 16 << 20);
  whole("client_message_bytes", limits.client_message_bytes, 4096, 512 << 10);
  whole("handshake_ms", limits.handshake_ms, 100, 60000);
  whole("linger_ms", limits.linger_ms, 0, 10000);
}

// "replica[2].earlier[0]" and so on: one for each incarnation before the current one.
void read_earlier(const toml::table& table, ReplicaEntry& r, const std::string& where, std::string& fault) {
  const toml::array* list = table.get_as<toml::array>("earlier");
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const toml::table* item = list->get_as<toml::table>(i);
    if (item == nullptr) {
      if (fault.empty()) fault = where + ".earlier must be a list of tables, as 'breakwater rejoin' writes it";
      return;
    }
    Section s(*item, where + ".earlier[" + std::to_string(i) + "]", fault);
    EarlierKeys e;
    e.era.incarnation = Incarnation(static_cast<std::uint32_t>(s.number("incarnation", i, i)));
    e.era.readmitted = SequenceNumber(s.number("readmitted_at", 0, kMostSlots));
    e.era.effective = SequenceNumber(s.number("effective_from", 0, kMostSlots));
    e.key = s.hex<PublicKey>("key");
    e.curve_key = s.hex<CurvePublicKey>("curve_key");
    r.earlier.push_back(e);
  }
  if (r.earlier.size() != r.incarnation.value && fault.empty()) {
    fault = where + ".earlier must have the keys of incarnations 0 to the one before " +
            std::to_string(r.incarnation.value) + "; take the file that 'breakwater rejoin' wrote";
  }
}

void read_replica(const toml::table& table, std::size_t index, ClusterConfig& config, std::string& fault) {
  Section s(table, "replica[" + std::to_string(index) + "]", fault);
  ReplicaEntry r;
  r.id = ReplicaId(static_cast<std::uint32_t>(s.number("id", 0, kMaxSigners - 1)));
  r.incarnation = Incarnation(static_cast<std::uint32_t>(s.number("incarnation", 0, UINT32_MAX, 0)));
  r.host = s.text("host");
  r.replica_port = static_cast<std::uint16_t>(s.number("replica_port", 1, 65535));
  r.client_port = static_cast<std::uint16_t>(s.number("client_port", 1, 65535));
  r.key = s.hex<PublicKey>("key");
  r.curve_key = s.hex<CurvePublicKey>("curve_key");
  if (r.incarnation.value > 0) {
    r.readmitted = SequenceNumber(s.number("readmitted_at", 1, kMostSlots));
    r.effective = SequenceNumber(s.number("effective_from", 1, kMostSlots));
  }
  s.allow("earlier");
  read_earlier(table, r, "replica[" + std::to_string(index) + "]", fault);
  for (const auto& [id, other] : config.replicas) {
    if (other.key == r.key) s.complain("key", "is also replica " + std::to_string(id.value) + "'s; each needs its own");
    if (other.curve_key == r.curve_key) {
      s.complain("curve_key", "is also replica " + std::to_string(id.value) + "'s; each needs its own");
    }
    for (const std::uint16_t port : {other.replica_port, other.client_port}) {
      if (other.host != r.host) continue;
      const std::string mend = "is taken by replica " + std::to_string(id.value) + " on that host; choose another";
      if (port == r.replica_port) s.complain("replica_port", mend);
      if (port == r.client_port) s.complain("client_port", mend);
    }
  }
  if (r.replica_port == r.client_port) s.complain("client_port", "must differ from replica_port");
  if (r.id.value != index) s.complain("id", "must be " + std::to_string(index) + ": replicas are listed from 0 on");
  config.replicas[r.id] = r;
}

void read_client(const toml::table& table, std::size_t index, ClusterConfig& config, std::string& fault) {
  Section s(table, "client[" + std::to_string(index) + "]", fault);
  ClientConfigEntry c;
  c.id = ClientId(static_cast<std::uint32_t>(s.number("id", 0, UINT32_MAX)));
  c.name = s.text("name");
  const std::string role = s.text("role");
  if (role != "operator" && role != "desk") s.complain("role", "must be \"operator\" or \"desk\"");
  c.role = role == "operator" ? ClientRole::operator_role : ClientRole::desk;
  c.key = s.hex<PublicKey>("key");
  c.curve_key = s.hex<CurvePublicKey>("curve_key");
  if (config.client_named(c.name) != nullptr) s.complain("name", "is given twice");
  if (!config.clients.emplace(c.id, c).second) s.complain("id", "is given twice");
}

template <class Read>
void read_list(const toml::table& root, const char* name, std::string& fault, Read read) {
  const toml::array* list = root.get_as<toml::array>(name);
  if (list == nullptr) {
    if (fault.empty()) fault = std::string("[[") + name + "]] is missing";
    return;
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    const toml::table* table = list->get_as<toml::table>(i);
    if (table != nullptr) {
      read(*table, i);
    } else if (fault.empty()) {
      fault = std::string(name) + "[" + std::to_string(i) + "] must be a table";
    }
  }
}

ConfigError in_file(const std::filesystem::path& file, const std::string& what) {
  return {file.string() + ": " + what};
}

}  // namespace

std::string BenchSettings::warning() const {
  std::string what;
  const auto add = [&](bool is_so, const char* text) {
    if (is_so) what += (what.empty() ? "" : ", ") + std::string(text);
  };
  add(insecure_unsigned_votes, "replicas sign nothing");
  add(insecure_unsigned_requests, "clients sign nothing");
  add(in_memory, "stores end with their processes");
  return what.empty() ? "" : "INSECURE, for measurement only: " + what;
}

Roster ClusterConfig::roster() const {
  Roster out(cluster);
  for (const auto& [id, r] : replicas) {
    for (const EarlierKeys& e : r.earlier) out.add_replica(id, e.era, e.key);
    out.add_replica(id, r.era(), r.key);
  }
  for (const auto& [id, c] : clients) out.add_client(id, {c.key, c.role});
  return out;
}

GroupRules ClusterConfig::group_rules() const {
  return {protocol.checkpoint_interval, kind().readmits ? protocol.log_window : 0};
}

const ClientConfigEntry* ClusterConfig::client_named(const std::string& name) const {
  for (const auto& [id, c] : clients) {
    if (c.name == name) return &c;
  }
  return nullptr;
}

std::expected<ClusterConfig, ConfigError> parse_cluster_config(const std::string& toml_text,
                                                               const std::string& file_name) {
  toml::table root;
  try {
    root = toml::parse(toml_text);
  } catch (const toml::parse_error& error) {
    return std::unexpected(ConfigError{one_line(file_name + ":" + std::to_string(error.source().begin.line) + ": " +
                                                std::string(error.description()) + "; mend that line")});
  }
  ClusterConfig config;
  std::string fault;
  const toml::table none;
  const auto table = [&](const char* name) -> const toml::table& {
    const toml::table* found = root.get_as<toml::table>(name);
    if (found == nullptr && root.contains(name)) fault = std::string(name) + " must be a section: [" + name + "]";
    return found == nullptr ? none : *found;
  };
  for (const auto& [key, value] : root) {
    static const std::set<std::string_view> kKnown = {"cluster", "bench", "protocol", "limits", "replica", "client"};
    if (!kKnown.contains(key.str())) fault = std::string(key.str()) + " is not a known section; remove it";
  }
  {
    Section s(table("cluster"), "cluster", fault);
    config.cluster = s.hex<Digest>("id");
    config.engine = s.text("engine");
    config.fault_injection = s.flag("fault_injection", false);
    if (engine_kind(config.engine) == nullptr) s.complain("engine", "must be " + engine_names());
  }
  const EngineRules& rules = rules_of(config.engine);
  read_bench(table("bench"), rules, config.bench, fault);
  read_protocol(table("protocol"), rules, config.protocol, fault);
  read_limits(table("limits"), config.limits, fault);
  read_list(root, "replica", fault, [&](const toml::table& t, std::size_t i) { read_replica(t, i, config, fault); });
  read_list(root, "client", fault, [&](const toml::table& t, std::size_t i) { read_client(t, i, config, fault); });
  if (fault.empty() && config.replicas.size() < config.kind().least_replicas) {
    fault = "a " + config.engine + " group needs at least " + std::to_string(config.kind().least_replicas) +
            " replicas (" + std::string(config.kind().sizes) + "); list the others";
  }
  if (fault.empty()) fault = rules.misfit(config);
  if (!fault.empty()) return std::unexpected(ConfigError{one_line(file_name + ": " + fault)});
  return config;
}

std::expected<ClusterConfig, ConfigError> load_cluster_config(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) {
    return std::unexpected(
        in_file(file, "cannot be read; name a harbor with --dir, or make one with 'breakwater init'"));
  }
  std::ostringstream text;
  text << in.rdbuf();
  return parse_cluster_config(text.str(), file.string());
}

static void write_earlier(std::ostream& out, const ReplicaEntry& r) {
  if (r.incarnation.value == 0) return;
  out << "# The slot that readmitted it, and the checkpoint from which on it speaks.\nreadmitted_at = "
      << r.readmitted.value << "\neffective_from = " << r.effective.value << "\n";
  for (const EarlierKeys& e : r.earlier) {
    out << "[[replica.earlier]]\nincarnation = " << e.era.incarnation.value
        << "\nreadmitted_at = " << e.era.readmitted.value << "\neffective_from = " << e.era.effective.value
        << "\nkey = \"" << to_hex(e.key.view()) << "\"\ncurve_key = \"" << to_hex(e.curve_key.view()) << "\"\n";
  }
}

static void write_bench(std::ostream& out, const BenchSettings& b) {
  if (b == BenchSettings{}) return;
  out << "\n# Made by `breakwater bench`, for measurement only.\n[bench]\n";
  if (b.insecure_unsigned_votes) out << "insecure_unsigned_votes = true\n";
  if (b.insecure_unsigned_requests) out << "insecure_unsigned_requests = true\n";
  if (b.signed_requests) out << "signed_requests = true\n";
  if (b.in_memory) out << "in_memory = true\n";
}

std::string to_toml(const ClusterConfig& config) {
  std::ostringstream out;
  const ProtocolSettings& p = config.protocol;
  out << "# A Breakwater harbor: who belongs to the group, and the settings that all replicas must "
         "share.\n\n[cluster]\n"
      << "id = \"" << to_hex(config.cluster.view()) << "\"\nengine = \"" << config.engine << "\"\n"
      << "# Allows `start --byzantine`: for experiments only.\nfault_injection = "
      << (config.fault_injection ? "true" : "false") << "\n";
  write_bench(out, config.bench);
  out << "\n[protocol]\n"
      << "checkpoint_interval = " << p.checkpoint_interval << "  # slots\n"
      << "log_window = " << p.log_window << "  # slots, a multiple of checkpoint_interval\n"
      << "max_batch_requests = " << p.max_batch_requests << "\npipeline = " << p.pipeline
      << "  # outstanding slots of whoever orders requests\ntick_ms = " << p.tick_ms
      << "\narchive_retention = " << p.archive_retention << "  # decided slots kept on disk\n";
  rules_of(config.engine).write(out, p);
  out << "\n[limits]\nhigh_water_mark = " << config.limits.high_water_mark
      << "\nreplica_message_bytes = " << config.limits.replica_message_bytes
      << "\nclient_message_bytes = " << config.limits.client_message_bytes
      << "\nhandshake_ms = " << config.limits.handshake_ms << "\nlinger_ms = " << config.limits.linger_ms << "\n";
  for (const auto& [id, r] : config.replicas) {
    out << "\n[[replica]]\nid = " << id.value << "\nincarnation = " << r.incarnation.value << "\nhost = \"" << r.host
        << "\"\nreplica_port = " << r.replica_port << "\nclient_port = " << r.client_port << "\nkey = \""
        << to_hex(r.key.view()) << "\"\ncurve_key = \"" << to_hex(r.curve_key.view()) << "\"\n";
    write_earlier(out, r);
  }
  for (const auto& [id, c] : config.clients) {
    out << "\n[[client]]\nid = " << id.value << "\nname = \"" << c.name << "\"\nrole = \""
        << (c.role == ClientRole::operator_role ? "operator" : "desk") << "\"\nkey = \"" << to_hex(c.key.view())
        << "\"\ncurve_key = \"" << to_hex(c.curve_key.view()) << "\"\n";
  }
  return out.str();
}

std::expected<void, ConfigError> save_cluster_config(const std::filesystem::path& file, const ClusterConfig& config) {
  const std::string text = to_toml(config);
  const std::filesystem::path fresh = file.string() + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const bool written =
      fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!written || ::rename(fresh.c_str(), file.c_str()) != 0 || !sync_directory(file.parent_path())) {
    return std::unexpected(in_file(file, "cannot be written; check the directory's permissions and free space"));
  }
  return {};
}

bool sync_directory(const std::filesystem::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  return synced;
}

std::expected<SecretKeys, ConfigError> load_secret_keys(const std::filesystem::path& file) {
  struct stat info{};
  if (::stat(file.c_str(), &info) != 0) {
    return std::unexpected(in_file(file, "the key is missing; restore it, or make a new harbor"));
  }
  if ((info.st_mode & 077) != 0) {
    return std::unexpected(in_file(file, "the key is open to others; run: chmod 600 " + file.string()));
  }
  std::ifstream in(file);
  std::string word1, seed_hex, word2, curve_hex, rest;
  in >> word1 >> seed_hex >> word2 >> curve_hex;
  const auto seed = from_hex(seed_hex);
  const auto curve = from_hex(curve_hex);
  const auto fixed_seed = seed ? decltype(SecretKeys::seed)::from(*seed) : std::nullopt;
  const auto fixed_curve = curve ? CurveSecretKey::from(*curve) : std::nullopt;
  if (!in || (in >> rest) || word1 != "ed25519" || word2 != "curve" || !fixed_seed || !fixed_curve) {
    return std::unexpected(in_file(file, "is not a key file; it must hold 'ed25519 HEX' and 'curve HEX'"));
  }
  return SecretKeys{*fixed_seed, *fixed_curve};
}

std::expected<void, ConfigError> write_secret_keys(const std::filesystem::path& file, const SecretKeys& keys) {
  const std::string text = "ed25519 " + to_hex(keys.seed.view()) + "\ncurve " + to_hex(keys.curve.view()) + "\n";
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool written =
      fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!written) return std::unexpected(in_file(file, "cannot be written; check the directory's permissions"));
  return {};
}

}  // namespace breakwater
