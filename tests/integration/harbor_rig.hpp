// A harbor of real processes in a directory of its own.
#pragma once

#include <filesystem>

#include "tests/integration/process.hpp"

namespace breakwater::testing {

// A fresh directory under /tmp, removed with everything in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }
  // Every process that names it on its command line.
  std::vector<pid_t> processes() const;

 private:
  std::filesystem::path path_;
};

// One thread. The destructor stops the harbor, kills what is left of it, and shows the last words of the replicas when
// the test case failed.
class HarborRig {
 public:
  static constexpr int kReplicas = 4;  // of a harbor made without --engine or --replicas
  // Checkpoints come often, so that a short run crosses several.
  static constexpr int kCheckpointInterval = 16;

  // Makes a harbor with 8 desks; `init`: more flags for `breakwater init`. The ports are free ones, so rigs may run
  // beside each other.
  explicit HarborRig(const Words& init = {});
  ~HarborRig();
  HarborRig(const HarborRig&) = delete;
  HarborRig& operator=(const HarborRig&) = delete;

  std::filesystem::path dir() const { return directory_.path() / "harbor"; }
  std::filesystem::path cluster_file() const { return dir() / "cluster.toml"; }
  std::filesystem::path replica_dir(int id) const { return dir() / ("replica-" + std::to_string(id)); }
  // How many replicas the harbor has.
  int replicas() const;
  // A place for the test's own files, beside the harbor.
  std::filesystem::path beside(const std::string& name) const { return directory_.path() / name; }

  // breakwater WORDS --dir HARBOR
  Process begin(const Words& words) const;
  Finished run(const Words& words) const { return begin(words).finish(); }
  // The same with --json; fails the test case unless the exit code is 0.
  Json ask(Words words) const;

  // `start --detach`, which must succeed; then waits for the replicas beyond the quorum too, for one that joins after
  // the first command was decided would be taken for one that lost its store.
  void start(const Words& more = {}) const;
  // `stop`, which must succeed.
  void stop() const;
  // By its pid file; returns when the process is gone.
  void kill_replica(int id) const;
  // What `status --json` says, whatever its exit code: some of the group may be down.
  Json status() const { return run({"status", "--json"}).json(); }

  // A made-up trace, the same for the same numbers.
  std::filesystem::path trace(int seed, int commands) const;
  // Changes a setting of cluster.toml, "name = value". To be called before the start.
  void set(const std::string& name, const std::string& value) const;

  // Every process that names this rig's directory on its command line.
  std::vector<pid_t> processes() const { return directory_.processes(); }

 private:
  void show_last_words() const;

  TemporaryDirectory directory_;
};

std::string read_file(const std::filesystem::path& file);
void write_file(const std::filesystem::path& file, const std::string& content);

}  // namespace breakwater::testing
