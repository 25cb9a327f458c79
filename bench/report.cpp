#include "bench/report.hpp"

#include <algorithm>
#include <cmath>

#include "bench/attack_section.hpp"
#include "bench/charts.hpp"
#include "bench/figure.hpp"
#include "bench/page.hpp"
#include "bench/report_style.hpp"
#include "bench/steps.hpp"
#include "bench/svg.hpp"

namespace breakwater::bench {

namespace {

std::string signed_figure(double value) { return (value < 0 ? "" : "+") + figure(value); }

bool is_measured(const RungResult& r) { return r.throughput_per_s.median > 0; }

// The rungs that have the product's figures but for the kind of group: the ladder itself. Without them, those of the
// first measured rung's figures.
std::vector<const RungResult*> ladder(const std::vector<RungResult>& results) {
  const auto with_figures_of = [&](const Rung& model) {
    std::vector<const RungResult*> found;
    for (const RungResult& r : results) {
      Rung plain = r.rung;
      plain.kind = model.kind;
      if (plain == model && is_measured(r)) found.push_back(&r);
    }
    return found;
  };
  std::vector<const RungResult*> found = with_figures_of(product());
  const auto first = std::ranges::find_if(results, is_measured);
  if (found.empty() && first != results.end()) found = with_figures_of(first->rung);
  return found;
}

std::string doubt(const RungResult& r) {
  std::string text;
  if (r.rung.kind.is_insecure()) text += " · insecure";
  if (r.invalid_reason()) text += " · INVALID";
  return text;
}

std::string ladder_chart(const std::vector<const RungResult*>& rungs) {
  std::vector<Bar> bars;
  for (const RungResult* r : rungs) {
    const Spread& t = r->throughput_per_s;
    bars.push_back({r->rung.kind.title(),
                    {{t.median, r->rung.kind.protocol == Protocol::raft ? "c1" : "c0",
                      whole(t.low) + " to " + whole(t.high) + " commands per second in the windows"}},
                    whole(t.median) + "/s" + doubt(*r),
                    r->floor.throughput_per_s,
                    r->rung.kind.is_insecure() || r->invalid_reason()});
  }
  return bars.empty() ? "" : bar_chart("Commands per second of each rung", bars);
}

std::string step_table(const std::vector<RungResult>& results) {
  std::vector<Cells> rows;
  for (const Step& step : steps_of(results)) {
    rows.push_back({step.what, step.from->name(), step.to->name(),
                    whole(step.from->throughput_per_s.median) + " → " + whole(step.to->throughput_per_s.median),
                    "× " + figure(step.throughput_ratio()), signed_figure(step.added_cpu_us()),
                    signed_figure(step.added_p50_us() / 1000)});
  }
  return table({"step", "from", "to", "commands/s", "throughput", "CPU µs", "p50 ms"}, rows);
}

// One per kind, durability, bundle and payload that was measured with several numbers of commands outstanding.
std::string latency_curves(const std::vector<RungResult>& results) {
  std::vector<std::pair<Rung, Curve>> curves;
  for (const RungResult& r : results) {
    if (!is_measured(r) || r.p50_us.median <= 0) continue;
    Rung key = r.rung;
    key.outstanding = 0;
    auto found = std::ranges::find(curves, key, &std::pair<Rung, Curve>::first);
    if (found == curves.end()) {
      const std::string extra = (key.durable ? "" : ", memory") + std::string(", bundle ") +
                                std::to_string(key.bundle) + ", " + std::to_string(key.payload_bytes) + " B";
      found = curves.insert(curves.end(), {key, {key.kind.name() + extra, {}}});
    }
    found->second.points.push_back({r.throughput_per_s.median, r.p50_us.median / 1000,
                                    r.name() + ": " + whole(r.throughput_per_s.median) + "/s, p50 " +
                                        ms(r.p50_us.median) + " ms, p99 " + ms(r.p99_us.median) + " ms"});
    std::ranges::sort(found->second.points, {}, &Point::x);
  }
  std::vector<Curve> several;
  for (const Protocol protocol : {Protocol::pbft, Protocol::raft}) {  // in the colours of the ladder
    for (const auto& [key, curve] : curves) {
      if (key.kind.protocol != protocol || curve.points.size() < 2 || several.size() == kCurveColours) continue;
      several.push_back(curve);
    }
  }
  return curve_chart("Latency over throughput", "commands per second", "median latency, ms", several);
}

constexpr struct {
  const char* name;
  double CpuParts::* value;
} kParts[] = {{"verify", &CpuParts::verify}, {"sign", &CpuParts::sign},       {"hash", &CpuParts::hash},
              {"store", &CpuParts::store},   {"network", &CpuParts::network}, {"client", &CpuParts::client},
              {"the rest", &CpuParts::rest}};

std::string cpu_chart(const std::vector<const RungResult*>& rungs) {
  std::vector<Bar> bars;
  for (const RungResult* r : rungs) {
    Bar bar{r->rung.kind.title(), {}, figure(r->cpu_us_per_command.median) + " µs" + doubt(*r), std::nullopt, false};
    for (std::size_t i = 0; i < std::size(kParts); ++i) {
      const double us = r->cpu.*kParts[i].value;
      bar.parts.push_back({us, "c" + std::to_string(i), std::string(kParts[i].name) + ": " + figure(us) + " µs"});
    }
    bars.push_back(std::move(bar));
  }
  if (bars.empty()) return "";
  std::string legend = "<p class=\"legend\">";
  for (std::size_t i = 0; i < std::size(kParts); ++i) {
    legend += "<span class=\"c" + std::to_string(i) + "\"></span>" + kParts[i].name + " ";
  }
  return bar_chart("Processor time of a command by where it goes", bars) + legend + "</p>";
}

std::string scaling_chart(const std::vector<const RungResult*>& rungs) {
  std::vector<Bar> bars;
  for (const RungResult* r : rungs) {
    if (r->rung.kind.protocol != Protocol::pbft || r->rung.kind.is_insecure()) continue;
    const auto share = r->share_of_floor();
    bars.push_back(
        {"n=" + std::to_string(r->rung.kind.replicas) + ", " + std::to_string(r->rung.kind.quorums().f) + " may lie",
         {{r->throughput_per_s.median, "c0", ""}},
         whole(r->throughput_per_s.median) + "/s" + (share ? ", " + percent(*share) + " of the floor" : ""),
         r->floor.throughput_per_s,
         r->invalid_reason().has_value()});
  }
  return bars.size() < 2 ? "" : bar_chart("Commands per second by the size of the group", bars);
}

std::string rung_table(const std::vector<RungResult>& results) {
  std::vector<Cells> rows;
  for (const RungResult& r : results) {
    const auto reason = r.invalid_reason();
    const std::string name = r.name() + (r.rung.kind.is_insecure() ? " (insecure)" : "");
    if (r.windows.empty()) {
      rows.push_back({name, "not measured: " + reason.value_or("")});
      continue;
    }
    const auto share = r.share_of_floor();
    rows.push_back({name, whole(r.throughput_per_s.median),
                    whole(r.throughput_per_s.low) + "–" + whole(r.throughput_per_s.high), ms(r.p50_us.median),
                    ms(r.p95_us.median), ms(r.p99_us.median), ms(r.max_us.high), ms(r.floor.latency_us),
                    figure(r.cpu_us_per_command.median), figure(r.floor.cpu_us_per_command),
                    share ? percent(*share) : "–", figure(r.requests_per_slot.median), percent(r.idle_share),
                    percent(r.stolen_share) + " / " + percent(r.others_share),
                    std::to_string(r.valid_windows()) + "/" + std::to_string(r.windows.size()), reason.value_or("")});
  }
  return table({"rung", "commands/s", "spread", "p50 ms", "p95 ms", "p99 ms", "max ms", "latency floor ms", "CPU µs",
                "signature floor µs", "of the floor", "batch", "idle", "stolen / others", "windows", "invalid because"},
               rows);
}

std::string machine_table(const Calibration& c) {
  std::vector<Cells> rows = {
      {"cores", std::to_string(c.cores), ""},
      {"Ed25519 sign", figure(c.sign_us) + " µs alone", figure(c.sign_busy_us) + " µs with all cores busy"},
      {"Ed25519 verify", figure(c.verify_us) + " µs alone", figure(c.verify_busy_us) + " µs with all cores busy"},
      {"BLAKE2b-256", figure(c.hash_us) + " µs", figure(c.hash_kib_us) + " µs more per KiB"}};
  for (const auto& [writers, us] : c.commit_us) {
    rows.push_back({"synced transaction", figure(us) + " µs",
                    writers == 1 ? "alone, " + figure(c.commit_cpu_us) + " µs of it processor time"
                                 : "with " + std::to_string(writers) + " stores writing"});
  }
  return table({"operation", "time", ""}, rows);
}

constexpr const char* kNotes =
    "<ul><li>Each rung is a group of real replica processes over loopback with CURVE, a fresh harbor in a temporary "
    "directory, and its clients in one thread of another process. Figures are medians of the valid windows; the spread "
    "is the lowest and the highest window.</li>"
    "<li>A window is invalid when the view or term changed in it, when the clients did not keep the wanted number of "
    "requests in flight, when a replica fell a log window behind or did not report, or when a command was refused or "
    "given up. A rung counts when most of its windows do.</li>"
    "<li>“b” is the number of commands in a request, “o” the number of commands outstanding. In an open loop, latency "
    "counts from when a command was due.</li>"
    "<li>A command of 16 bytes is a reservation (23 bytes) or its cancellation (9). One of 1 KiB is an "
    "<code>open</code> "
    "of a class that exists, which is refused and changes nothing: no booking is that large.</li>"
    "<li>Verifications, signatures and transactions are counted by the replicas and priced by the calibration; digests "
    "are counted as the protocol needs them; “network” is the measured time of ZeroMQ’s threads; “client” that of the "
    "clients’ thread; the rest is codec, engine, applying, and the kernel’s part in the replicas’ own threads.</li>"
    "<li>The signature floor is every signature and verification that the protocol needs at the observed batch size; "
    "the latency floor is the synced transactions (with all stores writing) and the signatures that lie one after the "
    "other. “Insecure” rungs leave signatures out to tell what they cost: such a group survives no liar.</li></ul>";

}  // namespace

std::string report_page(const Calibration& calibration, const std::vector<RungResult>& results,
                        const std::optional<AttackReport>& attacks, const std::string& made) {
  const std::vector<const RungResult*> rungs = ladder(results);
  std::string page =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\"><title>What distrust costs</title><style>" +
      std::string(kReportStyle) + "</style></head><body><main>\n<h1>What distrust costs</h1><p class=\"made\">" +
      escaped(made) + "</p>\n";
  const std::string of = rungs.empty() ? "" : rungs.front()->name().substr(rungs.front()->rung.kind.name().size());
  page += section(
      "The ladder",
      "Commands per second, each rung with one more kind of distrust (" + escaped(of) +
          "). PBFT is blue; with four replicas and everything signed it is the product. The line across a bar is "
          "what its signatures allow on all cores; where it is missing, nothing "
          "is signed or the line is far beyond.",
      ladder_chart(rungs));
  page += section("What each step costs", "Two rungs that differ in one thing.", step_table(results));
  page += section("Where a command’s processor time goes",
                  "Of all replicas and clients together, in microseconds; what is counted and what is measured stands "
                  "below.",
                  cpu_chart(rungs));
  page += section("Latency over throughput", "More commands outstanding to the right. Both axes are logarithmic.",
                  latency_curves(results));
  page += section("Larger groups", "The product, with more replicas on the same cores.", scaling_chart(rungs));
  page += section("All rungs", "", rung_table(results));
  if (attacks) page += attack_section(*attacks);
  page += section("This machine, in the same run", "", machine_table(calibration));
  if (!results.empty()) page += section("How it was measured", "", kNotes);
  return page + "</main></body></html>\n";
}

}  // namespace breakwater::bench
