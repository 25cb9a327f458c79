// What applying a command and saving a checkpoint cost: the Merkle tree, the session table, the booking machine.
#include <benchmark/benchmark.h>

#include "booking/booking_machine.hpp"
#include "crypto/merkle.hpp"
#include "replication/assert.hpp"
#include "replication/sessions.hpp"

namespace breakwater::bench {
namespace {

Bytes key_of(std::uint64_t i) { return Writer().text("leaf").u64(i).take(); }

// A tree of that many leaves, of which 128 change between two roots.
void merkle_update(benchmark::State& state) {
  const auto leaves = static_cast<std::uint64_t>(state.range(0));
  BW_ASSERT(leaves > 0);
  StateTree tree;
  for (std::uint64_t i = 0; i < leaves; ++i) tree.put(key_of(i), key_of(i));
  tree.root();
  std::uint64_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    for (int i = 0; i < 128; ++i, ++next) tree.put(key_of(next * 7919 % leaves), key_of(next));
    benchmark::DoNotOptimize(tree.root());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 128);
}
BENCHMARK(merkle_update)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMicrosecond);

void merkle_tree_of_a_slot(benchmark::State& state) {
  const std::vector<Digest> leaves(static_cast<std::size_t>(state.range(0)), state_leaf(key_of(1), key_of(2)));
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(MerkleTree(leaves).root());
}
BENCHMARK(merkle_tree_of_a_slot)->Arg(16)->Arg(64);

// A retry's way: is it known, and what was the answer?
void session_lookup(benchmark::State& state) {
  SessionTable sessions;
  const auto clients = static_cast<std::uint32_t>(state.range(0));
  for (std::uint32_t c = 0; c < clients; ++c) {
    for (std::uint64_t n = 1; n <= 64; ++n) {
      sessions.remember(ClientId(c), RequestNumber(n), {{}, SequenceNumber(n), {Bytes(32)}});
    }
  }
  std::uint64_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    ++next;
    const ClientId client(static_cast<std::uint32_t>(next * 7919 % clients));
    benchmark::DoNotOptimize(sessions.find(client, RequestNumber(1 + next % 64)));
    benchmark::DoNotOptimize(sessions.judge(client, RequestNumber(65 + next % 64), {}));
  }
}
BENCHMARK(session_lookup)->Arg(64)->Arg(1024);

void session_remember(benchmark::State& state) {
  SessionTable sessions;
  std::uint64_t next = 0;
  for ([[maybe_unused]] auto _ : state) {
    ++next;
    sessions.remember(ClientId(static_cast<std::uint32_t>(next % 64)), RequestNumber(1 + next / 64),
                      {{}, SequenceNumber(next), {Bytes(32)}});
  }
}
BENCHMARK(session_remember);

// A suite is reserved, and given back.
void reserve_and_cancel(benchmark::State& state) {
  booking::BookingMachine machine;
  const CommandContext operator_context{ClientId(0), ClientRole::operator_role, AgreedTime(1)};
  const CommandContext desk{ClientId(1), ClientRole::desk, AgreedTime(2)};
  machine.apply(booking::encode(booking::Open{"V", "A", 1000, {}}), operator_context);
  const Bytes reserve = booking::encode(booking::Reserve{{"V", std::nullopt, "A"}, 7});
  const Bytes cancel = booking::encode(booking::Cancel{7});
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(machine.apply(reserve, desk));
    benchmark::DoNotOptimize(machine.apply(cancel, desk));
    benchmark::DoNotOptimize(machine.take_changed());
  }
}
BENCHMARK(reserve_and_cancel);

}  // namespace
}  // namespace breakwater::bench
