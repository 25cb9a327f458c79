#include "tests/disk/history.hpp"

#include <stdlib.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "crypto/digest.hpp"
#include "sim/run.hpp"
#include "store/memory_disk.hpp"

namespace breakwater::disk_tests {

namespace {

constexpr std::uint64_t kScriptMs = 8'000;

sim::Plan script() {
  sim::Plan plan;
  plan.faults_end_ms = kScriptMs;
  plan.options.view_change_timeout_ticks = 50;
  plan.commands.push_back({0, 0, booking::Open{"V", "A", 200, {}}});
  for (std::uint64_t i = 1; i < 200; ++i) {
    const auto desk = static_cast<std::uint32_t>(1 + i % sim::Cluster::kDesks);
    plan.commands.push_back({i * 35, desk, booking::Reserve{{"V", std::nullopt, "A"}, i}});
  }
  // The first primary is away until there is a view change, and until it must fetch the state.
  plan.faults.push_back({2'000, sim::FaultKind::isolate, 0, 0, 0});
  plan.faults.push_back({6'500, sim::FaultKind::heal, 0, 0, 0});
  return plan;
}

History make_history() {
  History made;
  const sim::Outcome outcome = sim::run(script(), [&](sim::Cluster& world) {
    world.on_commit = [&](std::uint32_t replica, std::span<const Record> records) {
      if (replica == 0) made.transactions.emplace_back(records.begin(), records.end());
    };
  });
  BOOST_REQUIRE(!outcome.violation);
  BOOST_REQUIRE(outcome.highest_view > 0);
  const auto installs = [](const std::vector<Record>& records) {
    return std::ranges::find(records, Table::staging, &Record::table) != records.end();
  };
  BOOST_REQUIRE(std::ranges::any_of(made.transactions, installs));
  MemoryDisk model;
  made.contents.push_back(content_of(model));
  for (const std::vector<Record>& transaction : made.transactions) {
    BOOST_REQUIRE(model.commit(transaction).has_value());
    made.contents.push_back(content_of(model));
  }
  return made;
}

}  // namespace

const History& history() {
  static const History made = make_history();
  return made;
}

Digest content_of(const Disk& disk) {
  Writer all;
  for (std::size_t t = 0; t < kTableCount; ++t) {
    const auto done = disk.scan(static_cast<Table>(t), {}, [&](ByteView key, ByteView value) {
      all.u8(static_cast<std::uint8_t>(t)).u32(static_cast<std::uint32_t>(key.size())).raw(key);
      all.u32(static_cast<std::uint32_t>(value.size())).raw(value);
      return true;
    });
    if (!done) throw std::runtime_error(done.error().message);
  }
  return hash("the content of a disk", all.bytes());
}

Scratch::Scratch() {
  std::error_code none;
  const std::filesystem::path memory = "/dev/shm";
  const bool fast = std::filesystem::exists(memory, none) && ::access(memory.c_str(), W_OK) == 0;
  std::string name = ((fast ? memory : std::filesystem::temp_directory_path()) / "breakwater-disk-XXXXXX").string();
  BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

void Scratch::clear() {
  remove();
  std::filesystem::create_directory(path_);
}

std::size_t stride(std::size_t in_ci) {
  const char* chosen = std::getenv("BREAKWATER_EVERY_K");
  return chosen == nullptr ? in_ci : std::max<std::size_t>(1, std::strtoull(chosen, nullptr, 10));
}

}  // namespace breakwater::disk_tests
