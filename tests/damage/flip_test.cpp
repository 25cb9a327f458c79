// Every byte of a replica's store, flipped one at a time: nothing comes of it, or it is repaired, or the replica does
// not start. A sample in CI; all of them by hand:
//   build/release/tests/test_damage -- --all [--seed S] [--jobs N]
#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <random>

#include "store/lmdb_check.hpp"
#include "tests/damage/file_map.hpp"
#include "tests/damage/flips.hpp"
#include "tests/integration/harbor_rig.hpp"
#include "tests/support/scratch.hpp"

namespace breakwater::damage {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kWanted = std::size_t{1} << 20;  // reached in small steps: the whole file takes hours
constexpr int kReplica = 1;

struct Arguments {
  bool all = false;
  std::uint64_t seed = 1;
  std::uint32_t jobs = 2;
  std::size_t flips = 400;  // when not all
};

Arguments arguments() {
  const auto& suite = boost::unit_test::framework::master_test_suite();
  Arguments out;
  for (int i = 1; i < suite.argc; ++i) {
    const std::string word = suite.argv[i];
    const auto number = [&] { return i + 1 < suite.argc ? std::stoull(suite.argv[++i]) : 0; };
    if (word == "--all") out.all = true;
    else if (word == "--seed") out.seed = number();
    else if (word == "--jobs") out.jobs = static_cast<std::uint32_t>(number());
    else if (word == "--flips") out.flips = number();
    else BOOST_FAIL("unknown argument " + word);
  }
  return out;
}

// A directory in memory where there is one: its syncs cost nothing.
class FastScratch {
 public:
  FastScratch() {
    const bool in_memory = std::filesystem::exists("/dev/shm");
    std::string name = std::string(in_memory ? "/dev/shm" : "/tmp") + "/breakwater-flips-XXXXXX";
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~FastScratch() { std::filesystem::remove_all(path); }
  FastScratch(const FastScratch&) = delete;
  FastScratch& operator=(const FastScratch&) = delete;
  std::filesystem::path path;
};

// The store of a replica of a real group, after enough bookings, and stopped. What lies beyond LMDB's last page is cut
// off: it is zeros, and nobody reads it.
Bytes store_of(const testing::HarborRig& rig) {
  rig.start();
  const auto file = rig.replica_dir(kReplica) / "store" / "data.mdb";
  Bytes content;
  for (int round = 0; round < 60 && content.size() < kWanted; ++round) {
    const int commands = round == 0 ? 100 : 60;
    const auto replay = rig.run({"replay", rig.trace(40 + round, commands).string(), "--desks", "8", "--json"});
    BOOST_REQUIRE_MESSAGE(replay.exit_code == 0, replay);
    rig.stop();
    content = breakwater::testing::content_of_file(file);
    const FileCheck check = check_file(content);
    BOOST_REQUIRE_MESSAGE(check.sound(), check.problems().front());
    content.resize(check.pages * kPage);
    if (content.size() < kWanted) rig.start();
  }
  BOOST_REQUIRE(content.size() >= kWanted);
  return content;
}

// Both meta pages' fields, the headers of pages, and others anywhere, most of them where something is stored: nine
// tenths of such a file are free pages. Each once, in order.
std::vector<std::size_t> sample(const Bytes& file, const std::vector<Area>& areas, const Arguments& a) {
  std::mt19937_64 random(a.seed);
  std::set<std::size_t> chosen;
  for (const std::size_t page : {std::size_t{0}, std::size_t{1}}) {
    for (std::size_t byte = 0; byte < 152; byte += 2) chosen.insert(page * kPage + byte + random() % 2);
  }
  for (int i = 0; i < 60; ++i) chosen.insert(random() % (file.size() / kPage) * kPage + random() % 24);
  while (chosen.size() < a.flips) {
    const std::size_t offset = random() % file.size();
    if (areas[offset] != Area::free_page || random() % 32 == 0) chosen.insert(offset);
  }
  return {chosen.begin(), chosen.end()};
}

using Table = std::array<std::array<std::uint64_t, kVerdicts>, kAreas>;

void print(const Table& table) {
  std::printf("%-22s %10s %10s %10s %10s %6s %6s\n", "area", "flips", "no effect", "repaired", "clean stop", "died",
              "wrong");
  std::array<std::uint64_t, kVerdicts> sums{};
  const auto row = [](std::string_view name, const std::array<std::uint64_t, kVerdicts>& counts) {
    std::uint64_t all = 0;
    for (const std::uint64_t n : counts) all += n;
    std::printf("%-22s %10lu %10lu %10lu %10lu %6lu %6lu\n", std::string(name).c_str(), all, counts[1], counts[2],
                counts[3], counts[4], counts[5]);
  };
  for (std::size_t area = 0; area < kAreas; ++area) {
    row(name_of(static_cast<Area>(area)), table[area]);
    for (std::size_t v = 0; v < kVerdicts; ++v) sums[v] += table[area][v];
  }
  row("all", sums);
}

BOOST_AUTO_TEST_SUITE(damage)

BOOST_AUTO_TEST_CASE(a_flipped_byte_is_without_effect_or_repaired_or_a_clean_stop) {
  const Arguments a = arguments();
  const testing::HarborRig rig;
  const Bytes file = store_of(rig);
  const std::vector<Area> areas = map_of(file);
  std::vector<std::size_t> offsets;
  if (a.all) {
    for (std::size_t i = 0; i < file.size(); ++i) offsets.push_back(i);
  } else {
    offsets = sample(file, areas, a);
  }
  std::printf("a store of %zu bytes; %zu flips, seed %lu\n", file.size(), offsets.size(), a.seed);
  std::fflush(stdout);
  const FastScratch scratch;
  const auto from = std::chrono::steady_clock::now();
  const Flips flips = flip_each(rig.dir(), ReplicaId(kReplica), scratch.path, file, offsets, a.seed, a.jobs);
  Table table{};
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    ++table[static_cast<std::size_t>(areas[offsets[i]])][static_cast<std::size_t>(flips.verdicts[i])];
    BOOST_CHECK(flips.verdicts[i] != Verdict::untried);
    if (flips.verdicts[i] == Verdict::wrong) {
      BOOST_ERROR("wrong, in " << name_of(areas[offsets[i]]) << ", offset " << offsets[i]);
    }
  }
  for (const std::string& complaint : flips.complaints) BOOST_ERROR(complaint);
  print(table);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - from;
  std::printf("%.0f s\n", took.count());
  // The sample reaches each outcome; what must be found is.
  const auto of = [&](Area area, Verdict v) {
    return table[static_cast<std::size_t>(area)][static_cast<std::size_t>(v)];
  };
  BOOST_TEST(of(Area::value, Verdict::clean_stop) > 0u);
  BOOST_TEST(of(Area::value, Verdict::repaired) + of(Area::overflow_value, Verdict::repaired) > 0u);
  BOOST_TEST(of(Area::meta_page, Verdict::clean_stop) > 0u);
  // Not so of keys: one that only separates two pages of a tree may become another that does, too.
  for (const Area area : {Area::value, Area::overflow_value}) BOOST_TEST(of(area, Verdict::no_effect) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::damage
