#include "node/pid_file.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

namespace breakwater {

namespace {

std::optional<pid_t> pid_in(const std::filesystem::path& file) {
  std::ifstream in(file);
  pid_t pid = 0;
  if (!(in >> pid) || pid <= 0) return std::nullopt;
  return pid;
}

// The words of a process's command line; empty when there is no such process.
std::vector<std::string> command_line(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(in, word, '\0');) words.push_back(word);
  return words;
}

// A process that was killed is there until the kernel is done with it, and longer if nobody reaps it.
bool is_ending(pid_t pid) {
  std::ifstream stat_file("/proc/" + std::to_string(pid) + "/stat");
  std::string stat((std::istreambuf_iterator<char>(stat_file)), std::istreambuf_iterator<char>());
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

}  // namespace

std::optional<pid_t> running_replica(const std::filesystem::path& harbor, std::uint32_t id) {
  const std::optional<pid_t> pid = pid_in(harbor / ("replica-" + std::to_string(id)) / "pid");
  if (!pid) return std::nullopt;
  const std::vector<std::string> words = command_line(*pid);
  const bool is_replica = std::ranges::count(words, "replica") > 0;
  const auto flag = std::ranges::find(words, "--id");
  const bool is_this = flag != words.end() && std::next(flag) != words.end() && *std::next(flag) == std::to_string(id);
  return is_replica && is_this && !is_ending(*pid) ? pid : std::nullopt;
}

void wait_for_predecessor(const std::filesystem::path& harbor, std::uint32_t id) {
  const std::optional<pid_t> pid = pid_in(harbor / ("replica-" + std::to_string(id)) / "pid");
  if (!pid || !is_ending(*pid)) return;
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0));
  if (fd < 0) return;  // it is gone
  pollfd item{fd, POLLIN, 0};
  ::poll(&item, 1, 10'000);
  ::close(fd);
}

PidFile::PidFile(std::filesystem::path file) : file_(std::move(file)) {
  const std::filesystem::path fresh = file_.string() + ".new";
  std::ofstream(fresh) << ::getpid() << "\n";
  std::filesystem::rename(fresh, file_);
}

PidFile::~PidFile() {
  std::error_code ignored;  // the file may be gone with its harbor
  if (pid_in(file_) == ::getpid()) std::filesystem::remove(file_, ignored);
}

}  // namespace breakwater
