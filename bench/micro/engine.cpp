// The engines' own work, per slot and over all replicas of a group: no signatures, no store, no network.
#include <benchmark/benchmark.h>

#include "bench/engine_group.hpp"

namespace breakwater::bench {
namespace {

void order(benchmark::State& state, sim::Engines engine, std::uint32_t replicas) {
  EngineGroup group(engine, replicas);
  const auto requests_per_slot = static_cast<std::uint32_t>(state.range(0));
  std::uint64_t slots = 0;
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    const auto requests = group.make_requests(requests_per_slot);
    state.ResumeTiming();
    group.order(requests);
    ++slots;
  }
  const EngineGroup::Spent& spent = group.spent();
  const auto per = [](std::uint64_t ns, std::uint64_t count) {
    return count == 0 ? 0.0 : static_cast<double>(ns) / static_cast<double>(count);
  };
  state.counters["step_ns"] = per(spent.step_ns, spent.steps);
  state.counters["take_ready_ns"] = per(spent.ready_ns, spent.readies);
  state.counters["steps_per_slot"] = per(spent.steps, slots);
}

void pbft_of_4(benchmark::State& state) { order(state, sim::Engines::pbft, 4); }
void pbft_of_10(benchmark::State& state) { order(state, sim::Engines::pbft, 10); }
void raft_of_3(benchmark::State& state) { order(state, sim::Engines::raft, 3); }
BENCHMARK(pbft_of_4)->Arg(1)->Arg(16)->Arg(64)->Unit(benchmark::kMicrosecond);
BENCHMARK(pbft_of_10)->Arg(16)->Unit(benchmark::kMicrosecond);
BENCHMARK(raft_of_3)->Arg(1)->Arg(16)->Arg(64)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace breakwater::bench
