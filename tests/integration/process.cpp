#include "tests/integration/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <ostream>
#include <system_error>
#include <thread>
#include <utility>

namespace breakwater::testing {

namespace {

using Clock = std::chrono::steady_clock;

std::array<int, 2> open_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
  return ends;
}

// Between fork and exec of a program that may have threads: system calls only.
[[noreturn]] void become(char* const* argv, int out, int err) {
  const int in = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  ::execvp(argv[0], argv);
  ::_exit(127);
}

int left_ms(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  return static_cast<int>(std::max<std::int64_t>(0, left.count()));
}

}  // namespace

bool wait_until(const std::function<bool()>& condition, std::chrono::seconds patience) {
  const auto deadline = Clock::now() + patience;
  while (!condition()) {
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

bool wait_for_end(pid_t pid, std::chrono::milliseconds patience) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return true;
  pollfd end{fd, POLLIN, 0};
  const bool ended = ::poll(&end, 1, static_cast<int>(patience.count())) > 0;
  ::close(fd);
  return ended;
}

Json Finished::json() const {
  const bool one_line = !out.empty() && out.find('\n') == out.size() - 1;
  Json document = Json::parse(out, nullptr, false);
  BOOST_REQUIRE_MESSAGE(one_line && !document.is_discarded(), "not one line of JSON: " << *this);
  return document;
}

std::ostream& operator<<(std::ostream& out, const Finished& finished) {
  return out << finished.command << "\nexit code " << finished.exit_code << "\nstdout: " << finished.out
             << "\nstderr: " << finished.err;
}

Process::Process(const Words& words) {
  std::vector<char*> argv;
  for (const std::string& word : words) {
    argv.push_back(const_cast<char*>(word.c_str()));
    result_.command += (result_.command.empty() ? "" : " ") + word;
  }
  argv.push_back(nullptr);
  const auto [out_end, out_start] = open_pipe();
  const auto [err_end, err_start] = open_pipe();
  pid_ = ::fork();
  if (pid_ == 0) become(argv.data(), out_start, err_start);
  ::close(out_start);
  ::close(err_start);
  out_ = out_end;
  err_ = err_end;
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
}

Process::Process(Process&& other) noexcept
    : result_(std::move(other.result_)),
      pid_(std::exchange(other.pid_, -1)),
      out_(std::exchange(other.out_, -1)),
      err_(std::exchange(other.err_, -1)) {}

Process::~Process() {
  if (out_ >= 0) ::close(out_);
  if (err_ >= 0) ::close(err_);
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool Process::ended() const { return pid_ < 0 || wait_for_end(pid_, std::chrono::milliseconds(0)); }

void Process::send_signal(int signal) const { ::kill(pid_, signal); }

bool Process::has_printed(const std::string& text) {
  drain(Clock::now());
  return result_.out.contains(text);
}

Finished Process::finish(std::chrono::seconds patience) {
  const auto deadline = Clock::now() + patience;
  drain(deadline);
  const bool in_time = left_ms(deadline) > 0 && wait_for_end(pid_, std::chrono::milliseconds(left_ms(deadline)));
  if (!in_time) ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(std::exchange(pid_, -1), &status, 0);
  result_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  BOOST_REQUIRE_MESSAGE(in_time, "did not end within " << patience.count() << " s: " << result_);
  return result_;
}

// Both pipes to their ends, or what they hold by `deadline`.
void Process::drain(Clock::time_point deadline) {
  std::array<pollfd, 2> ends{{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};
  const std::array<std::string*, 2> texts{&result_.out, &result_.err};
  while ((ends[0].fd >= 0 || ends[1].fd >= 0) && ::poll(ends.data(), ends.size(), left_ms(deadline)) > 0) {
    for (std::size_t i = 0; i < ends.size(); ++i) {
      if (ends[i].revents == 0) continue;
      std::array<char, 65536> buffer;
      const ssize_t size = ::read(ends[i].fd, buffer.data(), buffer.size());
      if (size > 0) texts[i]->append(buffer.data(), static_cast<std::size_t>(size));
      else ends[i].fd = -1;  // poll passes over it
    }
  }
}

Finished run_process(const Words& words) { return Process(words).finish(); }

}  // namespace breakwater::testing
