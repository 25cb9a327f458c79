#include "bench/attack_section.hpp"

#include "bench/charts.hpp"
#include "bench/figure.hpp"
#include "bench/page.hpp"
#include "bench/svg.hpp"

namespace breakwater::bench {

namespace {

std::string seconds(std::chrono::milliseconds time) { return figure(static_cast<double>(time.count()) / 1000) + " s"; }

std::string recovery_text(const Impact& impact) {
  if (!impact.fell_at) return "never below half";
  return impact.back_at ? seconds(*impact.recovery()) : "not recovered";
}

std::string remarks(const AttackResult& r) {
  std::string text;
  const auto add = [&](const std::string& remark) { text += (text.empty() ? "" : "; ") + remark; };
  if (r.flood) {
    add(whole(r.flood->requests_per_s) + " requests/s to each replica, for " + figure(r.flood->cpus) +
        " CPU of the attacker");
  }
  if (r.impact.relapses > 0) add(std::to_string(r.impact.relapses) + " later windows below half");
  if (r.refused > 0) add(std::to_string(r.refused) + " commands refused");
  if (r.unanswered > 0) add(std::to_string(r.unanswered) + " commands given up");
  return text;
}

Cells row_of(const AttackResult& r, const FaultFree& fault_free) {
  if (r.failure) return {std::string(r.attack.name), "not measured: " + *r.failure};
  const Impact& impact = r.impact;
  const auto ratio = ratio_to(fault_free.throughput_per_s, impact), to_before = ratio_to(r.before_per_s, impact);
  return {std::string(r.attack.name) + ": " + std::string(r.attack.what),
          r.before_per_s > 0 ? whole(r.before_per_s) : "–",
          whole(impact.throughput_per_s),
          impact.settled_per_s ? whole(*impact.settled_per_s) : "–",
          ratio ? percent(*ratio) : "–",
          to_before ? percent(*to_before) : "–",
          recovery_text(impact),
          impact.latency_us.count() > 0 ? ms(static_cast<double>(impact.latency_us.percentile(0.99))) : "–",
          impact.settled_latency_us ? ms(static_cast<double>(impact.settled_latency_us->percentile(0.99))) : "–",
          figure(r.replica_cpus),
          percent(r.others_share),
          std::to_string(r.last_view),
          r.attack.is_clients() ? "–"
          : r.is_accused        ? "accused"
                                : "no evidence",
          remarks(r)};
}

std::string overview(const AttackReport& report) {
  const FaultFree& f = report.fault_free;
  const std::string p99 = ms(static_cast<double>(f.p99_us));
  std::vector<Cells> rows = {{"no fault", whole(f.throughput_per_s), "", "", "", "", "", p99, "",
                              figure(f.replica_cpus), percent(f.others_share), "", "", ""}};
  for (const AttackResult& result : report.results) rows.push_back(row_of(result, f));
  return table(
      {"attack", "commands/s before", "under it", "once recovered", "of fault-free", "of before", "time to recover",
       "p99 ms under it", "once recovered", "replicas’ CPUs", "machine taken by others", "last view", "attacker", ""},
      rows);
}

std::string chart_of(const AttackResult& r, const FaultFree& fault_free) {
  TimelineChart chart;
  for (std::size_t i = 0; i < r.timeline.size(); ++i) chart.values.push_back(r.timeline.throughput_per_s(i, i + 1));
  chart.step_s = Timeline::kBucketSeconds;
  chart.level = fault_free.throughput_per_s;
  chart.marks = {{r.attacked_at, "attack"}};
  if (r.impact.fell_at) chart.dips = {{*r.impact.fell_at, r.impact.back_at.value_or(r.timeline.size())}};
  return "<h3>" + escaped(r.attack.name) + "</h3>" +
         timeline_chart("Commands per second over time under " + std::string(r.attack.name), chart);
}

}  // namespace

std::string attack_section(const AttackReport& report) {
  std::string content = overview(report);
  for (const AttackResult& result : report.results) {
    if (!result.failure) content += chart_of(result, report.fault_free);
  }
  return section(
      "Throughput under attack",
      "Of " + escaped(report.rung.name(report.open_loop_per_s)) +
          ", each attack on a fresh group and to the end of its run. The commands are the honest clients’. The "
          "group is back at the first moment from which a whole window has half of the fault-free "
          "throughput; its figures once recovered are from a window later on. The charts show each tenth of a "
          "second; the line across is the fault-free throughput, the upright one the attack, orange "
          "the time from a fall below half until it is back. Replicas’ CPUs are seconds of processor time a second, of "
          "all together. Who still "
          "waits at the end counts in p99 with the time until then.",
      content);
}

}  // namespace breakwater::bench
