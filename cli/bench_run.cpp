#include "cli/bench_run.hpp"

#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>

#include "cli/bench_harbor.hpp"
#include "cli/bench_load.hpp"
#include "cli/cpu_times.hpp"
#include "cli/live_group.hpp"
#include "cli/temporary_directory.hpp"

namespace breakwater::cli {

namespace {

using Clock = Client::Clock;

constexpr auto kReportPatience = std::chrono::seconds(2);  // for the last window's reports, the load going on

// What is read at one moment, between two windows.
struct Boundary {
  CpuTime replicas, client;
  MachineTime machine;
  std::size_t question = 0;  // to the replicas; answered a little later
};

Boundary look(const LiveGroup& group, BenchWatch& watch) {
  Boundary boundary;
  boundary.question = watch.ask();
  for (const auto& [id, pid] : group.processes()) boundary.replicas += cpu_time_of(pid);
  boundary.client = cpu_time_of(::getpid());
  boundary.machine = machine_time();
  return boundary;
}

std::uint64_t counter(const StatusReport& report, std::string_view name) {
  const auto found = std::ranges::find(report.counters, name, &std::pair<std::string, std::uint64_t>::first);
  return found == report.counters.end() ? 0 : found->second;
}

std::uint64_t counted(const StatusReport& before, const StatusReport& after, std::string_view name) {
  const std::uint64_t then = counter(before, name), now = counter(after, name);
  return now > then ? now - then : 0;
}

// What the replicas counted between two looks.
void add_reports(bench::Window& window, const BenchWatch::Reports& before, const BenchWatch::Reports& after,
                 std::size_t replicas) {
  window.silent_replicas = static_cast<std::uint32_t>(replicas - std::min(before.size(), after.size()));
  std::uint64_t least = UINT64_MAX, most = 0;
  for (const auto& [id, report] : after) {
    window.last_view = std::max(window.last_view, report.view.value);
    least = std::min(least, report.executed.value);
    most = std::max(most, report.executed.value);
    const auto earlier = before.find(id);
    if (earlier == before.end()) continue;
    const StatusReport& then = earlier->second;
    window.first_view = std::max(window.first_view, then.view.value);
    window.slots = std::max(window.slots, counted(then, report, "slots"));
    window.requests = std::max(window.requests, counted(then, report, "requests"));
    window.signatures += counted(then, report, "signatures_made");
    window.verifications += counted(then, report, "verifications_done");
    window.transactions += counted(then, report, "transactions");
    window.bytes_sent += counted(then, report, "bytes_out");
  }
  window.lag_slots = after.empty() ? 0 : most - least;
}

void add_times(bench::Window& window, const Boundary& before, const Boundary& after) {
  const CpuTime replicas = after.replicas - before.replicas, client = after.client - before.client;
  window.replica_cpu_us = replicas.all_us;
  window.replica_io_cpu_us = replicas.io_us;
  window.client_cpu_us = client.all_us;
  window.client_io_cpu_us = client.io_us;
  const auto all = static_cast<double>(after.machine.all - before.machine.all);
  if (all <= 0) return;
  window.idle_share = static_cast<double>(after.machine.idle - before.machine.idle) / all;
  window.stolen_share = static_cast<double>(after.machine.stolen - before.machine.stolen) / all;
  const double own = (replicas.all_us + client.all_us) / (1e6 * all / static_cast<double>(::sysconf(_SC_CLK_TCK)));
  window.others_share = std::max(0.0, 1 - window.idle_share - window.stolen_share - own);
}

// The load goes on from the warm-up until the last report is in, so that no window has a beginning or an end of it.
std::vector<bench::Window> measure(const LiveGroup& group, BenchLoad& load, const BenchTiming& timing) {
  BenchWatch watch(group.harbor());
  load.run_until(Clock::now() + timing.warm_up, watch);
  std::vector<bench::Window> windows;
  std::vector<Boundary> boundaries = {look(group, watch)};
  Clock::time_point end = Clock::now();
  load.take_window(end);
  for (std::uint32_t i = 0; i < timing.windows; ++i) {
    end += timing.window;
    load.run_until(end, watch);
    windows.push_back(load.take_window(Clock::now()));
    boundaries.push_back(look(group, watch));
  }
  const auto deadline = Clock::now() + kReportPatience;
  while (!watch.has_all(boundaries.back().question) && Clock::now() < deadline) {
    load.run_until(Clock::now() + std::chrono::milliseconds(10), watch);
  }
  for (std::size_t i = 0; i < windows.size(); ++i) {
    add_times(windows[i], boundaries[i], boundaries[i + 1]);
    add_reports(windows[i], watch.reports(boundaries[i].question), watch.reports(boundaries[i + 1].question),
                group.processes().size());
  }
  return windows;
}

}  // namespace

bool is_on_a_disk(const std::filesystem::path& dir) {
  struct statfs where{};
  return ::statfs(dir.c_str(), &where) == 0 && where.f_type != TMPFS_MAGIC && where.f_type != RAMFS_MAGIC;
}

bench::Measurement measure_rung(const bench::Rung& rung, const BenchTiming& timing, const std::filesystem::path& dir) {
  const Removed removed(dir);
  const Harbor harbor = make_bench_harbor(rung, {BenchLoad::clients_of(rung, timing.open_loop_per_s)}, dir);
  const ProtocolSettings& protocol = harbor.config.protocol;
  bench::ValidityLimits limits;
  limits.lag_slots = protocol.log_window;
  limits.open_loop = timing.open_loop_per_s.has_value();
  limits.is_synced = !rung.durable || is_on_a_disk(dir);
  bench::Measurement measured{rung, {}, {}, timing.open_loop_per_s.value_or(0), {}};
  measured.checkpoint_interval = static_cast<double>(protocol.checkpoint_interval);
  try {
    const LiveGroup group(harbor);
    BenchLoad load(harbor, rung, timing.open_loop_per_s);
    for (bench::Window& window : measure(group, load, timing)) {
      auto invalid = why_invalid(window, limits);
      measured.windows.push_back({std::move(window), std::move(invalid)});
    }
  } catch (const ExperimentFailed& failed) {
    if (was_interrupted()) throw;
    measured.failure = failed.what();
  }
  return measured;
}

}  // namespace breakwater::cli
