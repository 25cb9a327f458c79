#include "bench/result.hpp"

#include <algorithm>

#include "crypto/statement.hpp"

namespace breakwater::bench {

namespace {

// Digests for one command, and the bytes in them: a request's body at its client and at each replica; the batch at
// each; its two sealed records in each store; the results and the tree over them; and the memory of what was verified
// or signed, `remembered` of these.
double hash_us_per_command(const Rung& rung, double requests_per_slot, double remembered, const Calibration& c) {
  constexpr double kResultBytes = 100, kNodeBytes = 64;
  const double header = 4 + 8 + (rung.kind.signed_requests ? Signature::kSize : 0) + 4;
  const double n = rung.kind.replicas;
  const double body = 4 + rung.bundle * (4.0 + rung.payload_bytes);
  const double in_batch = header + body;
  const double per_request_digests = (n + 1) + n * 2 /* result and node */ + n * 3 / requests_per_slot;
  const double per_request_bytes = (n + 1) * body + n * 3 * in_batch + n * (rung.bundle * kResultBytes + kNodeBytes);
  const double digests = per_request_digests / rung.bundle + remembered;
  const double bytes = per_request_bytes / rung.bundle + remembered * kSignedStatementBytes;
  return digests * c.hash_us + bytes / 1024 * c.hash_kib_us;
}

CpuParts parts_of(const Rung& rung, const std::vector<const Window*>& windows, const Calibration& c) {
  Window sum;
  double executed = 0;
  for (const Window* w : windows) {
    sum.commands += w->commands;
    sum.replica_cpu_us += w->replica_cpu_us;
    sum.client_cpu_us += w->client_cpu_us;
    sum.replica_io_cpu_us += w->replica_io_cpu_us;
    sum.client_io_cpu_us += w->client_io_cpu_us;
    sum.signatures += w->signatures;
    sum.verifications += w->verifications;
    sum.transactions += w->transactions;
    sum.slots += w->slots;
    sum.requests += w->requests;
    executed += static_cast<double>(w->requests) * rung.bundle;  // the reports lag behind what the clients count
  }
  if (sum.commands == 0 || executed == 0) return {};
  const double commands = static_cast<double>(sum.commands);
  const double verifications = static_cast<double>(sum.verifications) / executed;
  const double signatures = static_cast<double>(sum.signatures) / executed;
  const double client_sign = rung.kind.signed_requests ? c.sign_busy_us / rung.bundle : 0;
  CpuParts parts;
  parts.verify = verifications * c.verify_busy_us;
  parts.sign = signatures * c.sign_busy_us + client_sign;
  parts.hash = hash_us_per_command(rung, sum.requests_per_slot(), verifications + signatures, c);
  parts.store = rung.durable ? static_cast<double>(sum.transactions) / executed * c.commit_cpu_us : 0;
  parts.network = (sum.replica_io_cpu_us + sum.client_io_cpu_us) / commands;
  parts.client = (sum.client_cpu_us - sum.client_io_cpu_us) / commands - client_sign;
  parts.rest = (sum.replica_cpu_us + sum.client_cpu_us) / commands - parts.sum();
  return parts;
}

}  // namespace

std::size_t Measurement::valid_windows() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(windows, [](const JudgedWindow& w) { return !w.invalid.has_value(); }));
}

std::optional<std::string> Measurement::invalid_reason() const {
  if (failure) return failure;
  if (windows.empty()) return "no window was measured";
  if (2 * valid_windows() > windows.size()) return std::nullopt;
  std::map<std::string, int> reasons;
  for (const JudgedWindow& w : windows) {
    if (w.invalid) ++reasons[*w.invalid];
  }
  return std::ranges::max_element(reasons, {}, [](const auto& reason) { return reason.second; })->first;
}

std::optional<double> RungResult::share_of_floor() const {
  if (!floor.throughput_per_s || *floor.throughput_per_s <= 0) return std::nullopt;
  return throughput_per_s.median / *floor.throughput_per_s;
}

RungResult summarize(Measurement measurement, const Calibration& calibration) {
  RungResult result;
  static_cast<Measurement&>(result) = std::move(measurement);
  const Rung& rung = result.rung;
  std::vector<const Window*> counted;
  for (const JudgedWindow& w : result.windows) {
    if (!w.invalid || result.valid_windows() == 0) counted.push_back(&w.window);
  }
  if (counted.empty()) return result;
  const auto over = [&](auto figure) {
    std::vector<double> figures;
    figures.reserve(counted.size());
    for (const Window* w : counted) figures.push_back(static_cast<double>(figure(*w)));
    return spread_of(std::move(figures));
  };
  const auto percentile = [&](double p) { return over([p](const Window& w) { return w.latency_us.percentile(p); }); };
  result.throughput_per_s = over([](const Window& w) { return w.throughput_per_s(); });
  result.p50_us = percentile(0.5);
  result.p95_us = percentile(0.95);
  result.p99_us = percentile(0.99);
  result.max_us = over([](const Window& w) { return w.latency_us.max(); });
  result.cpu_us_per_command = over([](const Window& w) {
    return w.commands == 0 ? 0 : (w.replica_cpu_us + w.client_cpu_us) / static_cast<double>(w.commands);
  });
  result.requests_per_slot = over([](const Window& w) { return w.requests_per_slot(); });
  result.bytes_per_command = over([&](const Window& w) {
    return w.requests == 0 ? 0 : static_cast<double>(w.bytes_sent) / static_cast<double>(w.requests * rung.bundle);
  });
  result.idle_share = over([](const Window& w) { return w.idle_share; }).median;
  result.stolen_share = over([](const Window& w) { return w.stolen_share; }).median;
  result.others_share = over([](const Window& w) { return w.others_share; }).median;
  if (result.requests_per_slot.median <= 0) return result;
  result.cpu = parts_of(rung, counted, calibration);
  result.floor = floor_of(rung, result.requests_per_slot.median, result.checkpoint_interval,
                          calibration.unit_costs(rung.kind.replicas), calibration.cores);
  return result;
}

}  // namespace breakwater::bench
