// Wrong usage, configuration or environment: exit code 2, and one line that names the thing. Nothing is left running.
#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

#include "node/cluster_config.hpp"
#include "tests/integration/expectations.hpp"

namespace {

using namespace breakwater::testing;
namespace fs = std::filesystem;

void expect_refusal(const Finished& finished, const std::string& named) {
  BOOST_TEST(finished.exit_code == 2, finished);
  BOOST_TEST(finished.out.empty(), finished);
  BOOST_TEST(finished.err.find('\n') + 1 == finished.err.size(), "not one line: " << finished);
  BOOST_TEST(finished.err.starts_with("breakwater: "), finished);
  BOOST_TEST(finished.err.contains(named), "does not name " << named << ": " << finished);
}

// --- a harbor that was tampered with

void leave(const HarborRig&) {}
void append(const HarborRig& rig, const std::string& text) {
  write_file(rig.cluster_file(), read_file(rig.cluster_file()) + text);
}
void spoil_syntax(const HarborRig& rig) { append(rig, "[[replica\n"); }
void add_unknown_section(const HarborRig& rig) { append(rig, "[weather]\nwind = 3\n"); }
void add_half_a_client(const HarborRig& rig) { append(rig, "[[client]]\nid = 99\n"); }
void misfit_window(const HarborRig& rig) { rig.set("log_window", "17"); }
void text_for_number(const HarborRig& rig) { rig.set("tick_ms", "\"ten\""); }
void remove_replica_key(const HarborRig& rig) { fs::remove(rig.replica_dir(2) / "key"); }
void remove_desk_key(const HarborRig& rig) { fs::remove(rig.dir() / "clients/desk-3/key"); }
void open_replica_key(const HarborRig& rig) {
  fs::permissions(rig.replica_dir(2) / "key", fs::perms::group_read | fs::perms::others_read, fs::perm_options::add);
}
void open_desk_key(const HarborRig& rig) {
  fs::permissions(rig.dir() / "clients/desk-3/key", fs::perms::others_read, fs::perm_options::add);
}
void truncate_key(const HarborRig& rig) { fs::resize_file(rig.replica_dir(2) / "key", 40); }
void swap_paths(const fs::path& a, const fs::path& b) {
  const fs::path aside = a.string() + ".aside";
  fs::rename(a, aside);
  fs::rename(b, a);
  fs::rename(aside, b);
}
void swap_keys(const HarborRig& rig) { swap_paths(rig.replica_dir(2) / "key", rig.replica_dir(1) / "key"); }
void swap_stores(const HarborRig& rig) {
  rig.start();
  rig.stop();
  swap_paths(rig.replica_dir(2) / "store", rig.replica_dir(3) / "store");
}
void overwrite_store(const HarborRig& rig) {
  rig.start();
  rig.stop();
  write_file(rig.replica_dir(2) / "store/data.mdb", std::string(65536, 'x'));
}

struct Case {
  void (*tamper)(const HarborRig&);
  Words words;
  std::string named;
};
std::ostream& operator<<(std::ostream& out, const Case& c) {
  for (const std::string& word : c.words) out << word << " ";
  return out << "-> " << c.named;
}

const Case kCases[] = {
    {spoil_syntax, {"status"}, "cluster.toml:"},
    {spoil_syntax, {"start", "--detach"}, "cluster.toml:"},
    {spoil_syntax, {"replica", "--id", "0"}, "cluster.toml:"},
    {spoil_syntax, {"stop"}, "cluster.toml:"},
    {add_unknown_section, {"status"}, "weather"},
    {add_half_a_client, {"book", "show", "--voyage", "V"}, "client[9].name"},
    {misfit_window, {"start", "--detach"}, "log_window"},
    {text_for_number, {"audit"}, "tick_ms"},
    {remove_replica_key, {"replica", "--id", "2"}, "replica-2/key"},
    {remove_desk_key, {"book", "--as", "desk-3", "show", "--voyage", "V"}, "clients/desk-3/key"},
    {open_replica_key, {"replica", "--id", "2"}, "chmod 600"},
    {open_desk_key, {"book", "--as", "desk-3", "show", "--voyage", "V"}, "clients/desk-3/key"},
    {truncate_key, {"replica", "--id", "2"}, "replica-2/key"},
    {swap_keys, {"replica", "--id", "2"}, "replica-2/key"},
    {swap_stores, {"replica", "--id", "2"}, "replica-2/store"},
    {swap_stores, {"start", "--detach"}, "replica-2/store"},
    {swap_stores, {"audit"}, "replica-2/store"},
    {overwrite_store, {"replica", "--id", "2"}, "replica-2/store is damaged"},
    {overwrite_store, {"log", "--replica", "2"}, "replica-2/store/data.mdb"},
    {leave, {"book", "--as", "nobody", "show", "--voyage", "V"}, "nobody"},
    {leave, {"book", "reserve", "--voyage", "V", "--booking", "1"}, "--class"},
    {leave, {"book", "confirm", "--booking", "1", "--fence", "nightly"}, "JOB:TOKEN"},
    {leave, {"book", "confirm", "--booking", "1", "--fence", ":7"}, "--fence"},
    {leave, {"book", "confirm", "--booking", "1", "--fence", "nightly:seven"}, "nightly:seven"},
    {leave, {"book", "confirm", "--booking", "1", "--fence", "nightly:-1"}, "nightly:-1"},
    {leave, {"book", "confirm", "--booking", "1", "--epoch", "-1"}, "--epoch"},
    {leave, {"book", "renew", "--job", "nightly", "--token", "-1"}, "--token"},
    {leave, {"book", "acquire", "--job", "nightly", "--ttl", "5"}, "--candidate"},
    {leave, {"book", "assign-shard", "--shard", "H", "--owner", "A"}, "--expect-epoch"},
    {leave, {"book", "bump-epoch", "--expect", "many"}, "--expect"},
    {leave, {"book", "show", "--job", "nightly", "--epoch"}, "--job"},
    {leave, {"book", "cancel", "--booking", "0x10"}, "--booking: '0x10' is not a whole number"},
    {leave, {"book", "cancel", "--booking", "18446744073709551616"}, "18446744073709551616"},
    {leave, {"book", "cancel", "--booking", "1e3"}, "1e3"},
    {leave, {"book", "cancel", "--booking", " 7"}, "' 7'"},
    {leave, {"book", "hold", "--voyage", "V", "--class", "A", "--booking", "1", "--ttl", "0x3"}, "--ttl"},
    {leave, {"book", "bump-epoch", "--expect", "0x2"}, "--expect"},
    {leave, {"log", "--replica", "-1"}, "--replica"},
    {leave, {"book", "show"}, "--voyage"},
    {leave, {"replica", "--id", "4"}, "--id 4"},
    {leave, {"log", "--replica", "4"}, "--replica 4"},
    {leave, {"log", "--replica", "0"}, "replica-0"},
    {leave, {"audit"}, "start"},
    {leave, {"start", "--detach", "--byzantine", "0=equivocate"}, "fault_injection"},
    {leave, {"start", "--detach", "--byzantine", "0=mumble"}, "mumble"},
    {leave, {"start", "--detach", "--byzantine", "7=silent"}, "7=silent"},
    {leave, {"start", "--detach", "--byzantine", "silent"}, "ID=STRATEGY"},
    {leave, {"replica", "--id", "0", "--byzantine", "equivocate"}, "fault_injection"},
    {leave, {"replay", "/no/such/trace.csv"}, "/no/such/trace.csv"},
    {leave, {"status", "--nonsense"}, "--nonsense"},
    {leave, {"status", "--timeout", "soon"}, "soon"},
    {leave, {"frobnicate"}, "frobnicate"},
};

// --- traces

constexpr const char* kHeader = "date,action,voyage,class,booking\n";
constexpr const char* kLine = "2030-01-01,reserve,V,C,12\n";

struct TraceCase {
  const char* name;
  std::string content;
  int faulty_line;  // 0: the file as a whole
};
std::ostream& operator<<(std::ostream& out, const TraceCase& c) { return out << c.name; }

const TraceCase kTraces[] = {
    {"cut within a field", std::string(kHeader) + kLine + "2030-01-01,rese", 3},
    {"cut within the last number", std::string(kHeader) + kLine + "2030-01-01,confirm,V,C,1", 3},
    {"no header", std::string(kLine) + kLine, 1},
    {"an unknown action", std::string(kHeader) + kLine + "2030-01-01,steal,V,C,12\n" + kLine, 3},
    {"a booking that is no number", std::string(kHeader) + "2030-01-01,reserve,V,C,twelve\n", 2},
    {"a negative booking", std::string(kHeader) + "2030-01-01,reserve,V,C,-1\n", 2},
    {"a field too many", std::string(kHeader) + kLine + kLine + "2030-01-01,reserve,V,C,12,13\n", 4},
    {"a nameless voyage", std::string(kHeader) + "2030-01-01,reserve,,C,12\n", 2},
    {"empty", "", 0},
};

// Holds a port of the loopback interface.
class Squatter {
 public:
  explicit Squatter(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    BOOST_REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    BOOST_REQUIRE(::listen(fd_, 1) == 0);
  }
  ~Squatter() { ::close(fd_); }
  Squatter(const Squatter&) = delete;
  Squatter& operator=(const Squatter&) = delete;

