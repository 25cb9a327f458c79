#include "tests/integration/harbor_rig.hpp"

#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <boost/test/results_collector.hpp>
#include <boost/test/unit_test.hpp>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace breakwater::testing {

namespace {

std::filesystem::path make_directory() {
  std::string name = "/tmp/breakwater-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error(name + " cannot be made");
  return name;
}

std::optional<pid_t> as_pid(const std::string& text) {
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  return error == std::errc{} && end == text.data() + text.size() && pid > 0 ? std::optional(pid) : std::nullopt;
}

std::string last_lines(const std::string& text, std::size_t count) {
  std::size_t at = text.size();
  for (; count > 0 && at != std::string::npos && at > 0; --count) at = text.rfind('\n', at - 1);
  return at == std::string::npos ? text : text.substr(at);
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() : path_(make_directory()) {}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

HarborRig::HarborRig(const Words& init) {
  Words words = {"init", "--desks", "8"};
  words.insert(words.end(), init.begin(), init.end());
  const Finished made = run(words);
  BOOST_REQUIRE_MESSAGE(made.exit_code == 0, made);
  set("checkpoint_interval", std::to_string(kCheckpointInterval));
  set("log_window", std::to_string(4 * kCheckpointInterval));
}

int HarborRig::replicas() const {
  int count = 0;
  while (std::filesystem::exists(replica_dir(count))) ++count;
  return count;
}

HarborRig::~HarborRig() {
  const auto current = boost::unit_test::framework::current_test_case_id();
  if (!boost::unit_test::results_collector.results(current).passed()) show_last_words();
  try {
    Process({BREAKWATER_PROGRAM, "stop", "--dir", dir().string()}).finish();
  } catch (...) {
    // The harbor may be broken on purpose; what runs is killed next.
  }
  for (const pid_t pid : processes()) {
    ::kill(pid, SIGKILL);
    wait_for_end(pid);
  }
}

Process HarborRig::begin(const Words& words) const {
  Words all = {BREAKWATER_PROGRAM};
  all.insert(all.end(), words.begin(), words.end());
  all.insert(all.end(), {"--dir", dir().string()});
  return Process(all);
}

Json HarborRig::ask(Words words) const {
  words.push_back("--json");
  const Finished answer = run(words);
  BOOST_REQUIRE_MESSAGE(answer.exit_code == 0, answer);
  return answer.json();
}

void HarborRig::start(const Words& more) const {
  Words words = {"start", "--detach"};
  words.insert(words.end(), more.begin(), more.end());
  const Finished started = run(words);
  BOOST_REQUIRE_MESSAGE(started.exit_code == 0, started);
  Json replicas;
  const bool joined = wait_until([&] {
    replicas = status()["replicas"];
    return std::ranges::all_of(replicas, [](const Json& r) { return r["up"] == true && r["role"] != "joining"; });
  });
  BOOST_REQUIRE_MESSAGE(joined, "not all have joined: " << replicas.dump());
}

void HarborRig::stop() const {
  const Finished stopped = run({"stop"});
  BOOST_REQUIRE_MESSAGE(stopped.exit_code == 0, stopped);
}

void HarborRig::kill_replica(int id) const {
  const std::filesystem::path file = replica_dir(id) / "pid";
  std::string word = read_file(file);
  word.erase(word.find_last_not_of('\n') + 1);
  const std::optional<pid_t> pid = as_pid(word);
  BOOST_REQUIRE_MESSAGE(pid, file << " holds no process number");
  ::kill(*pid, SIGKILL);
  BOOST_REQUIRE(wait_for_end(*pid));
}

std::filesystem::path HarborRig::trace(int seed, int commands) const {
  const Finished made = run_process(
      {"python3", BREAKWATER_SOURCE_DIR "/tests/oracle/make_trace.py", std::to_string(seed), std::to_string(commands)});
  BOOST_REQUIRE_MESSAGE(made.exit_code == 0, made);
  const std::filesystem::path file = beside("trace-" + std::to_string(seed) + ".csv");
  write_file(file, made.out);
  return file;
}

void HarborRig::set(const std::string& name, const std::string& value) const {
  std::string text = read_file(cluster_file());
  const std::size_t at = text.find("\n" + name + " = ");
  BOOST_REQUIRE_MESSAGE(at != std::string::npos, cluster_file() << " has no setting " << name);
  text.replace(at, text.find('\n', at + 1) - at, "\n" + name + " = " + value);
  write_file(cluster_file(), text);
}

std::vector<pid_t> TemporaryDirectory::processes() const {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::optional<pid_t> pid = as_pid(entry.path().filename());
    if (pid && read_file(entry.path() / "cmdline").contains(path_.string())) found.push_back(*pid);
  }
  return found;
}

void HarborRig::show_last_words() const {
  for (int id = 0; id < replicas(); ++id) {
    BOOST_TEST_MESSAGE("replica " << id << ":" << last_lines(read_file(replica_dir(id) / "log"), 12));
  }
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream content;
  content
      << in.rdbuf();  // an error while it reads, as of a process that just ended, is an end; an iterator would throw
  return content.str();
}

void write_file(const std::filesystem::path& file, const std::string& content) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << content;
  out.close();
  BOOST_REQUIRE_MESSAGE(out, file << " cannot be written");
}

}  // namespace breakwater::testing
