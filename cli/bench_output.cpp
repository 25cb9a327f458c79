#include "cli/bench_output.hpp"

#include <cmath>
#include <iomanip>
#include <iostream>

#include "bench/figure.hpp"
#include "bench/steps.hpp"

namespace breakwater::cli {

namespace {

using bench::Calibration;
using bench::figure;
using bench::RungResult;
using bench::Spread;

Json spread_json(const Spread& spread) {
  return {{"median", rounded(spread.median)}, {"low", rounded(spread.low)}, {"high", rounded(spread.high)}};
}

Json machine_json(const Calibration& c) {
  Json writers = Json::object();
  for (const auto& [count, us] : c.commit_us) writers[std::to_string(count)] = rounded(us);
  return {{"cores", c.cores},
          {"ed25519_verify_us", rounded(c.verify_us)},
          {"ed25519_sign_us", rounded(c.sign_us)},
          {"ed25519_verify_all_busy_us", rounded(c.verify_busy_us)},
          {"ed25519_sign_all_busy_us", rounded(c.sign_busy_us)},
          {"blake2b_us", rounded(c.hash_us)},
          {"blake2b_kib_us", rounded(c.hash_kib_us)},
          {"commit_us", rounded(c.commit_us.at(1))},
          {"commit_us_all_writing", rounded(c.commit_us.rbegin()->second)},
          {"commit_us_by_writers", std::move(writers)},
          {"commit_cpu_us", rounded(c.commit_cpu_us)}};
}

Json windows_json(const RungResult& result) {
  Json windows = Json::array();
  for (const bench::JudgedWindow& w : result.windows) {
    windows.push_back({{"throughput_per_s", rounded(w.window.throughput_per_s())},
                       {"p50_us", w.window.latency_us.percentile(0.5)},
                       {"requests_per_slot", rounded(w.window.requests_per_slot())},
                       {"valid", !w.invalid},
                       {"invalid_reason", w.invalid ? Json(*w.invalid) : Json(nullptr)}});
  }
  return windows;
}

Json cpu_json(const bench::CpuParts& cpu) {
  return {{"verify", rounded(cpu.verify)}, {"sign", rounded(cpu.sign)},       {"hash", rounded(cpu.hash)},
          {"store", rounded(cpu.store)},   {"network", rounded(cpu.network)}, {"client", rounded(cpu.client)},
          {"rest", rounded(cpu.rest)}};
}

Json rung_json(const RungResult& r) {
  const bench::Kind& kind = r.rung.kind;
  const auto reason = r.invalid_reason();
  const auto share = r.share_of_floor();
  Json json = {{"name", r.name()},
               {"engine", bench::name_of(kind.protocol)},
               {"n", kind.replicas},
               {"f", kind.quorums().f},
               {"signed_requests", kind.signed_requests},
               {"signed_votes", kind.signed_votes},
               {"insecure", kind.is_insecure()},
               {"durable", r.rung.durable},
               {"bundle", r.rung.bundle},
               {"outstanding", r.open_loop_per_s > 0 ? Json(nullptr) : Json(r.rung.outstanding)},
               {"payload_bytes", r.rung.payload_bytes},
               {"open_loop_per_s", r.open_loop_per_s > 0 ? Json(r.open_loop_per_s) : Json(nullptr)},
               {"valid", !reason},
               {"invalid_reason", reason ? Json(*reason) : Json(nullptr)}};
  if (r.windows.empty()) {
    for (const char* figure : {"throughput_per_s", "latency_us", "cpu_us_per_command", "signature_floor_us_per_command",
                               "latency_floor_us"}) {
      json[figure] = nullptr;
    }
    return json;
  }
  json.update(
      {{"throughput_per_s", rounded(r.throughput_per_s.median)},
       {"throughput_spread_per_s", spread_json(r.throughput_per_s)},
       {"latency_us",
        {{"p50", rounded(r.p50_us.median)},
         {"p95", rounded(r.p95_us.median)},
         {"p99", rounded(r.p99_us.median)},
         {"max", rounded(r.max_us.high)}}},
       {"p50_spread_us", spread_json(r.p50_us)},
       {"cpu_us_per_command", rounded(r.cpu_us_per_command.median)},
       {"cpu_parts_us_per_command", cpu_json(r.cpu)},
       {"requests_per_slot", rounded(r.requests_per_slot.median)},
       {"bytes_sent_per_command", rounded(r.bytes_per_command.median)},
       {"signature_floor_us_per_command", rounded(r.floor.cpu_us_per_command)},
       {"floor_throughput_per_s", r.floor.throughput_per_s ? rounded(*r.floor.throughput_per_s) : Json(nullptr)},
       {"share_of_floor", share ? rounded(*share) : Json(nullptr)},
       {"latency_floor_us", rounded(r.floor.latency_us)},
       {"machine_idle_share", rounded(r.idle_share)},
       {"machine_stolen_share", rounded(r.stolen_share)},
       {"machine_others_share", rounded(r.others_share)},
       {"valid_windows", r.valid_windows()},
       {"invalid_windows", r.windows.size() - r.valid_windows()},
       {"windows", windows_json(r)}});
  return json;
}

void print_machine(const Calibration& c) {
  std::cout << "This machine: " << c.cores << " cores. Ed25519 sign " << figure(c.sign_us) << " us alone, "
            << figure(c.sign_busy_us) << " with all cores busy; verify " << figure(c.verify_us) << ", "
            << figure(c.verify_busy_us) << ". BLAKE2b " << figure(c.hash_us) << " us and " << figure(c.hash_kib_us)
            << " a KiB.\nSynced transaction";
  for (const auto& [writers, us] : c.commit_us) {
    std::cout << (writers == 1 ? " " : ", ") << figure(us) << " us "
              << (writers == 1 ? std::string("alone") : "with " + std::to_string(writers) + " stores writing");
  }
  std::cout << "; processor time of one " << figure(c.commit_cpu_us) << " us.\n\n";
}

constexpr int kNameWidth = 43;

void print_rung(const RungResult& r) {
  std::cout << std::left << std::setw(kNameWidth) << r.name() << std::right;
  if (r.windows.empty()) {
    std::cout << "  not measured: " << *r.invalid_reason() << "\n";
    return;
  }
  const auto share = r.share_of_floor();
  std::cout << std::setw(8) << std::llround(r.throughput_per_s.median) << std::setw(15)
            << std::to_string(std::llround(r.throughput_per_s.low)) + "-" +
                   std::to_string(std::llround(r.throughput_per_s.high))
            << std::setw(8) << figure(r.p50_us.median / 1000) << std::setw(8) << figure(r.p99_us.median / 1000)
            << std::setw(8) << figure(r.floor.latency_us / 1000) << std::setw(8) << figure(r.cpu_us_per_command.median)
            << std::setw(8) << figure(r.floor.cpu_us_per_command) << std::setw(8)
            << (share ? bench::percent(*share) : "-") << std::setw(8) << figure(r.requests_per_slot.median)
            << std::setw(6) << std::to_string(r.valid_windows()) + "/" + std::to_string(r.windows.size());
  if (r.rung.kind.is_insecure()) std::cout << "  INSECURE";
  if (const auto reason = r.invalid_reason()) std::cout << "  INVALID: " << *reason;
  std::cout << "\n";
}

// What other processes took while the rungs were measured is missing from every figure.
void print_disturbance(const std::vector<RungResult>& results) {
  constexpr double kWorthALine = 0.05;
  double most = 0;
  for (const RungResult& result : results) most = std::max(most, result.others_share + result.stolen_share);
  if (most < kWorthALine) return;
  std::cout << "\nOther processes, or other machines, took up to " << bench::percent(most)
            << " of this one meanwhile: it can do more than this (--json says how much by rung).\n";
}

void print_steps(const std::vector<RungResult>& results) {
  const std::vector<bench::Step> steps = bench::steps_of(results);
  if (steps.empty()) return;
  std::cout << "\nWhat each step costs                                      commands per second   throughput   CPU us  "
               "p50 ms\n";
  for (const bench::Step& step : steps) {
    const auto added = [](double value) { return (value < 0 ? "" : "+") + figure(value); };
    std::cout << std::left << std::setw(56) << step.what << std::right << std::setw(9)
              << std::llround(step.from->throughput_per_s.median) << " -> " << std::setw(6)
              << std::llround(step.to->throughput_per_s.median) << std::setw(11) << "x "
              << figure(step.throughput_ratio()) << std::setw(9) << added(step.added_cpu_us()) << std::setw(8)
              << added(step.added_p50_us() / 1000);
    std::cout << "  " << step.to->name() << "\n";
  }
}

}  // namespace

Json bench_json(const Calibration& calibration, const std::vector<RungResult>& results) {
  Json rungs = Json::array();
  for (const RungResult& result : results) rungs.push_back(rung_json(result));
  return {{"machine", machine_json(calibration)}, {"rungs", std::move(rungs)}};
}

void print_bench(const Calibration& calibration, const std::vector<RungResult>& results) {
  print_machine(calibration);
  std::cout << std::left << std::setw(kNameWidth) << "rung" << std::right
            << "   cmd/s       (spread)  p50 ms  p99 ms   floor  CPU us   floor   of it  batch windows\n";
  for (const RungResult& result : results) print_rung(result);
  print_steps(results);
  std::cout
      << "\nb: commands in a request, o: commands outstanding. Medians of the valid windows. CPU: of a command, all "
         "replicas and clients.\nFloors: the synced transactions and signatures that lie one after the other "
         "(ms); all signatures (us), and what was reached of the\nthroughput that these allow on all cores. batch: "
         "requests in a slot. INSECURE rungs are there for attribution only.\n";
  print_disturbance(results);
}

}  // namespace breakwater::cli