 private:
  int fd_;
};

std::size_t replicas_up(const Json& status) {
  return static_cast<std::size_t>(
      std::ranges::count_if(status["replicas"], [](const Json& r) { return r["up"] == true; }));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bad_input)

BOOST_DATA_TEST_CASE(refused_in_one_line, boost::unit_test::data::make(kCases), c) {
  const HarborRig rig;
  c.tamper(rig);
  expect_refusal(rig.run(c.words), c.named);
  BOOST_TEST(rig.processes().empty());
}

BOOST_DATA_TEST_CASE(traces_are_refused_by_line, boost::unit_test::data::make(kTraces), c) {
  const HarborRig rig;
  const std::string trace = rig.beside("trace.csv").string();
  write_file(trace, c.content);
  expect_refusal(rig.run({"replay", trace}), c.faulty_line == 0 ? trace : trace + ":" + std::to_string(c.faulty_line));
}

BOOST_AUTO_TEST_CASE(ports_in_use) {
  const HarborRig rig;
  const auto config = breakwater::load_cluster_config(rig.cluster_file());
  BOOST_REQUIRE(config.has_value());
  const breakwater::ReplicaEntry replica = config->replicas.at(breakwater::ReplicaId(1));
  for (const std::uint16_t port : {replica.replica_port, replica.client_port}) {
    const Squatter squatter(port);
    expect_refusal(rig.run({"replica", "--id", "1"}), std::to_string(port));
  }
  rig.start();  // the port is free again, and nothing of the failed starts is in the way
}

BOOST_AUTO_TEST_CASE(a_running_replica_cannot_be_started_again) {
  const HarborRig rig;
  rig.start();
  expect_refusal(rig.run({"replica", "--id", "1"}), "replica-1/store");
  expect_agreement(rig);
}

BOOST_AUTO_TEST_CASE(an_unknown_strategy_where_lies_are_allowed) {
  const HarborRig rig({"--fault-injection"});
  expect_refusal(rig.run({"start", "--detach", "--byzantine", "0=mumble"}), "mumble");
  expect_refusal(rig.run({"start", "--detach", "--byzantine", "0=silent:volume=3"}), "volume=3");
  expect_refusal(rig.run({"replica", "--id", "0", "--byzantine", "mumble"}), "mumble");
  BOOST_TEST(rig.processes().empty());
}

BOOST_AUTO_TEST_CASE(init_overwrites_nothing) {
  const HarborRig rig;
  const std::string before = read_file(rig.cluster_file());
  const std::string key = read_file(rig.replica_dir(0) / "key");
  expect_refusal(rig.run({"init"}), rig.dir().string());
  BOOST_TEST(read_file(rig.cluster_file()) == before);
  BOOST_TEST(read_file(rig.replica_dir(0) / "key") == key);
}

BOOST_AUTO_TEST_CASE(no_harbor) {
  const TemporaryDirectory empty;
  const std::string dir = (empty.path() / "harbor").string();
  for (const Words& words : {Words{"book", "show", "--voyage", "V"}, {"status"}, {"stop"}, {"audit"}}) {
    Words all = {BREAKWATER_PROGRAM};
    all.insert(all.end(), words.begin(), words.end());
    all.insert(all.end(), {"--dir", dir});
    expect_refusal(run_process(all), "breakwater start");
  }
  BOOST_TEST(!fs::exists(dir));
}

// --- refusals of a running group

BOOST_AUTO_TEST_CASE(only_the_operator_opens) {
  const HarborRig rig;
  rig.start();
  const Words open = {"open", "--voyage", "V", "--class", "C", "--suites", "2", "--json"};
  const auto as = [&](const std::string& client) {
    Words words = {"book", "--as", client};
    words.insert(words.end(), open.begin(), open.end());
    return rig.run(words);
  };
  const Finished desk = as("desk-2");
  BOOST_TEST(desk.exit_code == 1, desk);
  BOOST_TEST(desk.json()["outcome"] == "refused");
  BOOST_TEST(desk.json()["reason"] == "not_permitted");
  const Finished chief = as("operator");
  BOOST_TEST(chief.exit_code == 0, chief);
  BOOST_TEST(chief.json()["outcome"] == "accepted");
}

BOOST_AUTO_TEST_CASE(one_replica_without_its_key_is_named_and_missed_by_nobody) {
  const HarborRig rig;
  remove_replica_key(rig);
  const Finished started = rig.run({"start", "--detach"});
  BOOST_TEST(started.exit_code == 2, started);
  BOOST_TEST(started.err.find('\n') + 1 == started.err.size(), started);
  BOOST_TEST(started.err.contains("replica-2/key"), started);
  expect_all_answered(rig.run({"replay", rig.trace(7, 20).string(), "--desks", "2", "--json"}), 20);
  BOOST_TEST(replicas_up(rig.status()) == 3u);
}

// It may have promised what it no longer knows.
BOOST_AUTO_TEST_CASE(a_replica_that_lost_its_store_stays_out) {
  const HarborRig rig;
  rig.start();
  const fs::path trace = rig.trace(8, 60);
  expect_all_answered(rig.run({"replay", trace.string(), "--desks", "4", "--json"}), 60);
  rig.kill_replica(3);
  fs::remove_all(rig.replica_dir(3) / "store");

  const Finished refused = rig.run({"replica", "--id", "3"});
  BOOST_TEST(refused.exit_code == 2, refused);
  BOOST_TEST(refused.out.empty(), refused);
  // Its log goes to stderr too; the reason comes last.
  const std::size_t last_line = refused.err.rfind('\n', refused.err.size() - 2) + 1;
  BOOST_TEST(refused.err.substr(last_line).contains("replica-3/store is empty"), refused);

  expect_all_answered(rig.run({"replay", rig.trace(9, 60).string(), "--desks", "4", "--json"}), 60);
  BOOST_TEST(replicas_up(rig.status()) == 3u);
  const Json report = rig.ask({"audit"});
  BOOST_TEST(report["verdict"] == "safe");
  BOOST_TEST(report["missing_stores"] == Json::array({3}));
}

// Not octal: another booking would be meant.
BOOST_AUTO_TEST_CASE(a_number_with_zeros_before_it_is_that_number) {
  const HarborRig rig;
  rig.start();
  rig.ask({"book", "--as", "operator", "open", "--voyage", "V", "--class", "C", "--suites", "012"});
  rig.ask({"book", "reserve", "--voyage", "V", "--class", "C", "--booking", "010"});
  BOOST_TEST(rig.ask({"book", "show", "--booking", "10"})["result"]["booking"] == 10);
  BOOST_TEST(rig.ask({"book", "show", "--voyage", "V"})["result"]["suites"].size() == 12u);
}

// A group that is gone: the first unknown answer is the last that is waited for, and the summary is there.
BOOST_AUTO_TEST_CASE(a_replay_without_a_group_ends_after_one_timeout) {
  const HarborRig rig;
  std::string trace = kHeader;
  for (int i = 0; i < 200; ++i) trace += "2030-01-01,reserve,V" + std::to_string(i) + ",C," + std::to_string(i) + "\n";
  write_file(rig.beside("trace.csv"), trace);
  Process waiting = rig.begin({"replay", rig.beside("trace.csv").string(), "--timeout", "10", "--json"});
  const Finished finished = waiting.finish(std::chrono::seconds(35));  // of four requests one alone is waited for
  BOOST_TEST(finished.exit_code == 3, finished);
  BOOST_TEST(finished.json()["commands"] == 0, finished);

  const std::filesystem::path counter = rig.dir() / "clients/operator/counter";
  const std::string before = read_file(counter);
  Process replay = rig.begin({"replay", rig.beside("trace.csv").string(), "--json"});
  BOOST_TEST_REQUIRE(wait_until([&] { return read_file(counter) != before; }));  // it sends
  replay.send_signal(SIGINT);
  const Finished interrupted = replay.finish(std::chrono::seconds(30));  // its timeout is a minute
  BOOST_TEST(interrupted.exit_code == 3, interrupted);
  BOOST_TEST(interrupted.json()["commands"] == 0, interrupted);
}

BOOST_AUTO_TEST_SUITE_END()
