// Frames between replicas: what one message costs to encode and to decode.
#include <benchmark/benchmark.h>

#include "bench/micro/samples.hpp"
#include "net/codec.hpp"
#include "replication/assert.hpp"

namespace breakwater::bench {
namespace {

void encode_pre_prepare(benchmark::State& state) {
  const auto message = pre_prepare_of(static_cast<std::uint32_t>(state.range(0)));
  std::size_t bytes = 0;
  for ([[maybe_unused]] auto _ : state) bytes += encode_frame(*message).size();
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(encode_pre_prepare)->Arg(1)->Arg(16)->Arg(64);

void decode_pre_prepare(benchmark::State& state) {
  const Bytes frame = encode_frame(*pre_prepare_of(static_cast<std::uint32_t>(state.range(0))));
  for ([[maybe_unused]] auto _ : state) {
    auto message = decode_pbft_frame(frame);
    BW_ASSERT(message);
    benchmark::DoNotOptimize(message);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(frame.size()));
}
BENCHMARK(decode_pre_prepare)->Arg(1)->Arg(16)->Arg(64);

void encode_commit(benchmark::State& state) {
  const auto message = commit();
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(encode_frame(*message));
}
BENCHMARK(encode_commit);

void decode_commit(benchmark::State& state) {
  const Bytes frame = encode_frame(*commit());
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(decode_pbft_frame(frame));
}
BENCHMARK(decode_commit);

}  // namespace
}  // namespace breakwater::bench
