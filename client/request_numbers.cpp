#include "client/request_numbers.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

namespace breakwater {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<std::string> fault(const std::filesystem::path& file, const std::string& what) {
  return std::unexpected(file.string() + ": " + what);
}

// The last number spent; 0 when there is no counter yet; nothing when the file is damaged.
std::optional<std::uint64_t> read_counter(const std::filesystem::path& file) {
  const Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.get() < 0) return errno == ENOENT ? std::optional<std::uint64_t>(0) : std::nullopt;
  char text[32];
  const ssize_t size = ::read(in.get(), text, sizeof text);
  if (size < 2 || text[size - 1] != '\n') return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text, text + size - 1, value);
  if (error != std::errc{} || end != text + size - 1) return std::nullopt;
  return value;
}

// As many digits as before: over them, in one sector, which a disk writes whole or not at all. Costs a third of a
// rename and its two syncs, which a desk that waits for them would stop at.
bool overwrite_durably(const std::filesystem::path& file, const std::string& text) {
  const Descriptor out(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  if (out.get() < 0 || ::lseek(out.get(), 0, SEEK_END) != static_cast<off_t>(text.size())) return false;
  return ::pwrite(out.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()) &&
         ::fdatasync(out.get()) == 0;
}

bool replace_durably(const std::filesystem::path& directory, const std::filesystem::path& file, std::uint64_t value) {
  const std::string text = std::to_string(value) + "\n";
  if (overwrite_durably(file, text)) return true;
  const std::filesystem::path fresh = file.string() + ".new";
  const Descriptor out(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (out.get() < 0 || ::write(out.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) return false;
  if (::fsync(out.get()) != 0 || ::rename(fresh.c_str(), file.c_str()) != 0) return false;
  const Descriptor home(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return home.get() >= 0 && ::fsync(home.get()) == 0;
}

}  // namespace

std::expected<RequestNumber, std::string> allocate_request_numbers(const std::filesystem::path& client_directory,
                                                                   std::uint64_t count) {
  const std::filesystem::path lock_file = client_directory / "counter.lock";
  const std::filesystem::path file = client_directory / "counter";
  const Descriptor lock(::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.get() < 0 || ::flock(lock.get(), LOCK_EX) != 0) {
    return fault(lock_file, std::string(std::strerror(errno)) + "; the client's directory must be writable");
  }
  const std::optional<std::uint64_t> last = read_counter(file);
  if (!last) return fault(file, "the request counter is damaged; write the last number used into it, or a higher one");
  if (*last > UINT64_MAX - count) return fault(file, "this client's request numbers are used up; make a new client");
  if (!replace_durably(client_directory, file, *last + count)) {
    return fault(file, std::string("cannot be written: ") + std::strerror(errno) + "; free space or mend permissions");
  }
  return RequestNumber(*last + 1);
}

}  // namespace breakwater
