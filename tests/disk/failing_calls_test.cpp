// The k-th call to the disk fails, for every k of a replica's life. CI takes some; all of them:
//   BREAKWATER_EVERY_K=1 build/release/tests/test_disk --run_test=failing_calls
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cerrno>

#include "replication/random.hpp"
#include "tests/disk/calls.hpp"
#include "tests/disk/history.hpp"

namespace breakwater::disk_tests {
namespace {

using Kind = DiskCall::Kind;

// What came of one life with one failure in it.
struct Life {
  std::size_t calls = 0;
  std::optional<Kind> failed;  // which call
  bool at_opening = false, paused = false, stopped = false;
};

std::unique_ptr<LmdbDisk> open_sound(const Scratch& scratch) {
  auto disk = LmdbDisk::open(scratch.store(), OpenMode::read_write);
  BOOST_REQUIRE_MESSAGE(disk.has_value(), (disk ? "" : disk.error().message));
  return std::move(*disk);
}

Life live(Scratch& scratch, std::size_t k, int error) {
  const History& all = history();
  scratch.clear();
  Life life;
  on_disk_call = [&](const DiskCall& call) {
    if (life.calls++ != k) return 0;
    life.failed = call.kind;
    return error;
  };
  auto opened = LmdbDisk::open(scratch.store(), OpenMode::read_write);
  life.at_opening = !opened;
  std::unique_ptr<LmdbDisk> disk = opened ? std::move(*opened) : open_sound(scratch);
  for (std::size_t i = 0; i < all.transactions.size();) {
    const auto done = disk->commit(all.transactions[i]);
    if (done) {
      ++i;
      continue;
    }
    if (done.error().no_room) {
      life.paused = true;
      BOOST_TEST((content_of(*disk) == all.contents[i]));  // nothing has changed; the same again
      continue;
    }
    life.stopped = true;
    BOOST_TEST(!disk->commit({}).has_value());  // nothing may be written after it
    disk = nullptr;
    BOOST_TEST(std::filesystem::exists(doubt_mark(scratch.store())));
    disk = open_sound(scratch);
    BOOST_TEST(disk->salvaged().has_value());
    BOOST_TEST(!std::filesystem::exists(doubt_mark(scratch.store())));
    const Digest left = content_of(*disk);
    BOOST_TEST((left == all.contents[i] || left == all.contents[i + 1]));
    i += left == all.contents[i + 1];
  }
  BOOST_TEST((content_of(*disk) == all.contents.back()));
  disk = nullptr;
  disk = open_sound(scratch);
  BOOST_TEST((content_of(*disk) == all.contents.back()));
  life.stopped |=
      disk->salvaged().has_value();  // the sync at opening failed: a write of the process before it was lost
  on_disk_call = nullptr;
  return life;
}

BOOST_AUTO_TEST_SUITE(failing_calls)

BOOST_DATA_TEST_CASE(hazard_23_io_error_at_every_call, boost::unit_test::data::make({EIO, EROFS}), error) {
  Scratch scratch;
  const std::size_t calls = live(scratch, SIZE_MAX, 0).calls;
  BOOST_REQUIRE(calls > 2 * history().transactions.size());
  std::size_t stopped = 0;
  for (std::size_t k = 0; k < calls; k += stride(error == EIO ? 29 : 131)) {
    const Life life = live(scratch, k, error);
    BOOST_TEST(life.failed.has_value());
    BOOST_TEST(!life.paused);
    BOOST_TEST((life.stopped || life.at_opening));
    stopped += life.stopped;
  }
  BOOST_TEST_MESSAGE(calls << " calls, " << stopped << " lives stopped and salvaged");
  BOOST_TEST(stopped > 0u);
}

// Where space is taken ahead, a full disk shows as no room, or not at all. A full disk that shows in a write or a sync
// of LMDB's own is a failure like any other.
BOOST_DATA_TEST_CASE(hazard_25_no_space_at_every_call, boost::unit_test::data::make({ENOSPC, EDQUOT}), error) {
  Scratch scratch;
  const std::size_t calls = live(scratch, SIZE_MAX, 0).calls;
  std::size_t paused = 0, stopped = 0;
  for (std::size_t k = 0; k < calls; k += stride(error == ENOSPC ? 29 : 131)) {
    const Life life = live(scratch, k, error);
    BOOST_REQUIRE(life.failed.has_value());
    paused += life.paused;
    stopped += life.stopped;
    if (*life.failed == Kind::allocate) BOOST_TEST(!life.stopped);
    BOOST_TEST(!(life.paused && life.stopped));
  }
  BOOST_TEST_MESSAGE(calls << " calls, " << paused << " lives paused, " << stopped << " stopped");
}

// However large a transaction is: no write of LMDB's extends the file.
BOOST_AUTO_TEST_CASE(space_is_taken_before_it_is_needed) {
  Scratch scratch;
  const std::unique_ptr<LmdbDisk> disk = open_sound(scratch);
  std::uint64_t end = std::filesystem::file_size(scratch.store() / "data.mdb"), beyond = 0, writes = 0;
  on_disk_call = [&](const DiskCall& call) {
    if (call.kind == Kind::allocate) end = call.offset + call.length;
    if (call.kind == Kind::write) beyond += call.offset + call.data.size() > end, ++writes;
    return 0;
  };
  Random random(1);
  for (const std::size_t most_bytes : {std::size_t{30}, std::size_t{300}, std::size_t{2'500}, std::size_t{60'000}}) {
    for (const std::size_t count : {std::size_t{1}, std::size_t{50}, std::size_t{2'000}}) {
      for (int times = 0; times < 3; ++times) {
        std::vector<Record> records;
        for (std::size_t i = 0; i < count; ++i) {
          const auto table = random.percent(50) ? Table::leaves : Table::archive;
          const Bytes key = Writer().u32(static_cast<std::uint32_t>(random.below(20'000))).take();
          if (random.percent(25)) records.push_back({table, key, std::nullopt});
          else records.push_back({table, key, Bytes(random.below(most_bytes), 1)});
        }
        BOOST_REQUIRE(disk->commit(records).has_value());
      }
    }
  }
  on_disk_call = nullptr;
  BOOST_TEST(writes > 100u);
  BOOST_TEST(beyond == 0u);
}

// From some moment on nothing can be allocated: the replica works on with what was taken ahead, then pauses, and no
// call of LMDB's ever goes beyond the file. When there is room again it goes on.
BOOST_AUTO_TEST_CASE(hazard_25_a_disk_that_stays_full_never_fails_a_write) {
  Scratch scratch;
  const std::unique_ptr<LmdbDisk> disk = open_sound(scratch);
  std::uint64_t end = std::filesystem::file_size(scratch.store() / "data.mdb");
  bool full = true;
  on_disk_call = [&](const DiskCall& call) {
    if (call.kind == Kind::allocate) {
      if (full) return ENOSPC;
      end = call.offset + call.length;
    }
    if (call.kind == Kind::write) BOOST_TEST(call.offset + call.data.size() <= end);
    return 0;
  };
  std::uint32_t next = 0;
  const auto some = [&] {
    std::vector<Record> records;
    for (int i = 0; i < 40; ++i, ++next) {
      const std::uint32_t scattered = next * 2654435761u;
      records.push_back({Table::archive, Writer().u32(scattered).take(), Bytes(scattered % 9000, 1)});
      if (next % 3 == 0) records.push_back({Table::archive, Writer().u32(scattered / 2).take(), std::nullopt});
    }
    return records;
  };
  for (int times = 0; times < 3; ++times) {
    full = true;
    std::vector<Record> pending = some();
    std::expected<void, StoreError> done;
    int went_on = 0;
    for (; (done = disk->commit(pending)); ++went_on) pending = some();
    BOOST_REQUIRE_MESSAGE(done.error().no_room, done.error().message);
    BOOST_TEST(done.error().message.find("full") != std::string::npos, done.error().message);
    BOOST_TEST(went_on > 0);
    const Digest before = content_of(*disk);
    for (int i = 0; i < 5; ++i) BOOST_TEST(!disk->commit(pending).has_value());
    BOOST_TEST((content_of(*disk) == before));
    full = false;
    BOOST_TEST(disk->commit(pending).has_value());
  }
  on_disk_call = nullptr;
}

// A full map at its greatest size is the same.
BOOST_AUTO_TEST_CASE(hazard_25_a_store_at_its_greatest_size_finds_no_room) {
  Scratch scratch;
  {
    auto disk = LmdbDisk::open(scratch.store(), OpenMode::read_write,
                               {.initial_map_bytes = std::size_t{1} << 20, .max_map_bytes = std::size_t{4} << 20});
    BOOST_REQUIRE(disk.has_value());
    std::uint32_t next = 0;
    std::expected<void, StoreError> done;
    std::vector<Record> pending;
    do {
      pending = {{Table::archive, Writer().u32(next++).take(), Bytes(20'000, 1)}};
      done = (*disk)->commit(pending);
    } while (done);
    BOOST_TEST(done.error().no_room);
    BOOST_TEST(done.error().message.find("4 MiB") != std::string::npos, done.error().message);
    BOOST_TEST(next > 150u);  // it grew to nearly that
    BOOST_TEST(!(*disk)->commit(pending).has_value());
  }
  // A greater one opens it as it is.
  BOOST_TEST(open_sound(scratch)->commit(history().transactions[0]).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::disk_tests
