#include "cli/bench_attack_output.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>

#include "bench/figure.hpp"

namespace breakwater::cli {

namespace {

using bench::AttackReport;
using bench::AttackResult;
using bench::figure;
using bench::Timeline;

Json p99_json(const bench::Histogram& latency_us) {
  return latency_us.count() == 0 ? Json(nullptr) : Json(latency_us.percentile(0.99));
}

Json flood_json(const AttackResult& r) {
  if (!r.flood) return nullptr;
  return {{"requests_per_s", rounded(r.flood->requests_per_s)}, {"attacker_cpus", rounded(r.flood->cpus)}};
}

Json timeline_json(const AttackResult& r) {
  Json commands = Json::array();
  for (std::size_t i = 0; i < r.timeline.size(); ++i) commands.push_back(r.timeline.commands(i));
  const bench::Impact& impact = r.impact;
  return {{"bucket_ms", Timeline::kBucket.count()},
          {"commands", std::move(commands)},
          {"attack_at", r.attacked_at},
          {"fell_at", impact.fell_at ? Json(*impact.fell_at) : Json(nullptr)},
          {"back_at", impact.back_at ? Json(*impact.back_at) : Json(nullptr)}};
}

Json windows_json(const bench::Impact& impact) {
  Json windows = Json::array();
  for (const double throughput : impact.windows_per_s) windows.push_back(rounded(throughput));
  return windows;
}

Json attack_json(const AttackReport& report, const AttackResult& r) {
  const bench::FaultFree& f = report.fault_free;
  Json json = {{"name", r.attack.name},
               {"attacker", r.attack.is_clients() ? "client" : "primary"},
               {"strategy", r.strategy.empty() ? Json(nullptr) : Json(r.strategy)},
               {"group", report.rung.name(report.open_loop_per_s)},
               {"failure", r.failure ? Json(*r.failure) : Json(nullptr)},
               {"fault_free",
                {{"throughput_per_s", rounded(f.throughput_per_s)},
                 {"p99_us", f.p99_us},
                 {"replica_cpus", rounded(f.replica_cpus)},
                 {"machine_others_share", rounded(f.others_share)}}}};
  if (r.failure) return json;
  const bench::Impact& impact = r.impact;
  const auto recovery = impact.recovery();
  json.update({{"before_throughput_per_s", r.before_per_s > 0 ? rounded(r.before_per_s) : Json(nullptr)},
               {"throughput_per_s", rounded(impact.throughput_per_s)},
               {"p99_us", p99_json(impact.latency_us)},
               {"fell_below_half", impact.fell_at.has_value()},
               {"recovered", impact.is_recovered()},
               {"recovery_ms", recovery ? Json(recovery->count()) : Json(nullptr)},
               {"recovered_throughput_per_s", rounded(impact.settled_per_s)},
               {"recovered_p99_us", impact.settled_latency_us ? p99_json(*impact.settled_latency_us) : Json(nullptr)},
               {"ratio_to_fault_free", rounded(ratio_to(f.throughput_per_s, impact))},
               {"ratio_to_before", rounded(ratio_to(r.before_per_s, impact))},
               {"windows_per_s", windows_json(impact)},
               {"later_windows_below_half", impact.relapses},
               {"last_view", r.last_view},
               {"attacker_accused", r.attack.is_clients() ? Json(nullptr) : Json(r.is_accused)},
               {"replica_cpus", rounded(r.replica_cpus)},
               {"machine_others_share", rounded(r.others_share)},
               {"flood", flood_json(r)},
               {"refused", r.refused},
               {"unanswered", r.unanswered},
               {"timeline", timeline_json(r)}});
  return json;
}

std::string recovery_text(const bench::Impact& impact) {
  if (!impact.fell_at) return "no fall";
  if (!impact.back_at) return "never";
  return figure(static_cast<double>(impact.recovery()->count()) / 1000) + " s";
}

std::string p99_text(const bench::Histogram& latency_us) {
  return latency_us.count() == 0 ? "-" : figure(static_cast<double>(latency_us.percentile(0.99)) / 1000);
}

// What does not fit into a column, below the row.
void print_remarks(const AttackResult& r) {
  if (r.flood) {
    std::cout << "            " << std::llround(r.flood->requests_per_s)
              << " requests a second to each replica, which cost the attacker " << figure(r.flood->cpus)
              << " CPU to make\n";
  }
  if (!r.impact.is_recovered()) {
    std::cout << "            not recovered; commands per second in its windows:";
    for (const double throughput : r.impact.windows_per_s) std::cout << " " << std::llround(throughput);
    std::cout << "\n";
  }
  if (r.impact.relapses > 0) {
    std::cout << "            " << r.impact.relapses << " windows after it was back were below half again\n";
  }
  if (r.refused + r.unanswered > 0) {
    std::cout << "            of the honest commands " << r.refused << " refused, " << r.unanswered << " given up\n";
  }
}

void print_attack(const AttackResult& r, const bench::FaultFree& fault_free) {
  std::cout << std::left << std::setw(12) << r.attack.name << std::right;
  if (r.failure) {
    std::cout << "  not measured: " << *r.failure << "\n";
    return;
  }
  const bench::Impact& impact = r.impact;
  const auto ratio = ratio_to(fault_free.throughput_per_s, impact), to_before = ratio_to(r.before_per_s, impact);
  std::cout << std::setw(8) << (r.before_per_s > 0 ? std::to_string(std::llround(r.before_per_s)) : "-") << std::setw(9)
            << std::llround(impact.throughput_per_s) << std::setw(11)
            << (impact.settled_per_s ? std::to_string(std::llround(*impact.settled_per_s)) : "-") << std::setw(8)
            << (ratio ? bench::percent(*ratio) : "-") << std::setw(8) << (to_before ? bench::percent(*to_before) : "-")
            << std::setw(12) << recovery_text(impact) << std::setw(10) << p99_text(impact.latency_us) << std::setw(11)
            << (impact.settled_latency_us ? p99_text(*impact.settled_latency_us) : "-") << std::setw(7)
            << figure(r.replica_cpus) << std::setw(6) << r.last_view << "  "
            << (r.attack.is_clients() ? ""
                : r.is_accused        ? "accused"
                                      : "no evidence")
            << "\n";
  print_remarks(r);
}

}  // namespace

Json attacks_json(const AttackReport& report) {
  Json attacks = Json::array();
  for (const AttackResult& result : report.results) attacks.push_back(attack_json(report, result));
  return attacks;
}

void print_attacks(const AttackReport& report) {
  const bench::FaultFree& f = report.fault_free;
  double others = f.others_share;
  for (const AttackResult& result : report.results) others = std::max(others, result.others_share);
  std::cout
      << "Throughput under attack: " << report.rung.name(report.open_loop_per_s)
      << "\n              commands per second       share of        time to    p99 ms     p99 ms   CPUs  view  attacker"
         "\n              before under it  recovered   fault-  before   recover  under it  recovered"
         "\n                                            free\n"
      << std::left << std::setw(12) << "no fault" << std::right << std::setw(8) << std::llround(f.throughput_per_s)
      << std::setw(58) << figure(static_cast<double>(f.p99_us) / 1000) << std::setw(18) << figure(f.replica_cpus)
      << "\n";
  for (const AttackResult& result : report.results) print_attack(result, f);
  std::cout
      << "\nOf the honest clients' commands; under it: from the attack to the end of its run. Recovered: from a window "
         "after the first moment,\nafter a fall below half of the fault-free throughput, that begins a window of at "
         "least half. p99: who still waits at the end counts\nwith the time until then. CPUs: seconds of processor "
         "time "
         "a second, all replicas. View: the latest at the end. Accused: a replica\nholds evidence against the "
         "attacker. "
         "Other processes, or other machines, took up to "
      << bench::percent(others) << " of this one\nmeanwhile: runs that were disturbed differently compare ill.\n";
}

}  // namespace breakwater::cli
