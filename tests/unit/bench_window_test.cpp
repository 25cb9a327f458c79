// Which windows count, and why the others do not; the middle of what is left.
#include "bench/window.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

#include "bench/result.hpp"

namespace breakwater::bench {
namespace {

using namespace std::chrono_literals;

Window sound() {
  Window w;
  w.seconds = 1;
  w.commands = w.requests = 1000;
  w.slots = 20;
  w.latency_us.add(5000, 1000);
  return w;
}

struct Flaw {
  const char* reason;  // a part of it
  void (*make)(Window& window, ValidityLimits& limits);
};
std::ostream& operator<<(std::ostream& out, const Flaw& flaw) { return out << flaw.reason; }

const Flaw kFlaws[] = {
    {"no command was answered", [](Window& w, ValidityLimits&) { w.commands = 0; }},
    {"given up", [](Window& w, ValidityLimits&) { w.unanswered = 1; }},
    {"did not report", [](Window& w, ValidityLimits&) { w.silent_replicas = 1; }},
    {"changed from 0 to 1", [](Window& w, ValidityLimits&) { w.last_view = 1; }},
    {"513 slots behind", [](Window& w, ValidityLimits&) { w.lag_slots = 513; }},
    {"refused", [](Window& w, ValidityLimits&) { w.refused = 3; }},
    {"did not saturate: 20 %", [](Window& w, ValidityLimits&) { w.missing_share = 0.2; }},
    {"did not keep up",
     [](Window& w, ValidityLimits& l) {
       l.open_loop = true;
       w.intended_commands = 1100;
     }},
    {"in memory", [](Window&, ValidityLimits& l) { l.is_synced = false; }},
};

BOOST_AUTO_TEST_SUITE(bench_window)

BOOST_AUTO_TEST_CASE(a_sound_window_counts) { BOOST_TEST(!why_invalid(sound(), {}).has_value()); }

BOOST_DATA_TEST_CASE(a_flaw_is_named, boost::unit_test::data::make(kFlaws), flaw) {
  Window window = sound();
  ValidityLimits limits;
  flaw.make(window, limits);
  const auto reason = why_invalid(window, limits);
  BOOST_REQUIRE(reason.has_value());
  BOOST_TEST(reason->contains(flaw.reason), *reason);
}

BOOST_AUTO_TEST_CASE(just_within_the_limits_is_enough) {
  Window w = sound();
  w.lag_slots = 512;
  w.missing_share = 0.1;
  w.first_view = w.last_view = 4;
  BOOST_TEST(!why_invalid(w, {}).has_value());
  w.intended_commands = 1050;
  ValidityLimits open;
  open.open_loop = true;
  w.missing_share = 1;  // says nothing where no number is wanted
  BOOST_TEST(!why_invalid(w, open).has_value());
}

BOOST_AUTO_TEST_CASE(the_gauge_weighs_by_time) {
  const InFlightGauge::Clock::time_point start{};
  InFlightGauge gauge;
  gauge.begin(start, 10, 10);
  gauge.changed(start + 100ms, 5);   // all until here
  gauge.changed(start + 300ms, 10);  // half for 200 ms
  BOOST_TEST(gauge.missing_share(start + 400ms) == 0.25, boost::test_tools::tolerance(1e-9));
  gauge.begin(start + 400ms, 10, 0);
  BOOST_TEST(gauge.missing_share(start + 500ms) == 1.0, boost::test_tools::tolerance(1e-9));
  gauge.begin(start, 0, 7);  // an open loop wants no number
  BOOST_TEST(gauge.missing_share(start + 1s) == 0.0);
}

BOOST_AUTO_TEST_CASE(the_middle_of_several) {
  BOOST_TEST(spread_of({}).median == 0);
  const Spread odd = spread_of({5, 1, 3});
  BOOST_TEST((odd.median == 3 && odd.low == 1 && odd.high == 5));
  BOOST_TEST(spread_of({4, 1, 2, 3}).median == 2.5);
}

Calibration calibration() {
  Calibration c;
  c.cores = 2;
  c.sign_busy_us = 10;
  c.verify_busy_us = 50;
  c.commit_us = {{1, 200}, {4, 500}};
  c.commit_cpu_us = 80;
  return c;
}

RungResult summary_of(std::vector<JudgedWindow> windows) {
  Measurement measured;
  measured.windows = std::move(windows);
  return summarize(std::move(measured), calibration());
}

BOOST_AUTO_TEST_CASE(medians_are_those_of_the_valid_windows) {
  std::vector<JudgedWindow> windows;
  for (const std::uint64_t commands : {900, 1000, 1100, 5000, 6000}) {
    Window w = sound();
    w.commands = commands;
    windows.push_back({w, commands > 2000 ? std::optional<std::string>("the view changed") : std::nullopt});
  }
  const RungResult result = summary_of(windows);
  BOOST_TEST(result.throughput_per_s.median == 1000);
  BOOST_TEST(result.throughput_per_s.high == 1100);
  BOOST_TEST(result.valid_windows() == 3u);
  BOOST_TEST(!result.invalid_reason().has_value());
  BOOST_TEST(result.requests_per_slot.median == 50);
  BOOST_TEST(result.p50_us.median == 5000);  // the highest value is exact
}

BOOST_AUTO_TEST_CASE(a_rung_whose_windows_mostly_fail_says_why) {
  std::vector<JudgedWindow> windows(5, {sound(), std::nullopt});
  windows[0].invalid = "once";
  windows[1].invalid = windows[2].invalid = "twice";
  const RungResult result = summary_of(windows);
  BOOST_TEST(*result.invalid_reason() == "twice");
  BOOST_TEST(*summary_of({}).invalid_reason() == "no window was measured");
}

// Floors go by what the machine can do, not by what others left of it for a while.
BOOST_AUTO_TEST_CASE(the_better_of_two_calibrations_counts) {
  Calibration first = calibration(), second = calibration();
  second.verify_busy_us = 45;
  second.sign_busy_us = 12;
  second.commit_us = {{1, 300}, {4, 400}};
  first.improve(second);
  const UnitCosts unit = first.unit_costs(4);
  BOOST_TEST((unit.verify_us == 45 && unit.sign_us == 10 && unit.commit_us == 400));
  BOOST_TEST(first.commit_us.at(1) == 200);
}

// What is counted, what is measured, and what is left.
BOOST_AUTO_TEST_CASE(processor_time_adds_up) {
  Window w = sound();
  w.replica_cpu_us = 500'000;
  w.client_cpu_us = 60'000;
  w.replica_io_cpu_us = 90'000;
  w.client_io_cpu_us = 10'000;
  w.verifications = 4000;
  w.signatures = 240;
  w.transactions = 200;
  const RungResult result = summary_of({{w, std::nullopt}});
  BOOST_TEST(result.cpu.verify == 200, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(result.cpu.sign == 2.4 + 10, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(result.cpu.store == 16, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(result.cpu.network == 100, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(result.cpu.client == 40, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(result.cpu.sum() == result.cpu_us_per_command.median, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::bench
