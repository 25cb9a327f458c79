// A child process whose output is kept, and the patience with which tests wait for such things.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <iosfwd>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace breakwater::testing {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

// Far beyond what anything here needs: on a loaded machine a test is slow, never wrong.
constexpr std::chrono::seconds kPatience{60};

// True as soon as `condition` holds; false when it does not within `patience`. Asks every 20 ms.
bool wait_until(const std::function<bool()>& condition, std::chrono::seconds patience = kPatience);

// Waits until no such process is left, whoever its parent is; false when it still runs after `patience`.
bool wait_for_end(pid_t pid, std::chrono::milliseconds patience = kPatience);

// What a process left behind.
struct Finished {
  std::string command;
  int exit_code = 0;  // 128 + the signal's number when it was killed
  std::string out, err;

  // The one line of stdout as JSON. Fails the test case, showing everything, when stdout is anything else.
  Json json() const;
};
std::ostream& operator<<(std::ostream& out, const Finished& finished);

// One thread. The destructor kills what still runs.
class Process {
 public:
  // Starts `words[0]`, found in PATH. A failed exec is exit code 127.
  explicit Process(const Words& words);
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;

  pid_t pid() const { return pid_; }
  bool ended() const;
  void send_signal(int signal) const;
  // Whether `text` is in what it has printed to stdout until now.
  bool has_printed(const std::string& text);
  // Waits for the end of the process and of its output: one that leaves stdout or stderr open to a grandchild never
  // finishes. Past `patience` it is killed and the test case fails. To be called once. While it is not called, a
  // process that prints more than a pipe holds (64 KiB) waits.
  Finished finish(std::chrono::seconds patience = 2 * kPatience);

 private:
  void drain(std::chrono::steady_clock::time_point deadline);

  Finished result_;
  pid_t pid_ = -1;
  int out_ = -1, err_ = -1;
};

// Runs to the end.
Finished run_process(const Words& words);

}  // namespace breakwater::testing
