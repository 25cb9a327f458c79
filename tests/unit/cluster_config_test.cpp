// cluster.toml and secret key files: what is accepted, and that each refusal names the file, the key and the mend.
#include "node/cluster_config.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "pbft/limits.hpp"

namespace breakwater {
namespace {

namespace fs = std::filesystem;

std::string hex_of(std::uint8_t fill) { return to_hex(Bytes(32, fill)); }

template <class Fixed>
Fixed filled(int fill) {
  Fixed out;
  out.bytes.fill(static_cast<std::uint8_t>(fill));
  return out;
}

// As `init` writes it, with two clients and no setting at its default.
ClusterConfig sample(std::uint32_t replicas = 4) {
  ClusterConfig config;
  config.cluster = filled<Digest>(0xc1);
  config.engine = "pbft";
  config.fault_injection = true;
  config.protocol = {64, 256, 32, 4, 20, 200000, 1000, 9000, 700, 3, 450, 30};
  config.limits = {100, 5 << 20, 300 << 10, 700, 50};
  for (std::uint32_t i = 0; i < replicas; ++i) {
    const auto port = static_cast<std::uint16_t>(7000 + 2 * i);
    config.replicas[ReplicaId(i)] = {ReplicaId(i),
                                     Incarnation(i % 2),
                                     "host-" + std::to_string(i),
                                     port,
                                     static_cast<std::uint16_t>(port + 1),
                                     filled<PublicKey>(0x10 + static_cast<int>(i)),
                                     filled<CurvePublicKey>(0x50 + static_cast<int>(i)),
                                     SequenceNumber(i % 2 == 0 ? 0 : 100),
                                     SequenceNumber(i % 2 == 0 ? 0 : 384),
                                     {}};
    // The odd ones have been readmitted.
    if (i % 2 == 1) {
      config.replicas[ReplicaId(i)].earlier.push_back(
          {{}, filled<PublicKey>(0x60 + static_cast<int>(i)), filled<CurvePublicKey>(0x70 + static_cast<int>(i))});
    }
  }
  for (std::uint32_t i = 0; i < 2; ++i) {
    config.clients[ClientId(i)] = {
        ClientId(i), i == 0 ? "operator" : "desk-1", i == 0 ? ClientRole::operator_role : ClientRole::desk,
        filled<PublicKey>(0x30 + static_cast<int>(i)), filled<CurvePublicKey>(0x40 + static_cast<int>(i))};
  }
  return config;
}

ClusterConfig raft_sample(std::uint32_t replicas = 3) {
  ClusterConfig config = sample(replicas);
  config.engine = "raft";
  config.limits.replica_message_bytes = 7 << 20;
  return config;
}

std::string fault_of(const std::string& text) {
  const auto parsed = parse_cluster_config(text, "harbor/cluster.toml");
  return parsed ? "accepted" : parsed.error().message;
}

// The sample with the first `from` replaced. The caller guarantees that it is there, or is told.
std::string sample_with(const std::string& from, const std::string& to, const ClusterConfig& config = sample()) {
  std::string text = to_toml(config);
  const std::size_t at = text.find(from);
  BOOST_REQUIRE_MESSAGE(at != std::string::npos, "the sample has no " << from);
  return text.replace(at, from.size(), to);
}

bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "breakwater-config-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Scratch() { fs::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

BOOST_AUTO_TEST_SUITE(cluster_config)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back) {
  const ClusterConfig written = sample();
  const auto parsed = parse_cluster_config(to_toml(written), "f");
  BOOST_REQUIRE_MESSAGE(parsed.has_value(), (parsed ? "" : parsed.error().message));
  BOOST_TEST((parsed->cluster == written.cluster));
  BOOST_TEST(parsed->engine == "pbft");
  BOOST_TEST(parsed->fault_injection);
  const ProtocolSettings& p = parsed->protocol;
  BOOST_TEST(p.checkpoint_interval == 64u);
  BOOST_TEST(p.log_window == 256u);
  BOOST_TEST(p.max_batch_requests == 32u);
  BOOST_TEST(p.pipeline == 4u);
  BOOST_TEST(p.tick_ms == 20u);
  BOOST_TEST(p.view_change_timeout_ms == 1000u);
  BOOST_TEST(p.view_change_timeout_cap_ms == 9000u);
  BOOST_TEST(p.max_clock_skew_ms == 700u);
  BOOST_TEST(p.archive_retention == 200000u);
  BOOST_TEST(p.verify_threads == 3u);
  BOOST_TEST(parsed->limits.high_water_mark == 100);
  BOOST_TEST(parsed->limits.replica_message_bytes == 5 << 20);
  BOOST_TEST(parsed->limits.client_message_bytes == 300 << 10);
  BOOST_TEST(parsed->limits.handshake_ms == 700);
  BOOST_TEST(parsed->limits.linger_ms == 50);
  BOOST_REQUIRE(parsed->replicas.size() == 4u);
  for (const auto& [id, r] : written.replicas) {
    const ReplicaEntry& read = parsed->replicas.at(id);
    BOOST_TEST((read.id == id && read.incarnation == r.incarnation && read.host == r.host && read.key == r.key &&
                read.replica_port == r.replica_port && read.client_port == r.client_port &&
                read.curve_key == r.curve_key));
  }
  BOOST_REQUIRE(parsed->clients.size() == 2u);
  for (const auto& [id, c] : written.clients) {
    const ClientConfigEntry& read = parsed->clients.at(id);
    BOOST_TEST((read.id == id && read.name == c.name && read.role == c.role && read.key == c.key &&
                read.curve_key == c.curve_key));
  }
  BOOST_TEST(to_toml(*parsed) == to_toml(written));
}

BOOST_AUTO_TEST_CASE(settings_left_out_have_their_defaults) {
  const std::string text = to_toml(sample());
  const std::size_t first = text.find("[protocol]"), last = text.find("[[replica]]");
  const auto parsed = parse_cluster_config(text.substr(0, first) + text.substr(last), "f");
  BOOST_REQUIRE_MESSAGE(parsed.has_value(), (parsed ? "" : parsed.error().message));
  ClusterConfig expected = sample();
  expected.protocol = {};
  expected.limits = {};
  BOOST_TEST(to_toml(*parsed) == to_toml(expected));
}

BOOST_AUTO_TEST_CASE(fault_injection_is_off_unless_it_is_asked_for) {
  const auto parsed = parse_cluster_config(sample_with("fault_injection = true", ""), "f");
  BOOST_REQUIRE(parsed.has_value());
  BOOST_TEST(!parsed->fault_injection);
}

// The section is not there unless something in it is on; only what the engine can leave out is known to it.
BOOST_AUTO_TEST_CASE(what_a_measured_harbor_leaves_out_is_written_and_read_back) {
  BOOST_TEST(!mentions(to_toml(sample()), "bench"));
  BOOST_TEST(sample().bench.warning() == "");
  ClusterConfig unsigned_one = sample();
  unsigned_one.bench = {.insecure_unsigned_votes = true, .insecure_unsigned_requests = true, .in_memory = true};
  const auto parsed = parse_cluster_config(to_toml(unsigned_one), "f");
  BOOST_REQUIRE_MESSAGE(parsed.has_value(), (parsed ? "" : parsed.error().message));
  BOOST_TEST((parsed->bench == unsigned_one.bench));
  BOOST_TEST(mentions(parsed->bench.warning(), "INSECURE"));

  ClusterConfig raft = raft_sample();
  raft.bench.signed_requests = true;
  const auto parsed_raft = parse_cluster_config(to_toml(raft), "f");
  BOOST_REQUIRE_MESSAGE(parsed_raft.has_value(), (parsed_raft ? "" : parsed_raft.error().message));
  BOOST_TEST((parsed_raft->bench == raft.bench));
  BOOST_TEST(parsed_raft->bench.warning() == "");  // more is signed than usual, not less

  BOOST_TEST(mentions(fault_of(to_toml(sample()) + "[bench]\nsigned_requests = true\n"), "bench.signed_requests"));
  BOOST_TEST(mentions(fault_of(to_toml(raft_sample()) + "[bench]\ninsecure_unsigned_votes = true\n"),
                      "bench.insecure_unsigned_votes"));
  BOOST_TEST(mentions(fault_of(to_toml(sample()) + "[bench]\nin_memory = 1\n"), "bench.in_memory"));
}

BOOST_AUTO_TEST_CASE(the_roster_has_all_keys_and_roles) {
  const Roster roster = sample().roster();
  BOOST_TEST((roster.cluster() == sample().cluster));
  BOOST_TEST(roster.replicas() == 4u);
  const PublicKey* key = roster.key_of({SignerRole::replica, 1, Incarnation(1)});
  BOOST_REQUIRE(key != nullptr);
  BOOST_TEST((*key == filled<PublicKey>(0x11)));
  BOOST_TEST((roster.client(ClientId(0))->role == ClientRole::operator_role));
  BOOST_TEST((roster.client(ClientId(1))->role == ClientRole::desk));
  BOOST_TEST((roster.client(ClientId(1))->key == filled<PublicKey>(0x31)));
  BOOST_TEST(sample().client_named("desk-1")->id.value == 1u);
  BOOST_TEST((sample().client_named("desk-2") == nullptr));
}

struct Fault {
  std::string from, to;
  std::string named;  // what the error must name besides the file
};
std::ostream& operator<<(std::ostream& out, const Fault& fault) { return out << fault.from << " -> " << fault.to; }

const Fault kFaults[] = {
    // Unknown, missing, of another type.
    {"tick_ms = 20", "tick_ms = 20\ntick_mss = 20", "protocol.tick_mss is not a known key"},
    {"linger_ms = 50", "linger = 50", "limits.linger is not a known key"},
    {"host = \"host-1\"", "host = \"host-1\"\nweight = 2", "replica[1].weight is not a known key"},
    {"role = \"desk\"", "role = \"desk\"\nport = 1", "client[1].port is not a known key"},
    {"[limits]", "[limit]", "limit is not a known section"},
    {"[cluster]", "top = 1\n[cluster]", "top is not a known section"},
    {"[cluster]", "[protocols]\n[cluster]", "protocols is not a known section"},
    {"engine = \"pbft\"", "", "cluster.engine is missing"},
    {"id = \"" + hex_of(0xc1) + "\"", "", "cluster.id is missing"},
    {"host = \"host-2\"", "", "replica[2].host is missing"},
    {"client_port = 7003", "", "replica[1].client_port is missing"},
    {"key = \"" + hex_of(0x31) + "\"", "", "client[1].key is missing"},
    {"name = \"desk-1\"", "", "client[1].name is missing"},
    {"engine = \"pbft\"", "engine = 1", "cluster.engine must be"},
    {"engine = \"pbft\"", "engine = \"\"", "cluster.engine must be"},
    {"fault_injection = true", "fault_injection = \"true\"", "cluster.fault_injection must be true or false"},
    {"fault_injection = true", "fault_injection = 1", "cluster.fault_injection must be true or false"},
    {"pipeline = 4", "pipeline = \"4\"", "protocol.pipeline must be a whole number"},
    {"pipeline = 4", "pipeline = 4.0", "protocol.pipeline must be a whole number"},
    {"pipeline = 4", "pipeline = [4]", "protocol.pipeline must be a whole number"},
    {"host = \"host-1\"", "host = 1", "replica[1].host must be"},
    {"host = \"host-1\"", "host = \"\"", "replica[1].host must be"},
    {"name = \"desk-1\"", "name = true", "client[1].name must be"},
    {"name = \"desk-1\"", "name = \"\"", "client[1].name must be"},
    {"[protocol]", "[[protocol]]", "protocol"},
    {"[limits]", "[[limits]]", "limits"},
    // Out of range.
    {"pipeline = 4", "pipeline = 0", "protocol.pipeline must be"},
    {"pipeline = 4", "pipeline = -4", "protocol.pipeline must be"},
    {"pipeline = 4", "pipeline = 4294967300", "protocol.pipeline must be"},
    {"max_batch_requests = 32", "max_batch_requests = 0", "protocol.max_batch_requests must be"},
    {"max_batch_requests = 32", "max_batch_requests = 513", "protocol.max_batch_requests must be"},
    {"archive_retention = 200000", "archive_retention = 99999", "protocol.archive_retention must be"},
    {"checkpoint_interval = 64", "checkpoint_interval = 0", "protocol.checkpoint_interval must be"},
    {"log_window = 256", "log_window = 300", "protocol.log_window must be a multiple"},
    {"log_window = 256", "log_window = 64", "protocol.log_window must be a multiple"},
    {"log_window = 256", "log_window = " + std::to_string(64 * pbft::kMaxLogWindow), "protocol.log_window must be"},
    {"view_change_timeout_cap_ms = 9000", "view_change_timeout_cap_ms = 999", "protocol.view_change_timeout_cap_ms"},
    {"tick_ms = 20", "tick_ms = 0", "protocol.tick_ms must be"},
    {"high_water_mark = 100", "high_water_mark = 0", "limits.high_water_mark must be"},
    {"client_message_bytes = 307200", "client_message_bytes = 100", "limits.client_message_bytes must be"},
    {"replica_port = 7002", "replica_port = 0", "replica[1].replica_port must be"},
    {"replica_port = 7002", "replica_port = 65536", "replica[1].replica_port must be"},
    {"client_port = 7003", "client_port = -1", "replica[1].client_port must be"},
    // Keys.
    {hex_of(0xc1), hex_of(0xc1).substr(2), "cluster.id must be 64 hexadecimal digits"},
    {hex_of(0xc1), hex_of(0xc1) + "00", "cluster.id must be 64 hexadecimal digits"},
    {hex_of(0x12), "g" + hex_of(0x12).substr(1), "replica[2].key must be 64 hexadecimal digits"},
    {hex_of(0x52), "xy", "replica[2].curve_key must be 64 hexadecimal digits"},
    {hex_of(0x31), "0x" + hex_of(0x31).substr(2), "client[1].key must be 64 hexadecimal digits"},
    {hex_of(0x41), hex_of(0x41).substr(1), "client[1].curve_key must be 64 hexadecimal digits"},
    // Who belongs to the group.
    {"engine = \"pbft\"", "engine = \"paxos\"", "cluster.engine must be"},
    {"id = 1\n", "id = 2\n", "replica[1].id must be 1"},
    {"id = 1\n", "id = 64\n", "replica[1].id must be"},
    {"role = \"desk\"", "role = \"admin\"", "client[1].role must be"},
    {"name = \"desk-1\"", "name = \"operator\"", "client[1].name is given twice"},
    // Who was readmitted.
    {"incarnation = 1\n", "incarnation = 2\n", "replica[1].earlier must have the keys of incarnations 0 to"},
    {"readmitted_at = 100", "readmitted_at = 0", "replica[1].readmitted_at must be"},
    {"effective_from = 384\n", "", "replica[1].effective_from is missing"},
    {"[[replica.earlier]]\nincarnation = 0", "[[replica.earlier]]\nincarnation = 1",
     "replica[1].earlier[0].incarnation must be"},
    {hex_of(0x61), "xy", "replica[1].earlier[0].key must be 64 hexadecimal digits"},
    {"[[replica.earlier]]", "[replica.earlier]", "replica[1].earlier"},
    {"id = 1\nname", "id = 0\nname", "client[1].id is given twice"},
};

BOOST_DATA_TEST_CASE(a_fault_is_refused_by_file_and_key, kFaults, fault) {
  const std::string message = fault_of(sample_with(fault.from, fault.to));
  BOOST_TEST(mentions(message, "harbor/cluster.toml: "), message);
  BOOST_TEST(mentions(message, fault.named), message);
}

// Two sockets cannot listen at one place: the second replica of a host would fail to start, long after the mistake.
const Fault kPorts[] = {
    {"replica_port = 7002", "replica_port = 7003", "replica[1]"},
    {"host = \"host-1\"\nreplica_port = 7002", "host = \"host-0\"\nreplica_port = 7000", "replica[1]"},
    {"host = \"host-1\"\nreplica_port = 7002", "host = \"host-0\"\nreplica_port = 7001", "replica[1]"},
    {"host = \"host-3\"\nreplica_port = 7006\nclient_port = 7007",
     "host = \"host-0\"\nreplica_port = 7006\nclient_port = 7001", "replica[3]"},
};

BOOST_DATA_TEST_CASE(a_port_given_twice_on_one_host_is_refused, kPorts, fault) {
  const std::string message = fault_of(sample_with(fault.from, fault.to));
  BOOST_TEST(mentions(message, "harbor/cluster.toml: "), message);
  BOOST_TEST(mentions(message, fault.named), message);
}

BOOST_AUTO_TEST_CASE(the_same_port_on_another_host_is_fine) {
  BOOST_TEST(fault_of(sample_with("replica_port = 7002", "replica_port = 7000")) == "accepted");
}

// One key for two replicas is one vote counted twice.
BOOST_AUTO_TEST_CASE(a_key_given_twice_is_refused) {
  BOOST_TEST(mentions(fault_of(sample_with(hex_of(0x12), hex_of(0x11))), "replica[2].key"));
  BOOST_TEST(mentions(fault_of(sample_with(hex_of(0x52), hex_of(0x51))), "replica[2].curve_key"));
}

BOOST_AUTO_TEST_CASE(a_text_that_is_no_toml_is_refused_by_file_and_line) {
  const std::string text = sample_with("[protocol]", "[protocol");
  const auto line = 1 + std::ranges::count(text.substr(0, text.find("[protocol")), '\n');
  BOOST_TEST(mentions(fault_of(text), "harbor/cluster.toml:" + std::to_string(line) + ": "), fault_of(text));
  BOOST_TEST(mentions(fault_of(sample_with("tick_ms = 20", "tick_ms = 20\ntick_ms = 30")), "cluster.toml:"));
}

BOOST_AUTO_TEST_CASE(a_group_needs_a_roster_of_four) {
  const std::string text = to_toml(sample());
  const std::size_t replicas = text.find("[[replica]]"), last = text.rfind("[[replica]]"),
                    clients = text.find("[[client]]");
  BOOST_TEST(mentions(fault_of(text.substr(0, replicas) + text.substr(clients)), "[[replica]] is missing"));
  BOOST_TEST(mentions(fault_of(text.substr(0, clients)), "[[client]] is missing"));
  const std::string three = fault_of(text.substr(0, last) + text.substr(clients));
  BOOST_TEST(mentions(three, "harbor/cluster.toml: "), three);
  BOOST_TEST(mentions(three, "at least 4 replicas"), three);
  BOOST_TEST(fault_of("") != "accepted");
  const std::string no_table = fault_of("replica = [1]\n" + text.substr(0, replicas) + text.substr(clients));
  BOOST_TEST(mentions(no_table, "replica[0] must be a table"), no_table);
}

BOOST_AUTO_TEST_CASE(a_raft_group_is_written_and_read_back) {
  const ClusterConfig written = raft_sample();
  const auto parsed = parse_cluster_config(to_toml(written), "f");
  BOOST_REQUIRE_MESSAGE(parsed.has_value(), (parsed ? "" : parsed.error().message));
  BOOST_TEST(parsed->engine == "raft");
  BOOST_TEST(parsed->protocol.election_timeout_ms == 450u);
  BOOST_TEST(parsed->protocol.heartbeat_ms == 30u);
  BOOST_TEST(parsed->quorums().quorum == 2u);
  BOOST_TEST(parsed->quorums().weak == 1u);
  BOOST_TEST(survives(parsed->kind(), parsed->quorums()) == "1 of 3 may crash; none may lie");
  BOOST_TEST(to_toml(*parsed) == to_toml(written));
}

// A setting that has no effect would be a promise that nobody keeps.
const Fault kRaftFaults[] = {
    {"heartbeat_ms = 30", "heartbeat_ms = 30\nview_change_timeout_ms = 1000", "protocol.view_change_timeout_ms is not"},
    {"heartbeat_ms = 30", "heartbeat_ms = 30\nverify_threads = 1", "protocol.verify_threads is not a known key"},
    {"heartbeat_ms = 30", "heartbeat_ms = 0", "protocol.heartbeat_ms must be"},
    {"election_timeout_ms = 450", "election_timeout_ms = 5", "protocol.election_timeout_ms must be"},
    // Ticks of 20 ms: a heartbeat of 30 ms is two of them, and 80 ms are four.
    {"election_timeout_ms = 450", "election_timeout_ms = 80", "protocol.election_timeout_ms must be longer than two"},
    {"engine = \"raft\"", "engine = \"Raft\"", "cluster.engine must be \"pbft\" or \"raft\""},
    {"replica_message_bytes = 7340032", "replica_message_bytes = 5242880", "limits.replica_message_bytes must be"},
};

BOOST_DATA_TEST_CASE(a_fault_of_a_raft_group_is_refused, kRaftFaults, fault) {
  const std::string message = fault_of(sample_with(fault.from, fault.to, raft_sample()));
  BOOST_TEST(mentions(message, "harbor/cluster.toml: "), message);
  BOOST_TEST(mentions(message, fault.named), message);
}

BOOST_AUTO_TEST_CASE(settings_of_raft_are_unknown_to_pbft) {
  for (const std::string key : {"election_timeout_ms", "heartbeat_ms"}) {
    const std::string message = fault_of(sample_with("tick_ms = 20", "tick_ms = 20\n" + key + " = 300"));
    BOOST_TEST(mentions(message, "protocol." + key + " is not a known key"), message);
  }
}

BOOST_AUTO_TEST_CASE(an_election_may_take_as_many_ticks_as_it_needs) {
  BOOST_TEST(fault_of(sample_with("election_timeout_ms = 450", "election_timeout_ms = 81", raft_sample())) ==
             "accepted");
}

BOOST_AUTO_TEST_CASE(two_replicas_are_no_raft_group) {
  const std::string message = fault_of(to_toml(raft_sample(2)));
  BOOST_TEST(mentions(message, "a raft group needs at least 3 replicas"), message);
  BOOST_TEST(fault_of(to_toml(raft_sample(4))) == "accepted");
}

// Otherwise a large group would run well until its first view change, and then never again.
BOOST_AUTO_TEST_CASE(the_largest_new_view_must_fit_a_message) {
  ClusterConfig config = sample(13);
  BOOST_TEST(fault_of(to_toml(config)) == "accepted");
  config.protocol.log_window = 1024;
  BOOST_TEST(mentions(fault_of(to_toml(config)), "protocol.log_window is too large"), fault_of(to_toml(config)));
  config.limits.replica_message_bytes = 16 << 20;
  BOOST_TEST(fault_of(to_toml(config)) == "accepted");
}

BOOST_AUTO_TEST_CASE(the_file_is_named_when_it_cannot_be_read) {
  const Scratch scratch;
  const auto missing = load_cluster_config(scratch / "cluster.toml");
  BOOST_REQUIRE(!missing.has_value());
  BOOST_TEST(mentions(missing.error().message, (scratch / "cluster.toml").string() + ": cannot be read"));
  std::ofstream(scratch / "cluster.toml") << sample_with("tick_ms = 20", "tick_ms = 0");
  const auto bad = load_cluster_config(scratch / "cluster.toml");
  BOOST_REQUIRE(!bad.has_value());
  BOOST_TEST(mentions(bad.error().message, (scratch / "cluster.toml").string() + ": protocol.tick_ms"));
  std::ofstream(scratch / "cluster.toml") << to_toml(sample());
  BOOST_TEST(load_cluster_config(scratch / "cluster.toml").has_value());
}

const SecretKeys kSecret{filled<decltype(SecretKeys::seed)>(0xa1), filled<CurveSecretKey>(0xb2)};

mode_t mode_of(const fs::path& file) {
  struct stat info{};
  BOOST_REQUIRE(::stat(file.c_str(), &info) == 0);
  return info.st_mode & 0777;
}

BOOST_AUTO_TEST_CASE(secret_keys_are_written_for_their_owner_alone) {
  const Scratch scratch;
  const mode_t before = ::umask(0);  // the mode must not depend on it
  const bool written = write_secret_keys(scratch / "key", kSecret).has_value();
  ::umask(before);
  BOOST_REQUIRE(written);
  BOOST_TEST(mode_of(scratch / "key") == 0600u);
  const auto loaded = load_secret_keys(scratch / "key");
  BOOST_REQUIRE(loaded.has_value());
  BOOST_TEST((loaded->seed == kSecret.seed && loaded->curve == kSecret.curve));
  // A key that exists is never overwritten: it may be the only one.
  const auto again = write_secret_keys(scratch / "key", {});
  BOOST_REQUIRE(!again.has_value());
  BOOST_TEST(mentions(again.error().message, (scratch / "key").string()));
  BOOST_TEST((load_secret_keys(scratch / "key")->seed == kSecret.seed));
}

BOOST_AUTO_TEST_CASE(a_missing_key_is_named) {
  const Scratch scratch;
  const auto loaded = load_secret_keys(scratch / "key");
  BOOST_REQUIRE(!loaded.has_value());
  BOOST_TEST(mentions(loaded.error().message, (scratch / "key").string() + ": the key is missing"));
}

BOOST_DATA_TEST_CASE(a_key_open_to_others_is_refused, boost::unit_test::data::make({040, 020, 010, 4, 2, 1}), bit) {
  const Scratch scratch;
  const fs::path file = scratch / "key";
  BOOST_REQUIRE(write_secret_keys(file, kSecret).has_value());
  BOOST_REQUIRE(::chmod(file.c_str(), 0600 | static_cast<mode_t>(bit)) == 0);
  const auto loaded = load_secret_keys(file);
  BOOST_REQUIRE(!loaded.has_value());
  BOOST_TEST(mentions(loaded.error().message, "chmod 600 " + file.string()), loaded.error().message);
  BOOST_REQUIRE(::chmod(file.c_str(), 0400) == 0);
  BOOST_TEST(load_secret_keys(file).has_value());
}

const std::string kKeyLine = "ed25519 " + hex_of(1) + "\n", kCurveLine = "curve " + hex_of(2) + "\n";
const std::string kKeyFiles[] = {
    "",
    kKeyLine,
    kCurveLine,
    kCurveLine + kKeyLine,
    kKeyLine + kKeyLine,
    kKeyLine + kCurveLine + "more\n",
    kKeyLine + "curve " + hex_of(2).substr(2) + "\n",
    kKeyLine + "curve " + hex_of(2) + "00\n",
    "ed25519 " + hex_of(1).substr(1) + "g\n" + kCurveLine,
    "ed25519\n" + kCurveLine,
    "Ed25519 " + hex_of(1) + "\n" + kCurveLine,
    std::string(5000, '\0'),
};

BOOST_DATA_TEST_CASE(a_malformed_key_is_refused, kKeyFiles, text) {
  const Scratch scratch;
  std::ofstream(scratch / "key") << text;
  BOOST_REQUIRE(::chmod((scratch / "key").c_str(), 0600) == 0);
  const auto loaded = load_secret_keys(scratch / "key");
  BOOST_REQUIRE(!loaded.has_value());
  BOOST_TEST(mentions(loaded.error().message, (scratch / "key").string() + ": is not a key file"));
  BOOST_TEST(!mentions(loaded.error().message, hex_of(1).substr(0, 8)));  // no secret in a message
}

// Whatever a damaged file holds: an error is a line, and nothing of the file drives the terminal.
BOOST_AUTO_TEST_CASE(an_error_is_one_line_of_plain_text) {
  for (const char* text : {"\"a\\nb\\u001b\" = 1", "[cluster]\nid = \"7\x1b[2J", "[clus\x01ter]"}) {
    const auto parsed = parse_cluster_config(text, "f");
    BOOST_REQUIRE(!parsed.has_value());
    BOOST_TEST(std::ranges::none_of(parsed.error().message, [](char c) { return c >= 0 && c < ' '; }));
  }
}

BOOST_AUTO_TEST_CASE(a_roster_has_every_incarnation_of_the_file) {
  const auto parsed = parse_cluster_config(to_toml(sample()), "cluster.toml");
  BOOST_REQUIRE(parsed.has_value());
  const Roster roster = parsed->roster();
  BOOST_TEST((*roster.key_of({SignerRole::replica, 1, Incarnation(0)}) == filled<PublicKey>(0x61)));
  BOOST_TEST((*roster.key_of({SignerRole::replica, 1, Incarnation(1)}) == filled<PublicKey>(0x11)));
  BOOST_TEST((roster.incarnation_at(ReplicaId(1), SequenceNumber(384)) == Incarnation(0)));
  BOOST_TEST((roster.incarnation_at(ReplicaId(1), SequenceNumber(385)) == Incarnation(1)));
  BOOST_TEST(parsed->replicas.at(ReplicaId(1)).earlier.at(0).curve_key.bytes[0] == 0x71);
  BOOST_TEST(parsed->group_rules().log_window == 256u);
  BOOST_TEST(parse_cluster_config(to_toml(raft_sample()), "cluster.toml")->group_rules().log_window == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater
