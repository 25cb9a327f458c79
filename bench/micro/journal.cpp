// One transaction of the journal, sealed and synced, on the disk that holds the temporary directory.
#include <benchmark/benchmark.h>

#include "bench/micro/scratch.hpp"
#include "replication/assert.hpp"
#include "store/lmdb_disk.hpp"
#include "store/memory_disk.hpp"
#include "store/store.hpp"

namespace breakwater::bench {
namespace {

// As many records as the argument says, of a vote's size, appended; the older ones go, as behind a checkpoint.
void append(benchmark::State& state, Disk& disk) {
  Store store = Store::open(disk, {Digest{}, ReplicaId(0), Incarnation(0)}).value();
  BW_ASSERT(store.claim());
  const auto count = static_cast<std::uint64_t>(state.range(0));
  std::uint64_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    std::vector<Record> records;
    for (std::uint64_t i = 0; i < count; ++i, ++next) {
      records.push_back({Table::journal, Writer().u8('j').ordered_u64(next).take(), Bytes(200, 1)});
      if (next >= 512)
        records.push_back({Table::journal, Writer().u8('j').ordered_u64(next - 512).take(), std::nullopt});
    }
    BW_ASSERT(store.commit(records));
  }
}

void journal_in_memory(benchmark::State& state) {
  MemoryDisk disk;
  append(state, disk);
}
BENCHMARK(journal_in_memory)->Arg(3)->Arg(16);

void journal_on_disk(benchmark::State& state) {
  const Scratch scratch;
  auto disk = LmdbDisk::open(scratch.path(), OpenMode::read_write);
  BW_ASSERT(disk);
  append(state, **disk);
}
BENCHMARK(journal_on_disk)->Arg(3)->Arg(16)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace breakwater::bench
