// A process does not grow with its store (store/mapped_pages.hpp).
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "store/lmdb_disk.hpp"
#include "tests/disk/history.hpp"

using namespace breakwater;

namespace {

// Of the store's file, as the kernel counts it for this process.
std::size_t mapped_kib(const std::filesystem::path& file) {
  std::ifstream maps("/proc/self/smaps");
  std::size_t sum = 0;
  bool is_it = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find(file.string()) != std::string::npos) is_it = true;
    if (!is_it || line.rfind("Rss:", 0) != 0) continue;
    sum += std::stoull(line.substr(4));
    is_it = false;
  }
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mapped_pages)

BOOST_AUTO_TEST_CASE(pages_that_were_read_are_let_go_of_and_read_again) {
  const disk_tests::Scratch scratch;
  auto disk = LmdbDisk::open(scratch.store(), OpenMode::read_write);
  BOOST_REQUIRE(disk.has_value());
  const auto value_of = [](std::uint8_t i) { return Bytes(std::size_t{1} << 20, i); };
  for (std::uint8_t i = 0; i < 80; ++i) {
    BOOST_REQUIRE((*disk)->commit(std::vector<Record>{{Table::archive, Bytes{i}, value_of(i)}}));
  }
  const auto read_all = [&] {
    std::uint8_t i = 0;
    const auto done = (*disk)->scan(Table::archive, {},
                                    [&](ByteView, ByteView value) { return std::ranges::equal(value, value_of(i++)); });
    return done.has_value() && i == 80;
  };
  BOOST_TEST(read_all());
  BOOST_TEST(mapped_kib(scratch.store() / "data.mdb") > 79u << 10);
  const auto frozen = (*disk)->freeze();
  for (std::uint32_t n = 0; n < 64; ++n) {
    BOOST_REQUIRE((*disk)->commit(std::vector<Record>{{Table::meta, Bytes{1}, Writer().u32(n).take()}}));
  }
  BOOST_TEST(mapped_kib(scratch.store() / "data.mdb") < 8u << 10);
  BOOST_TEST(read_all());
  std::size_t held = 0;
  BOOST_TEST((frozen && (*frozen)->scan(Table::archive, {}, [&](ByteView, ByteView v) { return held += v.size(); })));
  BOOST_TEST(held == std::size_t{80} << 20);
}

BOOST_AUTO_TEST_SUITE_END()
