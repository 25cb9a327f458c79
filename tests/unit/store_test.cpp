// Sealed values, whose store it is, and both disks: memory and LMDB.
#include "store/store.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include "store/content_check.hpp"
#include "store/layout.hpp"
#include "store/lmdb_disk.hpp"
#include "store/memory_disk.hpp"
#include "tests/support/scratch.hpp"

namespace breakwater {
namespace {

namespace fs = std::filesystem;
using testing::Scratch;

const StoreIdentity kOurs{Digest{{1}}, ReplicaId(2), Incarnation(1)};
const Table kTables[] = {Table::meta,  Table::journal,  Table::archive,    Table::leaves,
                         Table::roots, Table::evidence, Table::transcripts};

std::unique_ptr<LmdbDisk> open_lmdb(const fs::path& path, OpenMode mode = OpenMode::read_write, StoreSize size = {}) {
  auto disk = LmdbDisk::open(path, mode, size);
  BOOST_REQUIRE_MESSAGE(disk.has_value(), (disk ? "" : disk.error().message));
  return std::move(*disk);
}

Record put(Table table, std::string_view key, std::string_view value) {
  return {table, to_bytes(key), to_bytes(value)};
}
Record erase(Table table, std::string_view key) { return {table, to_bytes(key), std::nullopt}; }

template <class Any>
bool commit(Any& to, std::vector<Record> records) {
  return to.commit(records).has_value();
}

std::string value_of(const Disk& disk, Table table, std::string_view key) {
  const auto value = disk.get(table, as_bytes(key));
  if (!value) return "error: " + value.error().message;
  return *value ? std::string(as_text(**value)) : "absent";
}

std::string keys_of(const Disk& disk, Table table, std::string_view from = "") {
  std::string out;
  BOOST_TEST(disk.scan(table, as_bytes(from),
                       [&](ByteView key, ByteView) {
                         out += std::string(as_text(key)) + " ";
                         return true;
                       })
                 .has_value());
  return out;
}

bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Store open_store(Disk& disk, const StoreIdentity& identity = kOurs) {
  auto store = Store::open(disk, identity);
  BOOST_REQUIRE_MESSAGE(store.has_value(), (store ? "" : store.error().message));
  return *store;
}

// The two disks under one name, for rules that both keep.
enum class Kind { memory, lmdb };
std::ostream& operator<<(std::ostream& out, Kind kind) { return out << (kind == Kind::memory ? "memory" : "lmdb"); }
const Kind kKinds[] = {Kind::memory, Kind::lmdb};

struct AnyDisk {
  explicit AnyDisk(Kind kind) {
    if (kind == Kind::memory) disk = std::make_unique<MemoryDisk>();
    else disk = open_lmdb(scratch.path());
  }
  Scratch scratch;  // outlives the disk
  std::unique_ptr<Disk> disk;
};

BOOST_AUTO_TEST_SUITE(store)

BOOST_AUTO_TEST_CASE(a_seal_is_bound_to_table_key_and_value) {
  const Bytes sealed = seal_value(Table::journal, as_bytes("key"), as_bytes("value"));
  for (const Table table : kTables) {
    BOOST_TEST(unseal_value(table, as_bytes("key"), sealed).has_value() == (table == Table::journal));
  }
  for (const char* key : {"", "ke", "kez", "keyv"}) {
    BOOST_TEST(!unseal_value(Table::journal, as_bytes(key), sealed).has_value());
  }
  const auto value = unseal_value(Table::journal, as_bytes("key"), sealed);
  BOOST_REQUIRE(value.has_value());
  BOOST_TEST(as_text(*value) == "value");
}

const char* const kTexts[] = {"", "v", "some value"};

BOOST_DATA_TEST_CASE(a_seal_breaks_with_any_bit_or_length, kTexts, text) {
  const Bytes key = to_bytes("key");
  const Bytes sealed = seal_value(Table::leaves, key, as_bytes(text));
  BOOST_TEST(unseal_value(Table::leaves, key, sealed).has_value());
  for (std::size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
    Bytes flipped = sealed;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    BOOST_TEST(!unseal_value(Table::leaves, key, flipped).has_value());
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    BOOST_TEST(!unseal_value(Table::leaves, key, ByteView(sealed).first(size)).has_value());
  }
  Bytes longer = sealed;
  longer.push_back(0);
  BOOST_TEST(!unseal_value(Table::leaves, key, longer).has_value());
}

BOOST_AUTO_TEST_CASE(sequence_keys_order_as_numbers) {
  BOOST_TEST((sequence_key(SequenceNumber(255)) < sequence_key(SequenceNumber(256))));
  BOOST_TEST((sequence_key(SequenceNumber(2)) < sequence_key(SequenceNumber(10))));
  for (const std::uint64_t n : {std::uint64_t{0}, std::uint64_t{258}, ~std::uint64_t{0}}) {
    BOOST_TEST((sequence_of_key(sequence_key(SequenceNumber(n))) == SequenceNumber(n)));
  }
  BOOST_TEST(!sequence_of_key(Bytes(7)).has_value());
  BOOST_TEST(!sequence_of_key(Bytes(9)).has_value());
}

BOOST_AUTO_TEST_CASE(damage_is_an_error_that_names_table_and_key) {
  for (const Table table : kTables) {
    MemoryDisk disk;
    Store store = open_store(disk);
    BOOST_REQUIRE((store.claim() && commit(store, {put(table, "k", "value"), put(table, "l", "next")})));
    const std::size_t size = disk.get(table, as_bytes("k")).value()->size();
    for (std::size_t byte = 0; byte < size; ++byte) {
      BOOST_REQUIRE(disk.damage(table, as_bytes("k"), byte, 0x10));
      const auto got = store.get(table, as_bytes("k"));
      BOOST_REQUIRE(!got.has_value());
      BOOST_TEST(mentions(got.error().message, std::string(name_of(table)) + "/6b"), got.error().message);
      int visited = 0;
      const auto scanned = store.scan(table, as_bytes("k"), [&](ByteView, ByteView) { return ++visited > 0; });
      BOOST_TEST(!scanned.has_value());
      BOOST_TEST(visited == 0);  // what lies beyond damage is not handed out as if it were all
      BOOST_TEST(store.get(table, as_bytes("l")).has_value());
      disk.damage(table, as_bytes("k"), byte, 0x10);
    }
    BOOST_TEST(store.get(table, as_bytes("k")).has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_value_moved_to_another_key_is_damaged) {
  MemoryDisk disk;
  Store store = open_store(disk);
  BOOST_REQUIRE(commit(store, {put(Table::roots, "a", "old root"), put(Table::roots, "b", "new root")}));
  const Bytes sealed = disk.get(Table::roots, as_bytes("a")).value().value();
  BOOST_REQUIRE(commit(disk, {{Table::roots, to_bytes("b"), sealed}, {Table::leaves, to_bytes("a"), sealed}}));
  BOOST_TEST(!store.get(Table::roots, as_bytes("b")).has_value());
  BOOST_TEST(!store.get(Table::leaves, as_bytes("a")).has_value());
}

BOOST_AUTO_TEST_CASE(an_empty_store_stays_empty_until_it_is_claimed) {
  MemoryDisk disk;
  Store first = open_store(disk);
  BOOST_TEST(first.was_empty());
  BOOST_TEST(open_store(disk).was_empty());  // opening left no trace
  BOOST_TEST(!Store::open_any(disk).has_value());
  BOOST_REQUIRE(first.claim().has_value());
  const Store again = open_store(disk);
  BOOST_TEST(!again.was_empty());
  BOOST_TEST((again.identity() == kOurs));
  BOOST_TEST((Store::open_any(disk).value().identity() == kOurs));
}

struct Stranger {
  const char* what;
  StoreIdentity identity;
};
std::ostream& operator<<(std::ostream& out, const Stranger& stranger) { return out << stranger.what; }

const Stranger kStrangers[] = {
    {"another cluster", {Digest{{9}}, ReplicaId(2), Incarnation(1)}},
    {"another replica", {Digest{{1}}, ReplicaId(3), Incarnation(1)}},
    {"another incarnation", {Digest{{1}}, ReplicaId(2), Incarnation(2)}},
};

BOOST_DATA_TEST_CASE(a_foreign_store_is_refused, kStrangers, stranger) {
  Scratch scratch;
  const auto disk = open_lmdb(scratch.path());
  BOOST_REQUIRE(open_store(*disk).claim().has_value());
  const auto opened = Store::open(*disk, stranger.identity);
  BOOST_REQUIRE(!opened.has_value());
  BOOST_TEST(mentions(opened.error().message, scratch.path().string()), opened.error().message);
  BOOST_TEST(mentions(opened.error().message, "belongs to replica 2 (incarnation 1)"), opened.error().message);
  BOOST_TEST(Store::open(*disk, kOurs).has_value());
}

// Who changed its keys goes on with its store; who says nothing of earlier incarnations has none.
BOOST_AUTO_TEST_CASE(a_later_incarnation_may_continue_a_store) {
  MemoryDisk disk;
  BOOST_REQUIRE(Store::open(disk, kOurs).value().claim().has_value());
  const StoreIdentity later{kOurs.cluster, kOurs.replica, Incarnation(3)};
  BOOST_TEST((Store::open(disk, later, Incarnation(1)).value().identity() == kOurs));
  BOOST_TEST(!Store::open(disk, later, Incarnation(2)).has_value());
  BOOST_TEST(!Store::open(disk, later).has_value());
  const StoreIdentity earlier{kOurs.cluster, kOurs.replica, Incarnation(0)};
  BOOST_TEST(!Store::open(disk, earlier, Incarnation(0)).has_value());
}

BOOST_AUTO_TEST_CASE(data_without_an_identity_is_refused) {
  for (const Table table : kTables) {
    MemoryDisk disk;
    BOOST_REQUIRE(commit(disk, {put(table, "k", "v")}));
    BOOST_TEST(!Store::open(disk, kOurs).has_value());
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_format_is_refused) {
  Scratch scratch;
  const auto disk = open_lmdb(scratch.path());
  const Bytes key = to_bytes("identity");
  Writer value;
  value.u32(kStoreFormat + 1).raw(Bytes(40));
  BOOST_REQUIRE(commit(*disk, {{Table::meta, key, seal_value(Table::meta, key, value.bytes())}}));
  for (const auto& opened : {Store::open(*disk, kOurs), Store::open_any(*disk)}) {
    BOOST_REQUIRE(!opened.has_value());
    BOOST_TEST(mentions(opened.error().message,
                        scratch.path().string() + " has store format " + std::to_string(kStoreFormat + 1)),
               opened.error().message);
  }
}

BOOST_AUTO_TEST_CASE(a_damaged_identity_is_refused) {
  MemoryDisk disk;
  BOOST_REQUIRE(open_store(disk).claim().has_value());
  BOOST_REQUIRE(disk.damage(Table::meta, as_bytes("identity"), 30, 1));
  BOOST_TEST(!Store::open(disk, kOurs).has_value());
  BOOST_TEST(!Store::open_any(disk).has_value());
}

BOOST_DATA_TEST_CASE(values_are_put_replaced_and_erased, kKinds, kind) {
  AnyDisk any(kind);
  Disk& disk = *any.disk;
  BOOST_TEST(value_of(disk, Table::journal, "k") == "absent");
  BOOST_REQUIRE(commit(
      disk, {put(Table::journal, "k", "1"), put(Table::archive, "k", "other"), put(Table::journal, "empty", "")}));
  BOOST_TEST(value_of(disk, Table::journal, "k") == "1");
  BOOST_TEST(value_of(disk, Table::archive, "k") == "other");
  BOOST_TEST(value_of(disk, Table::journal, "empty") == "");
  BOOST_TEST(value_of(disk, Table::journal, "j") == "absent");  // a prefix or neighbour is another key
  BOOST_TEST(value_of(disk, Table::journal, "kk") == "absent");
  // Within one transaction the last word on a key counts; erasing what is absent is no fault.
  BOOST_REQUIRE(commit(disk, {put(Table::journal, "k", "2"), erase(Table::journal, "k"), put(Table::journal, "k", "3"),
                              put(Table::journal, "l", "4"), erase(Table::journal, "l"), erase(Table::roots, "none")}));
  BOOST_TEST(value_of(disk, Table::journal, "k") == "3");
  BOOST_TEST(value_of(disk, Table::journal, "l") == "absent");
  BOOST_REQUIRE(commit(disk, {erase(Table::journal, "k")}));
  BOOST_TEST(value_of(disk, Table::journal, "k") == "absent");
  BOOST_TEST(value_of(disk, Table::archive, "k") == "other");
  BOOST_TEST(disk.commit({}).has_value());
}

BOOST_DATA_TEST_CASE(keys_are_scanned_in_byte_order_from_anywhere, kKinds, kind) {
  AnyDisk any(kind);
  Disk& disk = *any.disk;
  BOOST_TEST(keys_of(disk, Table::leaves) == "");
  BOOST_REQUIRE(commit(disk, {put(Table::leaves, "b", ""), put(Table::leaves, "\xff", ""), put(Table::leaves, "a", ""),
                              put(Table::leaves, "ba", ""), put(Table::leaves, "B", ""), put(Table::roots, "c", "")}));
  BOOST_TEST(keys_of(disk, Table::leaves) == "B a b ba \xff ");
  BOOST_TEST(keys_of(disk, Table::leaves, "b") == "b ba \xff ");
  BOOST_TEST(keys_of(disk, Table::leaves, "aa") == "b ba \xff ");
  BOOST_TEST(keys_of(disk, Table::leaves, "\xff\xff") == "");
  int visited = 0;
  BOOST_TEST(disk.scan(Table::leaves, {}, [&](ByteView, ByteView) { return ++visited < 2; }).has_value());
  BOOST_TEST(visited == 2);
  BOOST_TEST(as_text(disk.last_key(Table::leaves).value().value()) == "\xff");
  BOOST_TEST(!disk.last_key(Table::evidence).value().has_value());
}

BOOST_DATA_TEST_CASE(what_a_commit_would_replace_is_found, kKinds, kind) {
  AnyDisk any(kind);
  Disk& disk = *any.disk;
  const auto found = [&](const std::vector<Record>& records) {
    std::string all;
    BOOST_REQUIRE(disk.find_replaced(records, [&](const Record& record, ByteView before) {
      all += std::string(as_text(record.key)) + "=" + std::string(as_text(before)) + " ";
    }));
    return all;
  };
  const std::vector<Record> records{put(Table::journal, "a", "x"), erase(Table::journal, "b"),
                                    put(Table::journal, "bb", "x"), put(Table::leaves, "a", "x"),
                                    put(Table::leaves, "z", "x")};
  BOOST_TEST(found(records) == "");
  BOOST_REQUIRE(
      commit(disk, {put(Table::journal, "a", "1"), put(Table::journal, "b", "2"), put(Table::journal, "ba", "3"),
                    put(Table::leaves, "a", "4"), put(Table::leaves, "b", "5")}));
  BOOST_TEST(found(records) == "a=1 b=2 a=4 ");
  BOOST_TEST(found({}) == "");
}

// Beyond one page, in order and not, some erased on the way: the head says what is there.
BOOST_DATA_TEST_CASE(many_records_of_one_transaction_are_all_there, kKinds, kind) {
  AnyDisk any(kind);
  Store store = Store::open(*any.disk, kOurs).value();
  BOOST_REQUIRE(store.claim());
  std::mt19937 random(7);
  std::map<std::string, std::string> expected;
  for (int round = 0; round < 6; ++round) {
    std::vector<Record> records;
    for (int i = 0; i < 2000; ++i) {
      const std::string key = std::to_string(random() % 3000), value(random() % 60, static_cast<char>('a' + round));
      if (random() % 4 == 0) {
        records.push_back(erase(Table::leaves, key));
        expected.erase(key);
      } else {
        records.push_back(put(Table::leaves, key, value));
        expected[key] = value;
      }
    }
    BOOST_REQUIRE(store.commit(records));
  }
  std::map<std::string, std::string> stored;
  BOOST_REQUIRE(store.scan(Table::leaves, {}, [&](ByteView key, ByteView value) {
    return stored.emplace(as_text(key), as_text(value)).second;
  }));
  BOOST_TEST((stored == expected));
  BOOST_TEST(check_content(*any.disk).value().sound());
}

BOOST_AUTO_TEST_CASE(a_failed_commit_of_memory_leaves_nothing_and_ends_writing) {
  MemoryDisk disk;
  disk.fail_commit(1);
  BOOST_TEST(commit(disk, {put(Table::journal, "a", "1")}));
  BOOST_TEST(!commit(disk, {put(Table::journal, "a", "2"), put(Table::journal, "b", "2")}));
  BOOST_TEST(!commit(disk, {put(Table::journal, "c", "3")}));
  BOOST_TEST(keys_of(disk, Table::journal) == "a ");
  BOOST_TEST(value_of(disk, Table::journal, "a") == "1");
}

// LMDB takes no empty key and none above 511 bytes: a fault after good records of the same transaction.
BOOST_DATA_TEST_CASE(a_failed_commit_of_lmdb_leaves_nothing_and_ends_writing,
                     boost::unit_test::data::make({std::size_t{0}, std::size_t{600}}), key_bytes) {
  Scratch scratch;
  {
    const auto disk = open_lmdb(scratch.path());
    BOOST_REQUIRE(commit(*disk, {put(Table::journal, "a", "1")}));
    BOOST_TEST(!commit(*disk, {put(Table::journal, "a", "2"),
                               put(Table::archive, "b", "2"),
                               erase(Table::journal, "a"),
                               {Table::journal, Bytes(key_bytes), to_bytes("bad")}}));
    BOOST_TEST(value_of(*disk, Table::journal, "a") == "1");
    BOOST_TEST(keys_of(*disk, Table::archive) == "");
    // The caller promised something that is not on disk: nothing may be written after it.
    const auto after = disk->commit({});
    BOOST_REQUIRE(!after.has_value());
    BOOST_TEST(mentions(after.error().message, scratch.path().string()), after.error().message);
  }
  BOOST_TEST(fs::exists(doubt_mark(scratch.path())));
  const auto again = open_lmdb(scratch.path());
  BOOST_TEST(again->salvaged().has_value());
  BOOST_TEST(!fs::exists(doubt_mark(scratch.path())));
  BOOST_TEST(keys_of(*again, Table::journal) == "a ");
  BOOST_TEST(keys_of(*again, Table::archive) == "");
}

std::size_t salvaged_values(const fs::path& path) {
  const auto disk = open_lmdb(path);
  return disk->salvaged() ? disk->salvaged()->values : 0;
}

// Whatever a copy that was not finished left behind, the next start makes it anew, and only as long as it is needed.
BOOST_AUTO_TEST_CASE(a_doubtful_store_is_copied_whenever_the_copy_was_interrupted) {
  Scratch scratch;
  const fs::path store = scratch.path() / "store";
  BOOST_REQUIRE(commit(*open_lmdb(store), {put(Table::journal, "a", "1"), put(Table::archive, "b", "2")}));
  BOOST_TEST(salvaged_values(store) == 0u);  // no doubt, no copy
  BOOST_TEST(mark_doubtful(store));
  std::ofstream(store / "data.mdb.fresh") << "half a copy";
  BOOST_TEST(salvaged_values(store) == 2u);
  BOOST_TEST(!fs::exists(store / "data.mdb.fresh"));
  BOOST_TEST(salvaged_values(store) == 0u);
  BOOST_TEST(mark_doubtful(store));  // it died after the copy was in its place
  BOOST_TEST(salvaged_values(store) == 2u);
  const auto disk = open_lmdb(store);
  BOOST_TEST(value_of(*disk, Table::archive, "b") == "2");
  BOOST_TEST(commit(*disk, {put(Table::archive, "c", "3")}));
}

BOOST_AUTO_TEST_CASE(a_mark_without_a_store_means_nothing) {
  Scratch scratch;
  const fs::path store = scratch.path() / "store";
  BOOST_TEST(mark_doubtful(store));
  BOOST_TEST(salvaged_values(store) == 0u);
  BOOST_TEST(!fs::exists(doubt_mark(store)));
}

BOOST_AUTO_TEST_CASE(a_store_comes_back_when_it_is_opened_again) {
  Scratch scratch;
  const fs::path home = scratch.path() / "made" / "on opening";
  {
    const auto disk = open_lmdb(home);
    Store store = open_store(*disk);
    BOOST_REQUIRE((store.claim() && commit(store, {put(Table::archive, "k", "value"), put(Table::journal, "j", "")})));
  }
  const auto disk = open_lmdb(home);
  const Store store = open_store(*disk);
  BOOST_TEST(!store.was_empty());
  BOOST_TEST(as_text(store.get(Table::archive, as_bytes("k")).value().value()) == "value");
  BOOST_TEST(store.get(Table::journal, as_bytes("j")).value().value().empty());
  BOOST_TEST(store.where() == home.string());
  std::set<std::string> files;
  for (const auto& entry : fs::directory_iterator(home)) files.insert(entry.path().filename().string());
  BOOST_TEST((files == std::set<std::string>{"data.mdb", "lock.mdb"}));  // nothing else lives there
}

using Content = std::map<Bytes, Bytes>;

Content content_of(const Disk& disk, Table table) {
  Content content;
  BOOST_TEST(disk.scan(table, {},
                       [&](ByteView key, ByteView value) {
                         content[Bytes(key.begin(), key.end())] = Bytes(value.begin(), value.end());
                         return true;
                       })
                 .has_value());
  return content;
}

// `count` values of up to 2,000 bytes under random keys; noted in `content` too.
std::vector<Record> some_records(std::mt19937& random, int count, Content& content) {
  std::vector<Record> records;
  for (int i = 0; i < count; ++i) {
    const Bytes key = Writer().u32(static_cast<std::uint32_t>(random())).take();
    const Bytes value(random() % 2000, static_cast<std::uint8_t>(random()));
    records.push_back({Table::archive, key, value});
    content[key] = value;
  }
  return records;
}

BOOST_AUTO_TEST_CASE(the_map_grows_and_loses_nothing) {
  constexpr std::size_t kSmall = 128 << 10;
  Scratch scratch;
  std::mt19937 random(1);
  Content content;
  {
    const auto disk = open_lmdb(scratch.path(), OpenMode::read_write, {.initial_map_bytes = kSmall});
    // From one record, to a transaction of several times the map, which has to grow more than once for it.
    for (const int count : {1, 10, 100, 1000, 10, 1}) {
      BOOST_REQUIRE(disk->commit(some_records(random, count, content)).has_value());
      BOOST_TEST((content_of(*disk, Table::archive) == content));
    }
  }
  BOOST_TEST(fs::file_size(scratch.path() / "data.mdb") > 4 * kSmall);
  {
    const auto disk =
        open_lmdb(scratch.path(), OpenMode::read_write, {.initial_map_bytes = kSmall});  // smaller than the file
    BOOST_TEST((content_of(*disk, Table::archive) == content));
    BOOST_REQUIRE(disk->commit(some_records(random, 1000, content)).has_value());
  }
  BOOST_TEST((content_of(*open_lmdb(scratch.path(), OpenMode::read_only), Table::archive) == content));
}

BOOST_AUTO_TEST_CASE(a_second_writer_is_refused) {
  Scratch scratch;
  {
    const auto first = open_lmdb(scratch.path());
    const auto second = LmdbDisk::open(scratch.path(), OpenMode::read_write);
    BOOST_REQUIRE(!second.has_value());
    BOOST_TEST(mentions(second.error().message, scratch.path().string()), second.error().message);
    BOOST_TEST(commit(*first, {put(Table::meta, "k", "v")}));  // the refusal did not disturb the first
  }
  BOOST_TEST(LmdbDisk::open(scratch.path(), OpenMode::read_write).has_value());
}

BOOST_AUTO_TEST_CASE(a_reader_needs_a_store_and_makes_none) {
  Scratch scratch;
  const auto opened = LmdbDisk::open(scratch.path(), OpenMode::read_only);
  BOOST_REQUIRE(!opened.has_value());
  BOOST_TEST(mentions(opened.error().message, scratch.path().string() + " holds no store yet"), opened.error().message);
  BOOST_TEST(fs::is_empty(scratch.path()));
  BOOST_TEST(!LmdbDisk::open(scratch.path() / "none", OpenMode::read_only).has_value());
  BOOST_TEST(!fs::exists(scratch.path() / "none"));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_store_is_refused) {
  Scratch scratch;
  std::ofstream(scratch.path() / "data.mdb") << std::string(9000, 'x');
  for (const OpenMode mode : {OpenMode::read_write, OpenMode::read_only}) {
    const auto opened = LmdbDisk::open(scratch.path(), mode);
    BOOST_REQUIRE(!opened.has_value());
    BOOST_TEST(mentions(opened.error().message, (scratch.path() / "data.mdb").string()), opened.error().message);
  }
}

// A process of its own that writes to a store: LMDB allows one environment per process and directory.
class WriterProcess {
 public:
  WriterProcess(const fs::path& path, std::size_t map_bytes) {
    BOOST_REQUIRE(::pipe(orders_) == 0);
    BOOST_REQUIRE(::pipe(answers_) == 0);
    pid_ = ::fork();
    BOOST_REQUIRE(pid_ >= 0);
    if (pid_ == 0) ::_exit(write_as_told(path, map_bytes));
    ::close(orders_[0]);
    ::close(answers_[1]);
  }
  ~WriterProcess() {
    ::close(orders_[1]);  // the end of its orders: it goes
    ::close(answers_[0]);
    ::waitpid(pid_, nullptr, 0);
  }
  WriterProcess(const WriterProcess&) = delete;
  WriterProcess& operator=(const WriterProcess&) = delete;

  // Has `count` more records written; waits until they are.
  bool write(std::uint8_t count) {
    char done = 0;
    return ::write(orders_[1], &count, 1) == 1 && ::read(answers_[0], &done, 1) == 1 && done == 1;
  }
  static constexpr std::size_t kValueBytes = 50'000;

 private:
  int write_as_told(const fs::path& path, std::size_t map_bytes) {
    ::close(orders_[1]);
    const auto disk = LmdbDisk::open(path, OpenMode::read_write, {.initial_map_bytes = map_bytes});
    std::uint32_t next = 0;
    for (std::uint8_t count = 0; ::read(orders_[0], &count, 1) == 1;) {
      std::vector<Record> records;
      for (; count > 0; --count) records.push_back({Table::roots, Writer().u32(next++).take(), Bytes(kValueBytes, 7)});
      const char done = disk && (*disk)->commit(records).has_value() ? 1 : 0;
      if (::write(answers_[1], &done, 1) != 1) return 1;
    }
    return 0;
  }
  int orders_[2] = {-1, -1}, answers_[2] = {-1, -1};
  pid_t pid_ = -1;
};

BOOST_AUTO_TEST_CASE(a_reader_reads_while_another_process_writes_and_grows_the_map) {
  Scratch scratch;
  WriterProcess writer(scratch.path(), 256 << 10);
  BOOST_REQUIRE(writer.write(1));
  BOOST_TEST(!LmdbDisk::open(scratch.path(), OpenMode::read_write).has_value());
  const auto reader = open_lmdb(scratch.path(), OpenMode::read_only);
  BOOST_TEST(content_of(*reader, Table::roots).size() == 1u);
  BOOST_REQUIRE(writer.write(100));  // twenty times the map that the reader has
  const Content content = content_of(*reader, Table::roots);
  BOOST_TEST(content.size() == 101u);
  for (const auto& [key, value] : content) BOOST_TEST((value == Bytes(WriterProcess::kValueBytes, 7)));
}

// The first thing that a reader asks after the growth may be any of its questions.
BOOST_AUTO_TEST_CASE(a_reader_finds_the_last_key_after_the_map_grew) {
  Scratch scratch;
  WriterProcess writer(scratch.path(), 256 << 10);
  BOOST_REQUIRE(writer.write(1));
  const auto reader = open_lmdb(scratch.path(), OpenMode::read_only);
  BOOST_REQUIRE(writer.write(100));
  const auto last = reader->last_key(Table::roots);
  BOOST_REQUIRE_MESSAGE(last.has_value(), (last ? "" : last.error().message));
  BOOST_TEST(last->has_value());
}

BOOST_AUTO_TEST_CASE(a_reader_never_writes) {
  Scratch scratch;
  BOOST_REQUIRE(commit(*open_lmdb(scratch.path()), {put(Table::meta, "k", "v")}));
  {
    const auto reader = open_lmdb(scratch.path(), OpenMode::read_only);
    BOOST_TEST(!commit(*reader, {put(Table::meta, "k", "w")}));
    BOOST_TEST(!fs::exists(doubt_mark(scratch.path())));
  }
  BOOST_TEST(value_of(*open_lmdb(scratch.path(), OpenMode::read_only), Table::meta, "k") == "v");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater
