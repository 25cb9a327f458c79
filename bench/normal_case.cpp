#include "bench/normal_case.hpp"

#include "replication/assert.hpp"
#include "sim/cluster.hpp"

namespace breakwater::bench {

namespace {
constexpr std::uint64_t kPatienceMs = 60'000;  // of virtual time
}

void run(const NormalCase& normal) {
  sim::ClusterOptions options;
  options.engine = normal.engine;
  options.replicas = normal.replicas;
  options.checkpoint_interval = 128;
  options.log_window = 512;
  options.whole_rounds = true;
  sim::Cluster world(options);
  world.submit(0, booking::Open{"V", "A", normal.commands, {}});
  BW_ASSERT(world.run_until([&] { return world.all_answered(); }, kPatienceMs));
  std::uint32_t sent = 0, answered = 0;
  while (answered < normal.commands) {
    for (; sent < normal.commands && sent - answered < normal.outstanding; ++sent) {
      const std::uint32_t desk = 1 + sent % sim::Cluster::kDesks;
      world.submit(desk, booking::Reserve{{"V", std::nullopt, "A"}, 1 + sent});
    }
    const auto next_is_answered = [&] { return world.call(1 + answered).result.has_value(); };
    BW_ASSERT(world.run_until(next_is_answered, kPatienceMs));
    BW_ASSERT(world.call(1 + answered).result->accepted);
    ++answered;
  }
}

}  // namespace breakwater::bench
