#include "store/lmdb_disk.hpp"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>

#include "store/layout.hpp"

namespace breakwater {

namespace {

constexpr std::size_t kMaxMapBytes = std::size_t{1} << 40;
// The file is kept longer than LMDB needs, filled with zeros: a commit that overwrites costs the file system half of
// one that extends. At least kRoomAhead beyond LMDB's last page, kRoomStep at a time.
constexpr std::size_t kRoomAhead = std::size_t{4} << 20;
constexpr std::size_t kRoomStep = std::size_t{1} << 20;

MDB_val view_of(ByteView bytes) { return {bytes.size(), const_cast<std::uint8_t*>(bytes.data())}; }
ByteView bytes_of(const MDB_val& value) { return {static_cast<const std::uint8_t*>(value.mv_data), value.mv_size}; }

// A transaction that aborts unless it was committed.
class Transaction {
 public:
  Transaction(MDB_env* env, unsigned flags) : status_(mdb_txn_begin(env, nullptr, flags, &txn_)) {}
  ~Transaction() {
    if (txn_ != nullptr) mdb_txn_abort(txn_);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  int status() const { return status_; }
  MDB_txn* get() const { return txn_; }
  int commit() {
    MDB_txn* txn = txn_;
    txn_ = nullptr;  // LMDB frees it, whatever the outcome
    return mdb_txn_commit(txn);
  }

 private:
  MDB_txn* txn_ = nullptr;
  int status_;
};

std::unique_ptr<Transaction> begin_reading(MDB_env* env) {
  auto txn = std::make_unique<Transaction>(env, MDB_RDONLY);
  if (txn->status() == MDB_MAP_RESIZED) {
    // The writer's process has grown the file: adopt its size.
    mdb_env_set_mapsize(env, 0);
    txn = std::make_unique<Transaction>(env, MDB_RDONLY);
  }
  return txn;
}

class Cursor {
 public:
  Cursor(MDB_txn* txn, MDB_dbi table) : status_(mdb_cursor_open(txn, table, &cursor_)) {}
  ~Cursor() {
    if (cursor_ != nullptr) mdb_cursor_close(cursor_);
  }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;
  int status() const { return status_; }
  int move(MDB_val& key, MDB_val& value, MDB_cursor_op op) { return mdb_cursor_get(cursor_, &key, &value, op); }

 private:
  MDB_cursor* cursor_ = nullptr;
  int status_;
};

}  // namespace

struct LmdbDisk::Environment {
  std::filesystem::path directory;
  MDB_env* env = nullptr;
  int lock_fd = -1;
  std::array<MDB_dbi, kTableCount> tables{};
  std::array<bool, kTableCount> present{};  // read-only openers may find a table not made yet
  std::size_t map_bytes = 0;
  std::size_t file_bytes = 0;  // of data.mdb, LMDB's pages and the room ahead
  bool failed = false;         // a commit failed: nothing more may be written
  std::set<Frozen*> frozen;    // alive

  ~Environment() {
    if (env != nullptr) mdb_env_close(env);
    if (lock_fd >= 0) ::close(lock_fd);
  }
  // Between transactions only. Without success the file is as long as before, and LMDB extends it itself: the error
  // that counts is then that of its commit.
  void keep_room_ahead() {
    MDB_envinfo info;
    MDB_stat stat;
    mdb_filehandle_t file;
    if (mdb_env_info(env, &info) != 0 || mdb_env_stat(env, &stat) != 0 || mdb_env_get_fd(env, &file) != 0) return;
    const std::size_t used = (info.me_last_pgno + 1) * stat.ms_psize;
    const std::size_t wanted = std::min(used + kRoomAhead, map_bytes);
    if (file_bytes >= wanted) return;
    file_bytes = std::max(file_bytes, static_cast<std::size_t>(::lseek(file, 0, SEEK_END)));
    static const std::vector<char> zeros(kRoomStep);
    while (file_bytes < wanted) {
      const ssize_t written = ::pwrite(file, zeros.data(), zeros.size(), static_cast<off_t>(file_bytes));
      if (written <= 0) return;
      file_bytes += static_cast<std::size_t>(written);
    }
  }
  std::expected<void, StoreError> scan(MDB_txn* txn, Table table, ByteView from,
                                       const std::function<bool(ByteView key, ByteView value)>& visit) const;
  StoreError error(const std::string& doing, int status) const {
    std::string mend = "check the disk and its permissions";
    if (status == ENOSPC) mend = "free space on this disk";
    if (status == EACCES) mend = "run as the owner of the files";
    if (status == MDB_INVALID || status == MDB_VERSION_MISMATCH || status == MDB_CORRUPTED) {
      mend = "it is not a store of this program, or it is damaged";
    }
    return {(directory / "data.mdb").string() + ": " + doing + ": " + mdb_strerror(status) + "; " + mend};
  }
};

// A read transaction that stays open. It shows nothing once the map has grown, which may move it.
class LmdbDisk::Frozen final : public FrozenDisk {
 public:
  explicit Frozen(Environment& environment) : environment_(environment), txn_(begin_reading(environment.env)) {
    environment_.frozen.insert(this);
  }
  ~Frozen() override { environment_.frozen.erase(this); }
  int status() const { return txn_->status(); }
  void let_go() { txn_.reset(); }
  std::expected<bool, StoreError> scan(
      Table table, ByteView from, const std::function<bool(ByteView key, ByteView value)>& visit) const override {
    if (txn_ == nullptr) return false;
    if (auto done = environment_.scan(txn_->get(), table, from, visit); !done) return std::unexpected(done.error());
    return true;
  }

