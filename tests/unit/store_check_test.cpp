// What a check of a store finds: any record that is missing, added or altered, and any damage to LMDB's file.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <random>

#include "store/layout.hpp"
#include "store/lmdb_check.hpp"
#include "store/lmdb_disk.hpp"
#include "store/memory_disk.hpp"
#include "store/store.hpp"
#include "tests/support/scratch.hpp"

namespace breakwater {
namespace {

using testing::Scratch;

const StoreIdentity kOurs{Digest{{1}}, ReplicaId(2), Incarnation(1)};

Store claimed(Disk& disk) {
  Store store = Store::open(disk, kOurs).value();
  if (store.was_empty()) BOOST_REQUIRE(store.claim().has_value());
  return store;
}

Record put(Table table, std::string_view key, std::string_view value) {
  return {table, to_bytes(key), to_bytes(value)};
}
Record erase(Table table, std::string_view key) { return {table, to_bytes(key), std::nullopt}; }

void commit(Store& store, std::vector<Record> records) { BOOST_REQUIRE(store.commit(records).has_value()); }

// Records that come, change and go, small ones and some of many pages, as a replica's do.
void churn(Store& store, std::mt19937& random, int transactions) {
  for (; transactions > 0; --transactions) {
    std::vector<Record> records;
    for (std::uint_fast32_t n = 1 + random() % 12; n > 0; --n) {
      const auto table = static_cast<Table>(1 + random() % (kTableCount - 1));
      const Bytes key = Writer().ordered_u64(random() % 150).raw(Bytes(random() % 30, 7)).take();
      const std::size_t bytes = random() % 40 == 0 ? random() % 20'000 : random() % 300;
      if (random() % 3 == 0) records.push_back({table, key, std::nullopt});
      else records.push_back({table, key, Bytes(bytes, static_cast<std::uint8_t>(random()))});
    }
    BOOST_REQUIRE(store.commit(records).has_value());
  }
}

FileCheck check_of(const std::filesystem::path& directory) {
  return check_file(testing::content_of_file(directory / "data.mdb"));
}

std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

BOOST_AUTO_TEST_SUITE(store_check)

BOOST_AUTO_TEST_CASE(the_head_follows_every_change) {
  MemoryDisk disk;
  Store store = claimed(disk);
  BOOST_TEST(store.head().transactions == 1u);
  commit(store, {put(Table::journal, "a", "1"), put(Table::journal, "b", "2"), put(Table::leaves, "a", "3")});
  const StoreHead once = store.head();
  BOOST_TEST(once.of(Table::journal).records() == 2u);
  commit(store, {put(Table::journal, "a", "4"), erase(Table::journal, "b"), put(Table::journal, "c", "5")});
  BOOST_TEST((store.head().of(Table::journal) != once.of(Table::journal)));
  // The same content is the same digest, however it came about; within a transaction the last word counts.
  commit(store, {put(Table::journal, "a", "x"), erase(Table::journal, "c"), put(Table::journal, "a", "1"),
                 erase(Table::journal, "b"), put(Table::journal, "b", "2"), erase(Table::journal, "none")});
  BOOST_TEST((store.head().of(Table::journal) == once.of(Table::journal)));
  BOOST_TEST((store.head().of(Table::leaves) == once.of(Table::leaves)));
  BOOST_TEST(store.head().transactions == 4u);
  BOOST_TEST((Store::open(disk, kOurs).value().head() == store.head()));
  BOOST_TEST(check_content(disk).value().sound());
}

BOOST_AUTO_TEST_CASE(the_head_is_written_and_read) {
  StoreHead head;
  head.transactions = 7;
  head.of(Table::roots).add(Bytes(16, 3));
  const Bytes encoded = encode(head);
  BOOST_TEST((decode_head(encoded) == head));
  BOOST_TEST(!decode_head(ByteView(encoded).first(encoded.size() - 1)).has_value());
  head.of(Table::roots).remove(Bytes(16, 3));
  BOOST_TEST((head.of(Table::roots) == TableDigest{}));
}

BOOST_AUTO_TEST_CASE(a_store_without_its_head_is_refused) {
  MemoryDisk disk;
  claimed(disk);
  const Record gone{Table::meta, head_key(), std::nullopt};
  BOOST_REQUIRE(disk.commit({&gone, 1}).has_value());
  BOOST_TEST(!Store::open(disk, kOurs).has_value());
  BOOST_TEST(!check_content(disk).value().sound());
}

// A record that vanishes, comes back from the past, or is where none was, under a checksum that holds.
BOOST_AUTO_TEST_CASE(no_record_can_be_lost_added_or_rolled_back) {
  MemoryDisk disk;
  Store store = claimed(disk);
  commit(store, {put(Table::journal, "promise", "old"), put(Table::archive, "slot", "batch")});
  const Record old{Table::journal, to_bytes("promise"), disk.get(Table::journal, as_bytes("promise")).value()};
  commit(store, {put(Table::journal, "promise", "new")});
  BOOST_TEST(check_content(disk).value().sound());
  const Record now{Table::journal, to_bytes("promise"), disk.get(Table::journal, as_bytes("promise")).value()};
  const Record none{Table::journal, to_bytes("promise"), std::nullopt};
  const Record more{Table::evidence, to_bytes("e"), seal_value(Table::evidence, as_bytes("e"), as_bytes("v"))};
  for (const Record& forged : {old, none, more}) {
    BOOST_REQUIRE(disk.commit({&forged, 1}).has_value());
    const ContentCheck check = check_content(disk).value();
    BOOST_TEST(!check.sound());
    BOOST_TEST(!check.of(forged.table).complete);
    BOOST_TEST(check.of(Table::archive).sound());
    const Record undo = forged.table == Table::journal ? now : erase(Table::evidence, "e");
    BOOST_REQUIRE(disk.commit({&undo, 1}).has_value());
    BOOST_TEST(check_content(disk).value().sound());
  }
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_in_any_stored_value_is_found_and_named) {
  MemoryDisk disk;
  Store store = claimed(disk);
  commit(store, {put(Table::journal, "V", "view"), put(Table::leaves, "t", "time"), put(Table::roots, "r", "")});
  for (std::size_t k = 0; k < disk.size(); ++k) {
    const auto [table, key] = disk.key_at(k).value();
    for (std::size_t byte = 0; disk.damage(table, key, byte, 0x10); ++byte) {
      const ContentCheck check = check_content(disk).value();
      BOOST_TEST(!check.sound());
      BOOST_TEST((check.of(table).damaged_keys == std::vector<Bytes>{key}));
      BOOST_TEST(!check.problems().empty());
      BOOST_REQUIRE(disk.damage(table, key, byte, 0x10));
    }
  }
  BOOST_TEST(check_content(disk).value().sound());
}

BOOST_AUTO_TEST_CASE(an_empty_store_is_sound) {
  BOOST_TEST(check_content(MemoryDisk()).value().sound());
  Scratch scratch;
  BOOST_REQUIRE(LmdbDisk::open(scratch.path(), OpenMode::read_write).has_value());
  const FileCheck check = check_of(scratch.path());
  BOOST_TEST(check.sound(), text_of(check.problems()));
  BOOST_TEST(check.content.empty);
}

// LMDB's own bookkeeping, as it really is: whatever it wrote must pass, or sound stores would be refused.
BOOST_DATA_TEST_CASE(what_lmdb_writes_is_sound, boost::unit_test::data::xrange(3), seed) {
  Scratch scratch;
  std::mt19937 random(static_cast<std::uint32_t>(seed));
  for (int life = 0; life < 3; ++life) {
    {
      auto disk = LmdbDisk::open(scratch.path(), OpenMode::read_write, StoreSize{std::size_t{256} << 10}).value();
      Store store = claimed(*disk);
      for (int i = 0; i < 20; ++i) {
        churn(store, random, 4);
        const FileCheck check = check_of(scratch.path());
        BOOST_REQUIRE_MESSAGE(check.sound(), text_of(check.problems()));
        BOOST_REQUIRE(check.content.head->transactions == store.head().transactions);
      }
    }
    auto disk = LmdbDisk::open(scratch.path(), OpenMode::read_only).value();
    const ContentCheck by_lmdb = check_content(*disk).value();
    const FileCheck by_bytes = check_of(scratch.path());
    BOOST_TEST(by_lmdb.sound());
    BOOST_TEST(by_bytes.free_pages > 0u);
    for (std::size_t t = 0; t < kTableCount; ++t) {
      BOOST_TEST(by_bytes.content.tables[t].records == by_lmdb.tables[t].records);
      BOOST_TEST(by_bytes.content.tables[t].bytes == by_lmdb.tables[t].bytes);
    }
  }
}

// One bit in LMDB's newest meta page makes it go on from the transaction before, or from a root of long ago.
BOOST_AUTO_TEST_CASE(no_flip_of_a_meta_page_brings_back_an_older_state) {
  constexpr std::size_t kPage = 4096, kRead = 16 + 24 + 96 + 16;  // header, then what LMDB writes
  for (int transactions = 1; transactions < 6; ++transactions) {
    Scratch scratch;
    std::mt19937 random(3);
    {
      auto disk = LmdbDisk::open(scratch.path(), OpenMode::read_write).value();
      Store store = claimed(*disk);
      churn(store, random, transactions);
    }
    const Bytes whole = testing::content_of_file(scratch.path() / "data.mdb");
    BOOST_REQUIRE(check_file(whole).sound());
    const StoreHead head = check_file(whole).content.head.value();
    for (std::size_t bit = 0; bit < 8 * kRead; ++bit) {
      for (const std::size_t page : {0, 1}) {
        Bytes flipped = whole;
        flipped[page * kPage + bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
        const FileCheck check = check_file(flipped);
        // Sound only where the same state is found.
        if (check.sound()) BOOST_TEST((check.content.head == head));
        const std::size_t byte = bit / 8;
        if (byte >= kRead - 8) BOOST_TEST(!check.sound());  // the transaction's number
      }
    }
  }
}

// Whatever the bytes are, the check ends with a verdict.
BOOST_AUTO_TEST_CASE(garbage_is_a_verdict_not_a_crash) {
  Scratch scratch;
  std::mt19937 random(5);
  {
    auto disk = LmdbDisk::open(scratch.path(), OpenMode::read_write).value();
    Store store = claimed(*disk);
    churn(store, random, 60);
  }
  Bytes whole = testing::content_of_file(scratch.path() / "data.mdb");
  whole.resize(static_cast<std::size_t>(check_file(whole).pages) * 4096);
  BOOST_TEST(check_file(whole).sound());
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{100}, std::size_t{4096}, std::size_t{8192}, whole.size() - 1}) {
    BOOST_TEST(!check_file(ByteView(whole).first(size)).sound());
  }
  for (int i = 0; i < 3000; ++i) {
    Bytes damaged = whole;
    for (std::uint_fast32_t n = 1 + random() % 4; n > 0; --n) {
      // A run of noise somewhere, often at a page's start.
      std::size_t at = random() % damaged.size();
      if (random() % 2 == 0) at -= at % 4096;
      for (std::size_t k = 0; k < random() % 64 && at + k < damaged.size(); ++k) {
        damaged[at + k] = static_cast<std::uint8_t>(random());
      }
    }
    static_cast<void>(check_file(damaged));
  }
}

BOOST_AUTO_TEST_CASE(a_check_survives_its_own_encoding) {
  MemoryDisk disk;
  Store store = claimed(disk);
  commit(store, {put(Table::journal, "V", "view")});
  BOOST_REQUIRE(disk.damage(Table::journal, as_bytes("V"), 3, 1));
  FileCheck check;
  check.pages = 9;
  check.fault = "page 7: it is not there";
  check.content = check_content(disk).value();
  Writer out;
  encode(out, check);
  Reader in(out.bytes());
  const FileCheck again = decode_file_check(in);
  BOOST_TEST(in.finished());
  BOOST_TEST(again.problems() == check.problems(), boost::test_tools::per_element());
  BOOST_TEST(again.content.problems() == check.content.problems(), boost::test_tools::per_element());
  BOOST_TEST(again.pages == 9u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater
