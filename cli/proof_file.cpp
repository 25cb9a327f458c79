#include "cli/proof_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace breakwater::cli {

namespace {

std::filesystem::path directory_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

std::unexpected<std::string> fault(const std::filesystem::path& file, int error) {
  if (error == EEXIST) return std::unexpected(file.string() + " exists already; name a new file, or remove that one");
  return std::unexpected(file.string() + " cannot be written: " + std::strerror(error) +
                         "; name a file in a directory that can be written");
}

bool write_all(int fd, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

// 0, or the error.
int write_synced(const std::filesystem::path& file, ByteView bytes) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return errno;
  const int error = write_all(fd, bytes) && ::fsync(fd) == 0 ? 0 : errno;
  return ::close(fd) == 0 || error != 0 ? error : errno;
}

int sync_directory(const std::filesystem::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno;
  const int error = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  return error;
}

}  // namespace

std::expected<Bytes, std::string> read_proof_file(const std::filesystem::path& file, std::size_t max) {
  std::ifstream in(file, std::ios::binary);
  Bytes bytes;
  char block[65536];
  while (in && bytes.size() <= max) {
    in.read(block, sizeof block);
    bytes.insert(bytes.end(), block, block + in.gcount());
  }
  // Read to its end: anything else is a file that is not there, a directory, or a broken disk.
  if (bytes.size() > max) return std::unexpected("the file is longer than any such proof");
  if (!in.eof() || in.bad()) return std::unexpected("the file cannot be read");
  return bytes;
}

std::expected<void, std::string> can_write_new_file(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, ignored))) return fault(file, EEXIST);
  if (!file.has_filename()) return fault(file, EISDIR);
  if (::access(directory_of(file).c_str(), W_OK | X_OK) != 0) return fault(file, errno);
  return {};
}

std::expected<void, std::string> write_new_file(const std::filesystem::path& file, ByteView bytes) {
  const std::filesystem::path part = file.string() + ".part" + std::to_string(::getpid());
  int error = write_synced(part, bytes);
  // A second name, then the first one goes: unlike a rename it never takes the place of another file.
  if (error == 0 && ::link(part.c_str(), file.c_str()) != 0) error = errno;
  ::unlink(part.c_str());
  if (error == 0) error = sync_directory(directory_of(file));
  if (error != 0) return fault(file, error);
  return {};
}

}  // namespace breakwater::cli
