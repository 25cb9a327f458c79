#include "node/store_guard.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "node/process_table.hpp"
namespace breakwater {

namespace {

constexpr int kPollMs = 50;
constexpr std::uint8_t kVerdict = 1, kError = 2;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

// A file's bytes, read where they are used.
class Mapped {
 public:
  Mapped(int fd, std::size_t size) : size_(size) {
    if (size == 0) return;
    void* const at = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
    if (at != MAP_FAILED) at_ = static_cast<const std::uint8_t*>(at);
  }
  ~Mapped() {
    if (at_ != nullptr) ::munmap(const_cast<std::uint8_t*>(at_), size_);
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;
  bool good() const { return at_ != nullptr || size_ == 0; }
  ByteView view() const { return {at_, at_ == nullptr ? 0 : size_}; }

 private:
  const std::uint8_t* at_ = nullptr;
  std::size_t size_;
};

Bytes answer_of(const std::expected<GuardVerdict, StoreError>& result) {
  Writer out;
  if (!result) return out.u8(kError).text(result.error().message).take();
  out.u8(kVerdict).u8(result->exists);
  encode(out, result->check);
  return out.take();
}

std::optional<std::expected<GuardVerdict, StoreError>> read_answer(ByteView bytes) {
  Reader in(bytes);
  const std::uint8_t kind = in.u8();
  if (kind == kError) {
    std::string message = in.text(bytes.size());
    if (in.finished()) return std::unexpected(StoreError{std::move(message)});
    return std::nullopt;
  }
  GuardVerdict verdict;
  verdict.exists = in.u8() != 0;
  verdict.check = decode_file_check(in);
  if (kind != kVerdict || !in.finished()) return std::nullopt;
  return verdict;
}

[[noreturn]] void check_and_tell(const std::filesystem::path& directory, int to, pid_t parent) {
  ::prctl(PR_SET_NAME, kStoreCheckName);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  // Handlers that this process was given are of its parent's world.
  for (const int fatal : {SIGBUS, SIGSEGV, SIGABRT, SIGFPE, SIGILL}) ::signal(fatal, SIG_DFL);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  const Bytes answer = answer_of(check_here(directory));
  for (std::size_t at = 0; at < answer.size();) {
    const ssize_t n = ::write(to, answer.data() + at, answer.size() - at);
    if (n <= 0) ::_exit(1);
    at += static_cast<std::size_t>(n);
  }
  ::_exit(0);
}

// All that the child says until it ends. False when the caller gave up.
bool listen(int from, const std::function<bool()>& give_up, Bytes& said) {
  std::array<std::uint8_t, 4096> chunk;
  for (;;) {
    pollfd item{from, POLLIN, 0};
    if (::poll(&item, 1, kPollMs) > 0) {
      const ssize_t n = ::read(from, chunk.data(), chunk.size());
      if (n == 0 || (n < 0 && errno != EINTR)) return true;
      if (n > 0) said.insert(said.end(), chunk.begin(), chunk.begin() + n);
    }
    if (give_up()) return false;
  }
}

}  // namespace

std::expected<GuardVerdict, StoreError> check_here(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "data.mdb";
  GuardVerdict verdict;
  struct stat status{};
  const bool seen = ::stat(path.c_str(), &status) == 0;
  // A process that dies as it makes its store leaves an empty file: LMDB starts afresh on that.
  if (seen ? status.st_size == 0 : errno == ENOENT) return verdict;
  verdict.exists = true;
  const auto cannot = [&](const char* what) {
    return std::unexpected(StoreError{path.string() + ": cannot " + what + ": " + std::strerror(errno) +
                                      "; check the disk and its permissions"});
  };
  const Descriptor lock(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (lock.get() < 0) return cannot("open its directory");
  if (::flock(lock.get(), LOCK_SH | LOCK_NB) != 0) {
    return std::unexpected(StoreError{directory.string() + " is in use by another process; stop that replica first"});
  }
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return cannot("open");
  if (::fstat(file.get(), &status) != 0) return cannot("read");
  const Mapped bytes(file.get(), static_cast<std::size_t>(status.st_size));
  if (!bytes.good()) return cannot("read");
  verdict.check = check_file(bytes.view());
  return verdict;
}

std::expected<GuardVerdict, StoreError> check_apart(const std::filesystem::path& directory,
                                                    const std::function<bool()>& give_up) {
  const pid_t self = ::getpid();
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return std::unexpected(StoreError{"cannot make a pipe; raise this user's limit of open files (ulimit -n)"});
  }
  const Descriptor from(ends[0]);
  Descriptor to(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) {
    return std::unexpected(StoreError{"cannot start another process; raise this user's process limit (ulimit -u)"});
  }
  if (child == 0) check_and_tell(directory, to.get(), self);
  to.close();
  Bytes said;
  const bool patient = listen(from.get(), give_up, said);
  if (!patient) ::kill(child, SIGKILL);
  int ended = 0;
  while (::waitpid(child, &ended, 0) < 0 && errno == EINTR) {
  }
  if (!patient) return std::unexpected(StoreError{directory.string() + ": the check of the store was called off"});
  if (WIFEXITED(ended) && WEXITSTATUS(ended) == 0) {
    if (auto answer = read_answer(said)) return *answer;
  }
  GuardVerdict verdict;
  verdict.exists = true;
  verdict.check.fault = WIFSIGNALED(ended)
                            ? "the process that read it died of signal " + std::to_string(WTERMSIG(ended))
                            : "the process that read it failed";
  return verdict;
}

}  // namespace breakwater
