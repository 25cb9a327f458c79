// Which rungs there are and which are chosen; what their commands are; what a report says of them.
#include "bench/rung.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

#include "bench/report.hpp"
#include "bench/steps.hpp"
#include "bench/workload.hpp"
#include "booking/booking_machine.hpp"

namespace breakwater::bench {
namespace {

bool contains(const std::vector<Rung>& rungs, const Rung& rung) {
  return std::ranges::find(rungs, rung) != rungs.end();
}

Rung product_with(std::uint32_t bundle, std::uint32_t outstanding) {
  Rung rung = product();
  rung.bundle = bundle;
  rung.outstanding = outstanding;
  return rung;
}

BOOST_AUTO_TEST_SUITE(bench_rungs)

BOOST_AUTO_TEST_CASE(the_default_has_every_step_and_the_products_curve) {
  const std::vector<Rung> rungs = default_rungs();
  for (const Kind& kind : kinds()) {
    Rung rung = product();
    rung.kind = kind;
    BOOST_TEST(contains(rungs, rung), rung.name());
  }
  for (const std::uint32_t outstanding : {1u, 16u, 64u, 256u}) {
    BOOST_TEST(contains(rungs, product_with(1, outstanding)), outstanding);
  }
  BOOST_TEST(contains(rungs, product_with(16, 1600)));
  BOOST_TEST(contains(rungs, product_with(64, 1600)));
}

BOOST_AUTO_TEST_CASE(names_are_unique_and_none_is_twice) {
  for (const std::vector<Rung>& rungs : {default_rungs(), all_rungs()}) {
    std::set<std::string> names;
    for (const Rung& rung : rungs) BOOST_TEST(names.insert(rung.name()).second, rung.name());
  }
}

// 8 kinds, durable or not, 2 payloads, and of the 15 pairs of bundle and outstanding those with a whole bundle.
BOOST_AUTO_TEST_CASE(all_are_all) {
  const std::vector<Rung> all = all_rungs();
  BOOST_TEST(all.size() == 8u * 2 * 2 * 12);
  for (const Rung& rung : default_rungs()) BOOST_TEST(contains(all, rung), rung.name());
  for (const Rung& rung : all) BOOST_TEST(rung.requests_in_flight() > 0u, rung.name());
}

BOOST_AUTO_TEST_CASE(choosing_by_name) {
  BOOST_TEST((choose({}) == default_rungs()));
  Choice one;
  one.pattern = "pbft-4 durable b16 o1600 16B";
  BOOST_TEST((choose(one) == std::vector{product_with(16, 1600)}));
  Choice raft;
  raft.pattern = "raft*memory*o1 1024B";
  BOOST_TEST(choose(raft).size() == 3u);
  Choice none;
  none.pattern = "paxos";
  BOOST_TEST(choose(none).empty());
}

BOOST_AUTO_TEST_CASE(choosing_by_hand) {
  Choice outstanding;
  outstanding.outstanding = {2, 4};
  BOOST_TEST((choose(outstanding) == std::vector{product_with(1, 2), product_with(1, 4)}));

  Choice size;
  size.replicas = {4};
  BOOST_TEST(choose(size).size() == 4u);  // Raft's, and three of PBFT
  size.protocol = Protocol::raft;
  size.in_memory = true;
  BOOST_TEST_REQUIRE(choose(size).size() == 1u);
  BOOST_TEST(choose(size)[0].name() == "raft-4 memory b1 o256 16B");

  Choice large;
  large.replicas = {13};
  BOOST_TEST_REQUIRE(choose(large).size() == 1u);
  BOOST_TEST(choose(large)[0].name() == "pbft-13 durable b1 o256 16B");
  BOOST_TEST(choose(large)[0].name(1000) == "pbft-13 durable b1 1000/s 16B");

  Choice no_whole_bundle;
  no_whole_bundle.bundles = {64};
  no_whole_bundle.outstanding = {16};
  BOOST_TEST(choose(no_whole_bundle).empty());
}

BOOST_AUTO_TEST_CASE(what_leaves_signatures_out_is_insecure) {
  BOOST_TEST(std::ranges::count_if(kinds(), [](const Kind& kind) { return kind.is_insecure(); }) == 2);
  BOOST_TEST(!product().kind.is_insecure());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(bench_workload)

// Executes what a client would send, each answered before the next; returns the mean of the commands' bytes.
double execute(Workload& workload, booking::BookingMachine& machine, int commands) {
  const CommandContext context{ClientId(0), ClientRole::operator_role, AgreedTime(1)};
  machine.apply(booking::encode(workload.preparation()), context);
  std::size_t bytes = 0;
  for (int i = 0; i < commands; ++i) {
    const Workload::Issued issued = workload.next();
    bytes += issued.command.size();
    const auto result = booking::decode_result(machine.apply(issued.command, context));
    BOOST_REQUIRE(result.has_value());
    BOOST_REQUIRE(workload.is_expected(*result));
    if (issued.reserves) workload.reserved(*issued.reserves);
  }
  return static_cast<double>(bytes) / commands;
}

BOOST_AUTO_TEST_CASE(commands_have_the_size_that_is_asked_for) {
  for (const std::uint32_t payload : {15u, 16u, 17u, 40u, 72u, 73u, 100u, 141u, 142u, 1024u, 3000u}) {
    booking::BookingMachine machine;
    Workload workload(payload, 1);
    BOOST_TEST(execute(workload, machine, 40) == payload, payload);
  }
}

BOOST_AUTO_TEST_CASE(the_state_stays_as_large_as_it_is) {
  for (const std::uint32_t payload : {16u, 1024u}) {
    booking::BookingMachine machine;
    Workload workload(payload, 1);
    execute(workload, machine, 2);
    const auto leaves = [&] {
      std::size_t count = 0;
      for (const Bytes& key : machine.take_changed()) count += machine.leaf(key).has_value();
      return count;
    };
    leaves();
    execute(workload, machine, 2000);
    BOOST_TEST(leaves() <= 2u, payload);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(bench_report)

RungResult result_of(const Rung& rung, double throughput) {
  RungResult result;
  result.rung = rung;
  result.windows.resize(1);
  result.throughput_per_s = {throughput, throughput, throughput};
  result.p50_us = {1e7 / throughput, 0, 0};
  result.cpu_us_per_command = {2e6 / throughput, 0, 0};
  return result;
}

std::vector<RungResult> results_of(const std::vector<Rung>& rungs) {
  std::vector<RungResult> results;
  double throughput = 20000;
  for (const Rung& rung : rungs) results.push_back(result_of(rung, throughput *= 0.9));
  return results;
}

BOOST_AUTO_TEST_CASE(each_step_differs_in_one_thing_and_the_products_come_first) {
  const std::vector<RungResult> results = results_of(default_rungs());
  const std::vector<Step> steps = steps_of(results);
  BOOST_TEST_REQUIRE(steps.size() >= 10u);
  for (const Step& step : steps) {
    const Rung &from = step.from->rung, &to = step.to->rung;
    const int differences = (from.kind != to.kind) + (from.durable != to.durable) + (from.bundle != to.bundle) +
                            (from.outstanding != to.outstanding) + (from.payload_bytes != to.payload_bytes);
    BOOST_TEST(differences == 1, step.what);
  }
  BOOST_TEST(steps[0].to->rung.outstanding == product().outstanding);
  BOOST_TEST(steps_of({}).empty());
}

BOOST_AUTO_TEST_CASE(the_page_needs_nothing_else) {
  Calibration calibration;
  calibration.commit_us = {{1, 200}, {4, 400}};
  std::vector<RungResult> results = results_of(default_rungs());
  results[3].windows[0].invalid = "<because>";
  const std::string page = report_page(calibration, results, std::nullopt, "a \"test\" & more");
  for (const char* outside : {"http://", "https://", "<script", "<link", "src=", "@import", "url("}) {
    BOOST_TEST(!page.contains(outside), outside);
  }
  BOOST_TEST(page.contains("prefers-color-scheme: dark"));
  BOOST_TEST(page.contains("&lt;because&gt;"));
  BOOST_TEST(page.contains("a &quot;test&quot; &amp; more"));
  for (const RungResult& result : results) BOOST_TEST(page.contains(result.rung.name()), result.rung.name());
}

BOOST_AUTO_TEST_CASE(attacks_have_a_section_and_a_chart_each) {
  Calibration calibration;
  calibration.commit_us = {{1, 200}};
  AttackReport report{product(), 0, {.throughput_per_s = 1000}, {}};
  for (const Attack& attack : attacks()) {
    AttackResult result;
    result.attack = attack;
    for (int i = 0; i < 20; ++i) result.timeline.add(Timeline::kBucket * i, 1000, i < 10 ? 100 : 1);
    result.attacked_at = 10;
    result.impact = impact_of(result.timeline, 10, 1000, 5, {});
    report.results.push_back(std::move(result));
  }
  report.results.back().failure = "<no group>";
  const std::string page = report_page(calibration, {}, report, "");
  std::size_t charts = 0;
  for (std::size_t at = page.find("<svg"); at != std::string::npos; at = page.find("<svg", at + 1)) ++charts;
  BOOST_TEST(charts == attacks().size() - 1);
  for (const Attack& attack : attacks()) BOOST_TEST(page.contains(attack.name), attack.name);
  BOOST_TEST(page.contains("not recovered"));
  BOOST_TEST(page.contains("not measured: &lt;no group&gt;"));
}

BOOST_AUTO_TEST_CASE(a_page_of_nothing_is_a_page) {
  Calibration calibration;
  calibration.commit_us = {{1, 200}};
  BOOST_TEST(report_page(calibration, {}, std::nullopt, "").ends_with("</html>\n"));
  RungResult failed;
  failed.failure = "no group";
  BOOST_TEST(report_page(calibration, {failed}, std::nullopt, "").contains("not measured: no group"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::bench
