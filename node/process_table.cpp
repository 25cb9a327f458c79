#include "node/process_table.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace breakwater {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> words_in(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(in, word, '\0');) words.push_back(word);
  return words;
}

// "--name value" or "--name=value"; the last one counts.
std::optional<std::string> option(const std::vector<std::string>& words, const std::string& name) {
  std::optional<std::string> found;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == name && i + 1 < words.size()) found = words[i + 1];
    if (words[i].starts_with(name + "=")) found = words[i].substr(name.size() + 1);
  }
  return found;
}

// The harbor that a `breakwater replica` with these words works in; the rule of the command line's --dir.
fs::path harbor_of(const fs::path& process, const std::vector<std::string>& words) {
  std::optional<std::string> dir = option(words, "--dir");
  for (const std::string& variable : words_in(process / "environ")) {
    if (!dir && variable.starts_with("BREAKWATER_DIR=") && variable.size() > 15) dir = variable.substr(15);
  }
  std::error_code unreadable;  // another user's, or gone meanwhile
  const fs::path home = fs::read_symlink(process / "cwd", unreadable);
  return fs::weakly_canonical(home / dir.value_or("harbor"), unreadable);
}

// Whatever the program's file is called: its first word that is neither an option nor an option's value. A debugger or
// tracer that was given the command has the program itself there.
bool is_replica_command(const std::vector<std::string>& words) {
  constexpr std::string_view kWithValue[] = {"--dir", "--timeout", "--id", "--byzantine"};
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (!words[i].starts_with("-")) return words[i] == "replica";
    if (std::ranges::count(kWithValue, words[i]) > 0) ++i;
  }
  return false;
}

bool runs(const fs::path& process, const fs::path& harbor, std::uint32_t id) {
  const std::vector<std::string> words = words_in(process / "cmdline");
  if (!is_replica_command(words) || option(words, "--id") != std::to_string(id)) return false;
  std::string name;
  std::getline(std::ifstream(process / "comm"), name);
  if (name == kStoreCheckName) return false;
  return harbor_of(process, words) == harbor;
}

// A process that was killed is there until the kernel is done with it, and longer if nobody reaps it.
bool is_ending(pid_t pid) {
  std::ifstream stat_file("/proc/" + std::to_string(pid) + "/stat");
  std::string stat;
  std::getline(stat_file, stat, '\0');  // gone since it was opened: read as empty, where a stream's iterator throws
  const std::size_t name_end = stat.rfind(')');  // the name may hold anything
  if (name_end == std::string::npos) return true;
  std::istringstream fields(stat.substr(name_end + 1));
  char state = 0;
  std::int64_t ppid = 0, group = 0, session = 0, tty = 0, tty_group = 0;
  std::uint64_t flags = 0;
  fields >> state >> ppid >> group >> session >> tty >> tty_group >> flags;
  constexpr std::uint64_t kExiting = 0x4;  // PF_EXITING
  if (state == 'Z' || state == 'X' || (flags & kExiting) != 0) return true;
  // A SIGKILL that it has not come to yet.
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    const bool pending = line.starts_with("SigPnd:") || line.starts_with("ShdPnd:");
    if (pending && (std::stoull(line.substr(7), nullptr, 16) & (1ull << (SIGKILL - 1))) != 0) return true;
  }
  return false;
}

std::vector<pid_t> processes_of(const fs::path& harbor, std::uint32_t id) {
  std::error_code unreadable;
  const fs::path place = fs::weakly_canonical(harbor, unreadable);
  std::vector<pid_t> found;
  fs::directory_iterator entry("/proc", unreadable);
  for (; !unreadable && entry != fs::directory_iterator(); entry.increment(unreadable)) {
    const std::string name = entry->path().filename().string();
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc{} || end != name.data() + name.size()) continue;
    if (pid != ::getpid() && runs(entry->path(), place, id)) found.push_back(pid);
  }
  return found;
}

}  // namespace

std::optional<pid_t> running_replica(const fs::path& harbor, std::uint32_t id) {
  for (const pid_t pid : processes_of(harbor, id)) {
    if (!is_ending(pid)) return pid;
  }
  return std::nullopt;
}

void wait_for_predecessor(const fs::path& harbor, std::uint32_t id) {
  for (const pid_t pid : processes_of(harbor, id)) {
    if (!is_ending(pid)) continue;
    const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (fd < 0) continue;  // it is gone
    pollfd item{fd, POLLIN, 0};
    ::poll(&item, 1, 10'000);
    ::close(fd);
  }
}

}  // namespace breakwater
