// A store is looked at in a process apart before it is trusted; and what of a damaged one may be given up.
#include "node/store_guard.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "store/lmdb_disk.hpp"
#include "store/memory_disk.hpp"
#include "store/repair.hpp"
#include "tests/support/scratch.hpp"

namespace breakwater {
namespace {

using testing::Scratch;

const StoreIdentity kOurs{Digest{{1}}, ReplicaId(2), Incarnation(1)};
constexpr std::uint64_t kSlots = 12, kCheckpoint = 8;

bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
bool never() { return false; }

// A store with slots 1 to kSlots and a checkpoint among them.
void fill(Disk& disk) {
  Store store = Store::open(disk, kOurs).value();
  BOOST_REQUIRE(store.claim().has_value());
  std::vector<Record> records{{Table::meta, to_bytes("checkpoint"), Writer().u64(kCheckpoint).take()},
                              {Table::journal, to_bytes("V"), to_bytes("view")}};
  for (std::uint64_t n = 1; n <= kSlots; ++n) {
    records.push_back({Table::archive, sequence_key(SequenceNumber(n)), to_bytes("slot " + std::to_string(n))});
  }
  BOOST_REQUIRE(store.commit(records).has_value());
}

std::vector<std::uint64_t> archived(const Store& store) {
  std::vector<std::uint64_t> slots;
  BOOST_REQUIRE(store.scan(Table::archive, {}, [&](ByteView key, ByteView) {
    slots.push_back(sequence_of_key(key).value().value);
    return true;
  }));
  return slots;
}

BOOST_AUTO_TEST_SUITE(store_guard)

BOOST_AUTO_TEST_CASE(a_sound_store_passes_and_none_is_no_fault) {
  Scratch scratch;
  BOOST_TEST(!check_apart(scratch.path() / "none", never).value().exists);
  BOOST_TEST(!check_apart(scratch.path(), never).value().exists);
  testing::write_to_file(scratch.path() / "data.mdb", {});
  BOOST_TEST(!check_apart(scratch.path(), never).value().exists);
  fill(*LmdbDisk::open(scratch.path(), OpenMode::read_write).value());
  const GuardVerdict verdict = check_apart(scratch.path(), never).value();
  BOOST_TEST(verdict.exists);
  BOOST_TEST(verdict.check.sound());
  BOOST_TEST(verdict.check.content.of(Table::archive).records == kSlots);
}

BOOST_AUTO_TEST_CASE(damage_is_a_verdict) {
  Scratch scratch;
  fill(*LmdbDisk::open(scratch.path(), OpenMode::read_write).value());
  Bytes file = testing::content_of_file(scratch.path() / "data.mdb");
  file[4096 + 20] ^= 1;
  testing::write_to_file(scratch.path() / "data.mdb", file);
  const GuardVerdict verdict = check_apart(scratch.path(), never).value();
  BOOST_TEST(!verdict.check.sound());
  BOOST_TEST(mentions(verdict.check.problems().front(), "page 1"), verdict.check.problems().front());
}

// The file shrinks under the reader, which the kernel answers with SIGBUS: as an unreadable sector would.
BOOST_AUTO_TEST_CASE(a_child_that_dies_is_damage_and_harms_nobody) {
  Scratch scratch;
  const auto file = scratch.path() / "data.mdb";
  {
    auto disk = LmdbDisk::open(scratch.path(), OpenMode::read_write).value();
    fill(*disk);
    Store store = Store::open(*disk, kOurs).value();
    for (int i = 0; i < 400; ++i) {
      const Record much{Table::leaves, Writer().ordered_u64(static_cast<std::uint64_t>(i)).take(), Bytes(200'000, 1)};
      BOOST_REQUIRE(store.commit({&much, 1}).has_value());
    }
  }
  std::uint64_t asked = 0;
  const auto verdict = check_apart(scratch.path(), [&] {
    if (asked++ == 0) std::filesystem::resize_file(file, 8192);
    return false;
  });
  BOOST_REQUIRE(verdict.has_value());
  BOOST_TEST(!verdict->check.sound());
}

BOOST_AUTO_TEST_CASE(a_store_in_use_is_not_read) {
  Scratch scratch;
  const auto disk = LmdbDisk::open(scratch.path(), OpenMode::read_write).value();
  const auto verdict = check_here(scratch.path());
  BOOST_REQUIRE(!verdict.has_value());
  BOOST_TEST(mentions(verdict.error().message, "is in use by another process"), verdict.error().message);
}

BOOST_AUTO_TEST_CASE(a_check_can_be_called_off) {
  Scratch scratch;
  fill(*LmdbDisk::open(scratch.path(), OpenMode::read_write).value());
  BOOST_TEST(!check_apart(scratch.path(), [] { return true; }).has_value());
}

// --- what may be given up

BOOST_DATA_TEST_CASE(damaged_slots_below_the_checkpoint_are_dropped, boost::unit_test::data::xrange(1, 13), slot) {
  MemoryDisk disk;
  fill(disk);
  const auto n = static_cast<std::uint64_t>(slot);
  BOOST_REQUIRE(disk.damage(Table::archive, sequence_key(SequenceNumber(n)), 18, 4));
  const ContentCheck check = check_content(disk).value();
  Store store = Store::open(disk, kOurs).value();
  const auto last = droppable_archive(check, checkpoint_of(store).value());
  BOOST_REQUIRE(last.has_value() == (n < kCheckpoint));
  if (!last) return;
  BOOST_REQUIRE(drop_archive(store, *last).has_value());
  BOOST_TEST(check_content(disk).value().sound());
  BOOST_TEST(archived(store).front() == n + 1);
  BOOST_TEST(archived(store).size() == kSlots - n);
  BOOST_TEST(Store::open(disk, kOurs).value().get(Table::journal, as_bytes("V")).value().has_value());
}

BOOST_AUTO_TEST_CASE(nothing_is_given_up_for_any_other_damage) {
  const auto judged = [](const std::function<void(MemoryDisk&)>& harm) {
    MemoryDisk disk;
    fill(disk);
    harm(disk);
    return droppable_archive(check_content(disk).value(), SequenceNumber(kCheckpoint));
  };
  const Bytes first = sequence_key(SequenceNumber(1)), second = sequence_key(SequenceNumber(2));
  const auto harm_first = [&](MemoryDisk& disk) { BOOST_REQUIRE(disk.damage(Table::archive, first, 18, 4)); };
  BOOST_TEST(judged(harm_first).has_value());
  BOOST_TEST(!judged([](MemoryDisk&) {}).has_value());
  // A promise may have gone with it.
  BOOST_TEST(!judged([&](MemoryDisk& disk) {
                harm_first(disk);
                BOOST_REQUIRE(disk.damage(Table::journal, as_bytes("V"), 18, 4));
              }).has_value());
  BOOST_TEST(!judged([&](MemoryDisk& disk) {
                harm_first(disk);
                disk.lose(Table::journal, as_bytes("V"));
              }).has_value());
  BOOST_TEST(!judged([&](MemoryDisk& disk) {
                harm_first(disk);
                disk.lose(Table::archive, second);
              }).has_value());
  BOOST_TEST(!judged([&](MemoryDisk& disk) {
                harm_first(disk);
                BOOST_REQUIRE(disk.damage(Table::meta, as_bytes("head"), 18, 4));
              }).has_value());
  // Its stored checksum is what is damaged: then the head cannot vouch for the rest of the table.
  BOOST_TEST(!judged([&](MemoryDisk& disk) { BOOST_REQUIRE(disk.damage(Table::archive, first, 3, 4)); }).has_value());
}

BOOST_AUTO_TEST_CASE(many_slots_are_dropped_in_several_transactions) {
  MemoryDisk disk;
  fill(disk);
  Store store = Store::open(disk, kOurs).value();
  std::vector<Record> records;
  for (std::uint64_t n = kSlots + 1; n <= 2500; ++n) {
    records.push_back({Table::archive, sequence_key(SequenceNumber(n)), to_bytes("slot")});
  }
  BOOST_REQUIRE(store.commit(records).has_value());
  const std::uint64_t before = store.head().transactions;
  BOOST_REQUIRE(drop_archive(store, SequenceNumber(2400)).has_value());
  BOOST_TEST(archived(store).front() == 2401u);
  BOOST_TEST(store.head().transactions == before + 3);
  BOOST_TEST(check_content(disk).value().sound());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater
