// What a signature and a digest cost: most of what a signed group does.
#include <benchmark/benchmark.h>

#include "crypto/digest.hpp"
#include "crypto/keys.hpp"
#include "replication/assert.hpp"

namespace breakwater::bench {
namespace {

const SigningKey& key() {
  static const SigningKey made = SigningKey::from_seed(Seed{});
  return made;
}

void ed25519_sign(benchmark::State& state) {
  const Bytes statement(102, 7);
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(key().sign(statement));
}
BENCHMARK(ed25519_sign)->Unit(benchmark::kMicrosecond);

void ed25519_verify(benchmark::State& state) {
  const Bytes statement(102, 7);
  const Signature signature = key().sign(statement);
  const PublicKey public_key = key().public_key();
  for ([[maybe_unused]] auto _ : state) BW_ASSERT(ed25519_holds(public_key, statement, signature));
}
BENCHMARK(ed25519_verify)->Unit(benchmark::kMicrosecond)->ThreadRange(1, 2);

void blake2b(benchmark::State& state) {
  const Bytes bytes(static_cast<std::size_t>(state.range(0)), 7);
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(hash("bench", bytes));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}
BENCHMARK(blake2b)->Arg(128)->Arg(4096);

}  // namespace
}  // namespace breakwater::bench
