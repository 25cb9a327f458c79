#include "store/lmdb_disk.hpp"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>

#include "store/file_room.hpp"
#include "store/layout.hpp"
#include "store/mapped_pages.hpp"

namespace breakwater {

namespace {

// A commit that overwrites costs the file system half of one that extends the file: at least so much is kept beyond
// LMDB's last page.
constexpr std::size_t kRoomAhead = std::size_t{4} << 20;

// How much of its store a process keeps mapped (store/mapped_pages.hpp), looked at every so many commits.
constexpr std::size_t kMostMappedBytes = std::size_t{64} << 20;
constexpr std::size_t kCommitsBetweenLooks = 64;

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

// An empty store, whole under its name or not there at all, whenever the power fails.
int make_file(const std::filesystem::path& directory) {
  const std::filesystem::path fresh = directory / "data.mdb.fresh";
  MDB_env* env = nullptr;
  int status = mdb_env_create(&env);
  if (status == 0) status = mdb_env_open(env, fresh.c_str(), MDB_NOSUBDIR | MDB_NOLOCK, 0600);
  if (status == 0) status = mdb_env_sync(env, 1);
  mdb_env_close(env);
  if (status != 0) return status;
  if (::rename(fresh.c_str(), (directory / "data.mdb").c_str()) != 0) return errno;
  for (const std::filesystem::path& names : {directory, std::filesystem::absolute(directory).parent_path()}) {
    const int entry = ::open(names.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (entry < 0 || ::fsync(entry) != 0) status = errno;
    if (entry >= 0) ::close(entry);
  }
  return status;
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
  int put(MDB_val& key, MDB_val& value) { return mdb_cursor_put(cursor_, &key, &value, 0); }

 private:
  MDB_cursor* cursor_ = nullptr;
  int status_;
};

// A cursor in one table at a time: LMDB finds the next of sorted keys from where it is, mostly in the same page.
class TableCursor {
 public:
  TableCursor(MDB_txn* txn, const std::array<MDB_dbi, kTableCount>& tables) : txn_(txn), tables_(tables) {}
  int open_in(Table table) {
    if (cursor_ && table_ == table) return 0;
    table_ = table;
    cursor_.emplace(txn_, tables_[static_cast<std::size_t>(table)]);
    return cursor_->status();
  }
  void close() { cursor_.reset(); }
  Cursor* operator->() { return &*cursor_; }

 private:
  MDB_txn* txn_;
  const std::array<MDB_dbi, kTableCount>& tables_;
  Table table_{};
  std::optional<Cursor> cursor_;
};

}  // namespace

struct LmdbDisk::Environment {
  std::filesystem::path directory;
  MDB_env* env = nullptr;
  int lock_fd = -1;
  std::array<MDB_dbi, kTableCount> tables{};
  std::array<bool, kTableCount> present{};  // read-only openers may find a table not made yet
  std::size_t map_bytes = 0;
  std::size_t commits = 0;
  StoreSize size;
  FileRoom room;         // of data.mdb: LMDB's pages, and what is kept ahead
  bool tight = false;    // the disk is full: the map ends where the file does
  bool starved = false;  // the last commit found no room
  bool failed = false;   // a commit failed: nothing more may be written
  std::optional<Salvaged> salvaged;
  std::set<Frozen*> frozen;  // alive

  ~Environment() {
    if (env != nullptr) mdb_env_close(env);
    if (lock_fd >= 0) ::close(lock_fd);
  }
  std::expected<void, StoreError> scan(MDB_txn* txn, Table table, ByteView from,
                                       const std::function<bool(ByteView key, ByteView value)>& visit) const;
  // Opens LMDB's files, and the tables in them.
  std::expected<void, StoreError> open_files(bool writes);
  std::expected<void, StoreError> open_tables(bool writes);

  // --- between transactions only; each returns what LMDB would
  std::size_t used_bytes() const;
  std::size_t page_bytes() const;
  std::size_t most_bytes_of(std::span<const Record> records) const;
  int set_map(std::size_t bytes);
  int make_room(std::size_t bytes);
  int grow();
  int write(std::span<const Record> records);
  void limit_pages() const;