 private:
  Environment& environment_;
  std::unique_ptr<Transaction> txn_;
};

LmdbDisk::LmdbDisk(std::unique_ptr<Environment> environment) : environment_(std::move(environment)) {}
LmdbDisk::~LmdbDisk() = default;

std::string LmdbDisk::where() const { return environment_->directory.string(); }

std::expected<std::unique_ptr<LmdbDisk>, StoreError> LmdbDisk::open(const std::filesystem::path& directory,
                                                                    OpenMode mode, std::size_t initial_map_bytes) {
  auto e = std::make_unique<Environment>();
  e->directory = directory;
  const bool writes = mode == OpenMode::read_write;
  std::error_code failure;
  if (writes && !std::filesystem::exists(directory, failure)) {
    std::filesystem::create_directories(directory, failure);
    if (!failure) std::filesystem::permissions(directory, std::filesystem::perms::owner_all, failure);
    if (failure) return std::unexpected(StoreError{directory.string() + ": cannot create: " + failure.message()});
  }
  if (!writes && !std::filesystem::exists(directory / "data.mdb", failure)) {
    return std::unexpected(StoreError{directory.string() + " holds no store yet; start its replica first"});
  }
  if (writes) {
    // The lock is on the directory itself, so that nothing but LMDB's two files lives in it.
    e->lock_fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (e->lock_fd < 0 || ::flock(e->lock_fd, LOCK_EX | LOCK_NB) != 0) {
      return std::unexpected(StoreError{directory.string() + " is in use by another process; stop that replica first"});
    }
  }
  int status = mdb_env_create(&e->env);
  if (status == 0) status = mdb_env_set_maxdbs(e->env, 16);
  if (status == 0 && writes) status = mdb_env_set_mapsize(e->env, initial_map_bytes);
  // Default durability. NOTLS: read transactions belong to their object, not to the thread.
  if (status == 0) status = mdb_env_open(e->env, directory.c_str(), MDB_NOTLS | (writes ? 0u : MDB_RDONLY), 0600);
  if (status != 0) return std::unexpected(e->error("cannot open", status));
  int dead = 0;
  mdb_reader_check(e->env, &dead);

  Transaction txn(e->env, writes ? 0u : MDB_RDONLY);
  if (txn.status() != 0) return std::unexpected(e->error("cannot read", txn.status()));
  for (std::size_t t = 0; t < kTableCount; ++t) {
    const std::string name(name_of(static_cast<Table>(t)));
    status = mdb_dbi_open(txn.get(), name.c_str(), writes ? MDB_CREATE : 0u, &e->tables[t]);
    e->present[t] = status == 0;
    if (status != 0 && !(status == MDB_NOTFOUND && !writes)) {
      return std::unexpected(e->error("cannot open table " + name, status));
    }
  }
  status = txn.commit();
  if (status != 0) return std::unexpected(e->error("cannot open its tables", status));
  MDB_envinfo info;
  mdb_env_info(e->env, &info);
  e->map_bytes = info.me_mapsize;
  if (writes) e->keep_room_ahead();
  return std::unique_ptr<LmdbDisk>(new LmdbDisk(std::move(e)));
}

std::expected<void, StoreError> LmdbDisk::commit(std::span<const Record> records) {
  Environment& e = *environment_;
  if (e.failed) return std::unexpected(StoreError{where() + ": an earlier transaction failed; this replica must stop"});
  for (;;) {
    int status = 0;
    {
      Transaction txn(e.env, 0);
      status = txn.status();
      for (std::size_t i = 0; i < records.size() && status == 0; ++i) {
        const Record& record = records[i];
        MDB_val key = view_of(record.key);
        const MDB_dbi table = e.tables[static_cast<std::size_t>(record.table)];
        if (record.value) {
          MDB_val value = view_of(*record.value);
          status = mdb_put(txn.get(), table, &key, &value, 0);
        } else {
          status = mdb_del(txn.get(), table, &key, nullptr);
          if (status == MDB_NOTFOUND) status = 0;
        }
      }
      if (status == 0) status = txn.commit();
    }
    if (status == 0) {
      e.keep_room_ahead();
      return {};
    }
    // The map is full before anything was synced: grow it, with no transaction alive, and write again.
    if (status == MDB_MAP_FULL && e.map_bytes < kMaxMapBytes) {
      for (Frozen* frozen : e.frozen) frozen->let_go();
      status = mdb_env_set_mapsize(e.env, e.map_bytes * 2);
      if (status == 0) {
        e.map_bytes *= 2;
        continue;
      }
    }
    e.failed = true;
    return std::unexpected(e.error("a transaction failed", status));
  }
}

std::expected<std::optional<Bytes>, StoreError> LmdbDisk::get(Table table, ByteView key) const {
  std::optional<Bytes> found;
  const auto scanned = scan(table, key, [&](ByteView at, ByteView value) {
    if (std::ranges::equal(at, key)) found.emplace(value.begin(), value.end());
    return false;
  });
  if (!scanned) return std::unexpected(scanned.error());
  return found;
}

std::expected<void, StoreError> LmdbDisk::scan(Table table, ByteView from,
                                               const std::function<bool(ByteView key, ByteView value)>& visit) const {
  const Environment& e = *environment_;
  const std::size_t t = static_cast<std::size_t>(table);
  if (!e.present[t]) return {};
  const auto txn = begin_reading(e.env);
  if (txn->status() != 0) return std::unexpected(e.error("cannot read", txn->status()));
  return e.scan(txn->get(), table, from, visit);
}

std::expected<void, StoreError> LmdbDisk::Environment::scan(
    MDB_txn* txn, Table table, ByteView from, const std::function<bool(ByteView key, ByteView value)>& visit) const {
  Cursor cursor(txn, tables[static_cast<std::size_t>(table)]);
  if (cursor.status() != 0) return std::unexpected(error("cannot read", cursor.status()));
  MDB_val key = view_of(from);
  MDB_val value{};
  int status = cursor.move(key, value, from.empty() ? MDB_FIRST : MDB_SET_RANGE);
  while (status == 0 && visit(bytes_of(key), bytes_of(value))) status = cursor.move(key, value, MDB_NEXT);
  if (status != 0 && status != MDB_NOTFOUND) return std::unexpected(error("cannot read", status));
  return {};
}

std::expected<std::unique_ptr<FrozenDisk>, StoreError> LmdbDisk::freeze() {
  auto frozen = std::make_unique<Frozen>(*environment_);
  if (frozen->status() != 0) return std::unexpected(environment_->error("cannot read", frozen->status()));
  return frozen;
}

std::expected<std::optional<Bytes>, StoreError> LmdbDisk::last_key(Table table) const {
  const Environment& e = *environment_;
  const std::size_t t = static_cast<std::size_t>(table);
  if (!e.present[t]) return std::optional<Bytes>{};
  const auto txn = begin_reading(e.env);
  if (txn->status() != 0) return std::unexpected(e.error("cannot read", txn->status()));
  Cursor cursor(txn->get(), e.tables[t]);
  MDB_val key{}, value{};
  const int status = cursor.status() == 0 ? cursor.move(key, value, MDB_LAST) : cursor.status();
  if (status == MDB_NOTFOUND) return std::optional<Bytes>{};
  if (status != 0) return std::unexpected(e.error("cannot read", status));
  const ByteView found = bytes_of(key);
  return std::optional<Bytes>(Bytes(found.begin(), found.end()));
}

}  // namespace breakwater
