// One checkpoint: what its state costs to encode and hash, and its transaction, on the disk that holds the temporary
// directory. A replica does nothing else meanwhile.
#include <benchmark/benchmark.h>
#include <time.h>

#include "bench/micro/scratch.hpp"
#include "bench/workload.hpp"
#include "booking/booking_machine.hpp"
#include "crypto/batch.hpp"
#include "replica/application.hpp"
#include "replication/assert.hpp"
#include "store/lmdb_disk.hpp"
#include "store/store.hpp"

namespace breakwater::bench {
namespace {

constexpr std::uint32_t kClients = 4, kBundle = 64, kRequestsPerSlot = 14, kInterval = 128;
constexpr std::uint32_t kCommands = kBundle * kRequestsPerSlot * kInterval;  // between two checkpoints: 114,688

double cpu_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

// A replica's state and store without an engine.
class Keeper {
 public:
  Keeper() : roster_(roster()), application_(machine_, roster_, {}) {
    disk_ = std::move(LmdbDisk::open(scratch_.path(), OpenMode::read_write).value());
    store_.emplace(Store::open(*disk_, {Digest{}, ReplicaId(0), Incarnation(0)}).value());
    BW_ASSERT(store_->claim());
  }

  // In requests of a bundle each, of the clients in turn; by the operator alone for what is his.
  void execute(const std::vector<Bytes>& commands, bool as_operator = false) {
    std::vector<RequestPtr> requests;
    const auto order = [&] {
      const BatchPtr batch = make_batch(AgreedTime(slots_ + 1), std::exchange(requests, {}));
      const double begun = cpu_ms();
      application_.apply({SequenceNumber(++slots_), ViewNumber(0), batch, false});
      apply_ms += cpu_ms() - begun;
    };
    for (std::size_t i = 0; i < commands.size(); i += kBundle) {
      const auto end = commands.begin() + static_cast<std::ptrdiff_t>(std::min(commands.size(), i + kBundle));
      const std::vector<Bytes> bundle(commands.begin() + static_cast<std::ptrdiff_t>(i), end);
      const ClientId client(as_operator ? kClients : static_cast<std::uint32_t>(numbers_ % kClients));
      requests.push_back(std::make_shared<const Request>(
          make_request(client, RequestNumber(1 + numbers_++ / kClients), encode_commands(bundle), {})));
      if (requests.size() == kRequestsPerSlot) order();
    }
    if (!requests.empty()) order();
  }

  void checkpoint() {
    const double begun = cpu_ms();
    std::vector<Record> records = application_.take_unsaved();
    const Digest root = application_.root();
    benchmark::DoNotOptimize(StateNodes(application_.nodes()));
    const double hashed = cpu_ms();
    const Bytes bytes(root.bytes.begin(), root.bytes.end());
    records.push_back(sealed({Table::roots, sequence_key(SequenceNumber(slots_)), bytes}));
    BW_ASSERT(store_->commit_sealed(records));
    state_ms += hashed - begun;
    transaction_ms += cpu_ms() - hashed;
    leaves += records.size() - 1;
  }

  // Sums, of processor time.
  double apply_ms = 0, state_ms = 0, transaction_ms = 0;
  std::size_t leaves = 0;

 private:
  static Roster roster() {
    Roster made;
    for (std::uint32_t i = 0; i <= kClients; ++i) {
      made.add_client(ClientId(i), {PublicKey{}, i < kClients ? ClientRole::desk : ClientRole::operator_role});
    }
    return made;
  }

  Scratch scratch_;  // first: it outlives the disk in it
  Roster roster_;
  booking::BookingMachine machine_;
  Application application_;
  std::unique_ptr<LmdbDisk> disk_;
  std::optional<Store> store_;
  std::uint64_t slots_ = 0, numbers_ = 0;
};

template <class NextCommands>
void time_checkpoints(benchmark::State& state, Keeper& keeper, NextCommands next_commands) {
  keeper.execute(next_commands());
  keeper.checkpoint();
  keeper.apply_ms = keeper.state_ms = keeper.transaction_ms = 0;
  keeper.leaves = 0;
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    keeper.execute(next_commands());
    state.ResumeTiming();
    keeper.checkpoint();
  }
  const auto mean = [](double sum) { return benchmark::Counter(sum, benchmark::Counter::kAvgIterations); };
  state.counters["apply_ms"] = mean(keeper.apply_ms);
  state.counters["state_ms"] = mean(keeper.state_ms);
  state.counters["transaction_ms"] = mean(keeper.transaction_ms);
  state.counters["leaves"] = mean(static_cast<double>(keeper.leaves));
}

// As `breakwater bench` books: each suite is given back soon, and hardly a booking outlives a checkpoint.
void checkpoint_of_bookings_that_go(benchmark::State& state) {
  Keeper keeper;
  Workload workload(16, 1);
  keeper.execute({booking::encode(workload.preparation())}, true);
  time_checkpoints(state, keeper, [&] {
    std::vector<Bytes> commands;
    for (std::uint32_t i = 0; i < kCommands; ++i) {
      // A desk learns of a reservation when some requests more are under way.
      constexpr std::uint32_t kUnderWay = 1600;
      Workload::Issued issued = workload.next();
      commands.push_back(std::move(issued.command));
      if (issued.reserves && *issued.reserves > kUnderWay) workload.reserved(*issued.reserves - kUnderWay);
    }
    return commands;
  });
}
BENCHMARK(checkpoint_of_bookings_that_go)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(10);

// Each command makes a booking that stays: as many new leaves, in a store that grows.
void checkpoint_of_bookings_that_stay(benchmark::State& state) {
  constexpr std::uint32_t kRounds = 4, kVoyages = (1 + kRounds) * kCommands / booking::kMaxSuitesPerClass + 1;
  Keeper keeper;
  const auto voyage = [](std::uint32_t i) { return "V" + std::to_string(i); };
  std::vector<Bytes> voyages;
  for (std::uint32_t i = 0; i < kVoyages; ++i) {
    voyages.push_back(booking::encode(booking::Open{voyage(i), "A", booking::kMaxSuitesPerClass, {}}));
  }
  keeper.execute(voyages, true);
  std::uint32_t next = 0;
  time_checkpoints(state, keeper, [&] {
    std::vector<Bytes> commands;
    for (std::uint32_t i = 0; i < kCommands; ++i, ++next) {
      const std::string there = voyage(next / booking::kMaxSuitesPerClass);
      commands.push_back(booking::encode(booking::Reserve{{there, std::nullopt, "A"}, 1 + next, {}}));
    }
    return commands;
  });
}
BENCHMARK(checkpoint_of_bookings_that_stay)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(4);

}  // namespace
}  // namespace breakwater::bench
