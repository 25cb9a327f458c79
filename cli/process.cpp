#include "cli/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

namespace breakwater::cli {

namespace {

[[noreturn]] void become_replica(const std::vector<std::string>& words, const std::string& log) {
  ::setsid();
  const int in = ::open("/dev/null", O_RDONLY);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (in < 0 || out < 0) ::_exit(127);
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(out, 2);
  ::close_range(3, ~0u, 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execv(words[0].c_str(), argv.data());
  ::_exit(127);
}

// Waits for the end of a process of whatever parent, reaped by it or not. False when it still runs.
bool wait_for_end(pid_t pid, std::chrono::milliseconds patience) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return true;
  pollfd item{fd, POLLIN, 0};
  const bool ended = ::poll(&item, 1, static_cast<int>(std::max<std::int64_t>(0, patience.count()))) > 0;
  ::close(fd);
  return ended;
}

}  // namespace

pid_t spawn_replica(const Harbor& harbor, ReplicaId id, const std::string& byzantine) {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  std::vector<std::string> words = {program, "replica", "--dir", harbor.dir.string(), "--id", std::to_string(id.value)};
  if (!byzantine.empty()) words.insert(words.end(), {"--byzantine", byzantine});
  const std::string log = (harbor.replica_dir(id) / "log").string();
  std::filesystem::create_directories(harbor.replica_dir(id));
  const pid_t pid = ::fork();
  if (pid < 0) throw UserError("cannot start another process; raise this user's process limit (ulimit -u)");
  if (pid == 0) become_replica(words, log);
  return pid;
}

bool has_ended(pid_t pid) {
  const bool ended = wait_for_end(pid, std::chrono::milliseconds(0));
  if (ended) ::waitpid(pid, nullptr, WNOHANG);  // a child of ours is not left a zombie
  return ended;
}

std::vector<pid_t> stop_processes(std::vector<pid_t> pids, std::chrono::milliseconds patience) {
  using Clock = std::chrono::steady_clock;
  for (const pid_t pid : pids) ::kill(pid, SIGTERM);
  const auto deadline = Clock::now() + patience;
  for (const pid_t pid : pids) {
    wait_for_end(pid, std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()));
  }
  std::erase_if(pids, has_ended);
  for (const pid_t pid : pids) {
    ::kill(pid, SIGKILL);
    wait_for_end(pid, std::chrono::seconds(5));
    has_ended(pid);
  }
  return pids;
}

std::string last_log_line(const Harbor& harbor, ReplicaId id) {
  std::ifstream in(harbor.replica_dir(id) / "log");
  std::string last;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) last = line;
  }
  return last;
}

}  // namespace breakwater::cli