  StoreError error(const std::string& doing, int status) const {
    std::string mend = "check the disk and its permissions";
    if (status == ENOSPC || status == EDQUOT || status == MDB_MAP_FULL) mend = "free space on this disk";
    if (status == EACCES) mend = "run as the owner of the files";
    if (status == MDB_INVALID || status == MDB_VERSION_MISMATCH || status == MDB_CORRUPTED) {
      mend = "it is not a store of this program, or it is damaged";
    }
    return {(directory / "data.mdb").string() + ": " + doing + ": " + mdb_strerror(status) + "; " + mend};
  }
  StoreError no_room() const {
    if (tight) return {directory.string() + ": the disk is full; free space on it", true};
    return {directory.string() + ": the store has reached its greatest size of " +
                std::to_string(size.max_map_bytes >> 20) + " MiB",
            true};
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
  std::expected<bool, StoreError> scan(Table table, ByteView from,
                                       const std::function<bool(ByteView key, ByteView value)>& visit) const override {
    if (txn_ == nullptr) return false;
    if (auto done = environment_.scan(txn_->get(), table, from, visit); !done) return std::unexpected(done.error());
    return true;
  }

 private:
  Environment& environment_;
  std::unique_ptr<Transaction> txn_;
};

std::size_t LmdbDisk::Environment::page_bytes() const {
  MDB_stat stat{};
  mdb_env_stat(env, &stat);
  return stat.ms_psize;
}

std::size_t LmdbDisk::Environment::used_bytes() const {
  MDB_envinfo info{};
  mdb_env_info(env, &info);
  return (info.me_last_pgno + 1) * page_bytes();
}

// What a transaction may add to the file, were no freed page reused: the pages of the trees on the way to each key,
// once each; those that splits add, which leave no page emptier than a quarter; values too large for a page, on pages
// of their own; and the list of free pages, written anew. Should it ever be more, then LMDB itself extends the file.
std::size_t LmdbDisk::Environment::most_bytes_of(std::span<const Record> records) const {
  struct Tree {
    std::size_t touches = 0, puts = 0, bytes = 0;
  };
  const std::size_t page = page_bytes();
  std::array<Tree, kTableCount> trees{};
  std::size_t pages = 64 + used_bytes() / page / (page / sizeof(std::size_t));
  for (const Record& record : records) {
    Tree& tree = trees[static_cast<std::size_t>(record.table)];
    tree.touches += record.value ? 1 : 2;  // an erased key may have its page merged with the one beside
    if (!record.value) continue;
    ++tree.puts;
    const std::size_t value = record.value->size();
    const bool apart = value + record.key.size() > page / 4;
    if (apart) pages += (value + 2 * page) / page;
    tree.bytes += record.key.size() + 32 + (apart ? 0 : value);
  }
  Transaction txn(env, MDB_RDONLY);
  for (std::size_t t = 0; t < kTableCount; ++t) {
    MDB_stat stat{};
    if (txn.status() != 0 || mdb_stat(txn.get(), tables[t], &stat) != 0) continue;
    const Tree& tree = trees[t];
    const std::size_t touched =
        std::min(tree.touches * (stat.ms_depth + 1), std::size_t{stat.ms_branch_pages} + stat.ms_leaf_pages + 1);
    pages += touched + std::min(2 * tree.puts, 2 * touched + 6 * tree.bytes / page + 2);
  }
  return pages * page;
}

int LmdbDisk::Environment::set_map(std::size_t bytes) {
  for (Frozen* reader : frozen) reader->let_go();
  const int status = mdb_env_set_mapsize(env, bytes);
  if (status == 0) map_bytes = bytes;
  return status;
}

// Takes so much space beyond what is used, as far as there is any. An error of LMDB's, or of the system's.
int LmdbDisk::Environment::make_room(std::size_t bytes) {
  const std::expected<bool, int> there = room.reach(std::min(used_bytes() + bytes, size.max_map_bytes));
  if (!there) return there.error();
  if (!*there) {
    const std::size_t fits = room.bytes() / page_bytes() * page_bytes();
    tight = true;
    return map_bytes == fits ? 0 : set_map(fits);
  }
  if (!tight) return 0;
  tight = false;
  return set_map(std::min(std::max(size.initial_map_bytes, 2 * room.bytes()), size.max_map_bytes));
}

// After MDB_MAP_FULL: 0 when the map is larger now, MDB_MAP_FULL when it cannot be.
int LmdbDisk::Environment::grow() {
  if (tight || map_bytes >= size.max_map_bytes) return MDB_MAP_FULL;
  return set_map(std::min(2 * map_bytes, size.max_map_bytes));
}

int LmdbDisk::Environment::write(std::span<const Record> records) {
  Transaction txn(env, 0);
  int status = txn.status();
  TableCursor cursor(txn.get(), tables);
  for (std::size_t i = 0; i < records.size() && status == 0; ++i) {
    const Record& record = records[i];
    MDB_val key = view_of(record.key);
    if (record.value) {
      MDB_val value = view_of(*record.value);
      status = cursor.open_in(record.table);
      if (status == 0) status = cursor->put(key, value);
    } else {
      cursor.close();  // where it stands may go
      status = mdb_del(txn.get(), tables[static_cast<std::size_t>(record.table)], &key, nullptr);
      if (status == MDB_NOTFOUND) status = 0;
    }
  }
  cursor.close();  // before its transaction ends
  return status == 0 ? txn.commit() : status;
}

void LmdbDisk::Environment::limit_pages() const {
  mdb_filehandle_t file;
  if (mdb_env_get_fd(env, &file) == 0) limit_mapped_pages(file, kMostMappedBytes);
}

LmdbDisk::LmdbDisk(std::unique_ptr<Environment> environment) : environment_(std::move(environment)) {}
LmdbDisk::~LmdbDisk() = default;

std::string LmdbDisk::where() const { return environment_->directory.string(); }

const std::optional<Salvaged>& LmdbDisk::salvaged() const { return environment_->salvaged; }

std::expected<std::unique_ptr<LmdbDisk>, StoreError> LmdbDisk::open(const std::filesystem::path& directory,
                                                                    OpenMode mode, StoreSize size) {
  auto e = std::make_unique<Environment>();
  e->directory = directory;
  e->size = size;
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
    auto salvaged = salvage_if_doubtful(directory);
    if (!salvaged) return std::unexpected(std::move(salvaged.error()));
    e->salvaged = *salvaged;
  }
  if (auto opened = e->open_files(writes); !opened) return std::unexpected(std::move(opened.error()));
  if (auto opened = e->open_tables(writes); !opened) return std::unexpected(std::move(opened.error()));
  return std::unique_ptr<LmdbDisk>(new LmdbDisk(std::move(e)));
}

std::expected<void, StoreError> LmdbDisk::Environment::open_files(bool writes) {
  int status = writes && !std::filesystem::exists(directory / "data.mdb") ? make_file(directory) : 0;
  if (status == 0) status = mdb_env_create(&env);
  if (status == 0) status = mdb_env_set_maxdbs(env, 16);
  if (status == 0 && writes) status = mdb_env_set_mapsize(env, std::min(size.initial_map_bytes, size.max_map_bytes));
  // Default durability. NOTLS: read transactions belong to their object, not to the thread.
  if (status == 0) status = mdb_env_open(env, directory.c_str(), MDB_NOTLS | (writes ? 0u : MDB_RDONLY), 0600);
  if (status != 0) return std::unexpected(error("cannot open", status));
  int dead = 0;
  mdb_reader_check(env, &dead);
  MDB_envinfo info;
  mdb_env_info(env, &info);
  map_bytes = info.me_mapsize;
  if (!writes) return {};
  mdb_filehandle_t file;
  mdb_env_get_fd(env, &file);
  room = FileRoom(file);
  status = make_room(kRoomAhead);
  if (status != 0) return std::unexpected(error("cannot take space", status));
  return {};
}

std::expected<void, StoreError> LmdbDisk::Environment::open_tables(bool writes) {
  Transaction txn(env, writes ? 0u : MDB_RDONLY);
  if (txn.status() != 0) return std::unexpected(error("cannot read", txn.status()));
  for (std::size_t t = 0; t < kTableCount; ++t) {
    const std::string name(name_of(static_cast<Table>(t)));
    const int status = mdb_dbi_open(txn.get(), name.c_str(), writes ? MDB_CREATE : 0u, &tables[t]);
    present[t] = status == 0;
    if (status != 0 && !(status == MDB_NOTFOUND && !writes)) {
      return std::unexpected(error("cannot open table " + name, status));
    }
  }
  const int status = txn.commit();
  if (status == 0) return {};
  if (writes && status != MDB_MAP_FULL) (void)mark_doubtful(directory);
  return std::unexpected(error("cannot open its tables", status));
}

std::expected<void, StoreError> LmdbDisk::commit(std::span<const Record> records) {
  Environment& e = *environment_;
  if (e.failed) return std::unexpected(StoreError{where() + ": an earlier transaction failed; this replica must stop"});
  const std::size_t had = e.room.bytes();
  int status = e.make_room(std::max(kRoomAhead, e.most_bytes_of(records)));
  // A transaction that did not fit is not tried again before there is more.
  if (status == 0 && e.starved && e.tight && e.room.bytes() == had) return std::unexpected(e.no_room());
  if (status == 0) status = e.write(records);
  while (status == MDB_MAP_FULL) {
    // Before anything was written. There is no transaction now.
    status = e.grow();
    if (status != 0) break;
    status = e.write(records);
  }
  e.starved = status == MDB_MAP_FULL;
  if (status == 0) {
    if (++e.commits % kCommitsBetweenLooks == 0) e.limit_pages();
    return {};
  }
  if (e.starved) return std::unexpected(e.no_room());
  e.failed = true;
  StoreError failure = e.error("a transaction failed", status);
  if (e.lock_fd >= 0 && !mark_doubtful(e.directory)) {  // a reader's commit was refused, and wrote nothing
    failure.message +=
        "; " + doubt_mark(e.directory).string() +
        " cannot be written: restart this machine before this replica, or it may trust what is not on disk";
  }
  return std::unexpected(std::move(failure));
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

std::expected<void, StoreError> LmdbDisk::find_replaced(
    std::span<const Record> records, const std::function<void(const Record& record, ByteView before)>& visit) const {
  const Environment& e = *environment_;
  const auto txn = begin_reading(e.env);
  int status = txn->status();
  TableCursor cursor(txn->get(), e.tables);
  for (const Record& record : records) {
    MDB_val key = view_of(record.key), before{};
    if (status == 0) status = cursor.open_in(record.table);
    if (status == 0) status = cursor->move(key, before, MDB_SET);
    if (status == 0) visit(record, bytes_of(before));
    if (status == MDB_NOTFOUND) status = 0;
  }
  if (status != 0) return std::unexpected(e.error("cannot read", status));
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
