#include "node/pid_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
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

}  // namespace

std::optional<pid_t> running_replica(const std::filesystem::path& harbor, std::uint32_t id) {
  const std::optional<pid_t> pid = pid_in(harbor / ("replica-" + std::to_string(id)) / "pid");
  if (!pid) return std::nullopt;
  const std::vector<std::string> words = command_line(*pid);
  const bool is_replica = std::ranges::count(words, "replica") > 0;
  const auto flag = std::ranges::find(words, "--id");
  const bool is_this = flag != words.end() && std::next(flag) != words.end() && *std::next(flag) == std::to_string(id);
  return is_replica && is_this ? pid : std::nullopt;
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
