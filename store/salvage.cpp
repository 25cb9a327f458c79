#include "store/salvage.hpp"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "store/layout.hpp"

namespace breakwater {

namespace {

namespace fs = std::filesystem;
constexpr std::size_t kBlock = std::size_t{1} << 20;
constexpr std::size_t kAlignment = 4096;

class File {
 public:
  File(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }
  bool good() const { return fd_ >= 0; }

 private:
  int fd_;
};

StoreError failure(const fs::path& path, const std::string& doing, int error) {
  return {path.string() + ": " + doing + ": " + std::strerror(error) + "; check the disk"};
}

bool sync_directory(const fs::path& path) {
  const File directory(path, O_RDONLY | O_DIRECTORY);
  return directory.good() && ::fsync(directory.fd()) == 0;
}

// Past the page cache where the file system can; else the cache is told to forget the file, which it does for pages
// that no process has mapped.
std::unique_ptr<File> open_past_cache(const fs::path& path) {
  auto direct = std::make_unique<File>(path, O_RDONLY | O_DIRECT);
  if (direct->good()) return direct;
  auto file = std::make_unique<File>(path, O_RDONLY);
  if (file->good()) (void)::posix_fadvise(file->fd(), 0, 0, POSIX_FADV_DONTNEED);
  return file;
}

std::expected<std::size_t, StoreError> copy_file_past_cache(const fs::path& from, const fs::path& to) {
  const std::unique_ptr<File> in = open_past_cache(from);
  if (!in->good()) return std::unexpected(failure(from, "cannot be read", errno));
  const File out(to, O_WRONLY | O_CREAT | O_TRUNC);
  if (!out.good()) return std::unexpected(failure(to, "cannot be made", errno));
  const std::unique_ptr<void, decltype(&std::free)> block(std::aligned_alloc(kAlignment, kBlock), &std::free);
  std::size_t done = 0;
  for (;;) {
    const ssize_t got = ::pread(in->fd(), block.get(), kBlock, static_cast<off_t>(done));
    if (got < 0) return std::unexpected(failure(from, "cannot be read", errno));
    if (got == 0) break;
    if (::pwrite(out.fd(), block.get(), static_cast<std::size_t>(got), static_cast<off_t>(done)) != got) {
      return std::unexpected(
          StoreError{to.string() + ": no room for a sound copy of the store; free " + "space on this disk"});
    }
    done += static_cast<std::size_t>(got);
  }
  if (::fsync(out.fd()) != 0) return std::unexpected(failure(to, "cannot be synced", errno));
  return done;
}

// Goes through every table. Whether each value is what it was is for those to check who sealed it.
std::expected<std::size_t, StoreError> count_values(const fs::path& file) {
  MDB_env* raw = nullptr;
  if (mdb_env_create(&raw) != 0) return std::unexpected(StoreError{"no memory to check " + file.string()});
  const std::unique_ptr<MDB_env, decltype(&mdb_env_close)> env(raw, &mdb_env_close);
  const auto bad = [&](int status) {
    return std::unexpected(
        StoreError{file.string() + ": the copy is no sound store: " + mdb_strerror(status) + "; the disk is damaged"});
  };
  int status = mdb_env_set_maxdbs(raw, 16);
  if (status == 0) status = mdb_env_open(raw, file.c_str(), MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK, 0600);
  if (status != 0) return bad(status);
  MDB_txn* txn = nullptr;
  status = mdb_txn_begin(raw, nullptr, MDB_RDONLY, &txn);
  if (status != 0) return bad(status);
  const std::unique_ptr<MDB_txn, decltype(&mdb_txn_abort)> reading(txn, &mdb_txn_abort);
  std::size_t values = 0;
  for (std::size_t t = 0; t < kTableCount; ++t) {
    const auto table = static_cast<Table>(t);
    MDB_dbi dbi = 0;
    status = mdb_dbi_open(txn, std::string(name_of(table)).c_str(), 0, &dbi);
    if (status == MDB_NOTFOUND) continue;
    MDB_cursor* cursor = nullptr;
    if (status == 0) status = mdb_cursor_open(txn, dbi, &cursor);
    if (status != 0) return bad(status);
    const std::unique_ptr<MDB_cursor, decltype(&mdb_cursor_close)> closing(cursor, &mdb_cursor_close);
    MDB_val key{}, value{};
    while ((status = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) ++values;
    if (status != MDB_NOTFOUND) return bad(status);
  }
  return values;
}

// False: a write of some process failed, and this is the first that is told.
bool syncs(const fs::path& path) {
  const File file(path, O_RDWR);
  return !file.good() || ::fdatasync(file.fd()) == 0;
}

}  // namespace

fs::path doubt_mark(const fs::path& directory) {
  const fs::path whole = (directory / "").parent_path();  // without a slash at its end
  return whole.string() + ".doubtful";
}

bool mark_doubtful(const fs::path& directory) {
  const fs::path mark = doubt_mark(directory);
  const File file(mark, O_WRONLY | O_CREAT);
  if (!file.good()) return false;
  (void)::fsync(file.fd());  // for a start after a loss of power it is not needed
  (void)sync_directory(mark.parent_path());
  return true;
}

std::expected<std::optional<Salvaged>, StoreError> salvage_if_doubtful(const fs::path& directory) {
  const fs::path data = directory / "data.mdb", fresh = directory / "data.mdb.fresh", mark = doubt_mark(directory);
  std::error_code ignored;
  fs::remove(fresh, ignored);  // of a copy that was not finished
  if (!fs::exists(data, ignored)) {
    fs::remove(mark, ignored);  // of a store that is gone
    return std::nullopt;
  }
  if (!fs::exists(mark, ignored)) {
    if (syncs(data)) return std::nullopt;
    if (!mark_doubtful(directory)) return std::unexpected(failure(mark, "cannot be made", errno));
  }
  const auto bytes = copy_file_past_cache(data, fresh);
  if (!bytes) return std::unexpected(bytes.error());
  const auto values = count_values(fresh);
  if (!values) return std::unexpected(values.error());
  if (::rename(fresh.c_str(), data.c_str()) != 0) return std::unexpected(failure(data, "cannot be replaced", errno));
  if (!sync_directory(directory)) return std::unexpected(failure(directory, "cannot be synced", errno));
  fs::remove(mark, ignored);
  (void)sync_directory(mark.parent_path());
  return Salvaged{*bytes, *values};
}

}  // namespace breakwater
