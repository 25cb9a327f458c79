// When a throughput has fallen, when it is back, and what counts as recovered.
#include "bench/timeline.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

#include "bench/attack.hpp"

namespace breakwater::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kWindow = 5;          // buckets
constexpr double kFaultFree = 1000;         // commands per second
constexpr std::uint64_t kFullBucket = 100;  // of them in a bucket

struct Stretch {
  std::size_t buckets;
  std::uint64_t commands;  // in each
  std::uint64_t latency_us = 1000;
};

Timeline timeline_of(const std::vector<Stretch>& stretches) {
  Timeline timeline;
  std::size_t at = 0;
  for (const Stretch& stretch : stretches) {
    for (std::size_t i = 0; i < stretch.buckets; ++i, ++at) {
      if (stretch.commands > 0) timeline.add(Timeline::kBucket * at, stretch.latency_us, stretch.commands);
    }
  }
  timeline.close(Timeline::kBucket * at);
  return timeline;
}

using Moment = std::optional<std::size_t>;
struct Story {
  const char* name;
  std::vector<Stretch> stretches;  // attacked in bucket 10
  Moment fell_at, back_at;
  std::optional<double> settled_per_s;
  std::size_t relapses = 0;
};
std::ostream& operator<<(std::ostream& out, const Story& story) { return out << story.name; }

const Story kStories[] = {
    {"nothing happens", {{30, kFullBucket}}, {}, {}, 1000},
    {"a little slower is no fall", {{10, kFullBucket}, {20, 60}}, {}, {}, 600},
    {"exactly half is no fall", {{10, kFullBucket}, {20, 50}}, {}, {}, 500},
    {"before the attack does not count", {{2, kFullBucket}, {7, 0}, {21, kFullBucket}}, {}, {}, 1000},
    {"a stall of two tenths is no fall", {{12, kFullBucket}, {2, 0}, {16, kFullBucket}}, {}, {}, 1000},
    {"a silence, then all as before", {{12, kFullBucket}, {9, 0}, {20, kFullBucket}}, 12, 21, 1000},
    {"a silence, then slower", {{12, kFullBucket}, {9, 0}, {20, 70}}, 12, 21, 700},
    {"a burst is no recovery", {{12, kFullBucket}, {9, 0}, {1, 200}, {9, 0}, {10, kFullBucket}}, 12, 31, 1000},
    {"never back", {{12, kFullBucket}, {30, 0}}, 12, {}, {}},
    {"never back above half", {{12, kFullBucket}, {30, 49}}, 12, {}, {}},
    {"bursts at intervals are no recovery",
     {{10, kFullBucket}, {9, 0}, {1, 240}, {9, 0}, {1, 240}, {9, 0}, {1, 240}},
     10,
     {},
     {}},
    {"back too late for a window after the first", {{12, kFullBucket}, {9, 0}, {9, kFullBucket}}, 12, 21, {}},
    {"too late to tell", {{12, kFullBucket}, {9, 0}, {4, kFullBucket}}, 12, {}, {}},
    {"back, and down again", {{12, kFullBucket}, {9, 0}, {15, kFullBucket}, {5, 10}}, 12, 21, 1000, 1},
};

BOOST_AUTO_TEST_SUITE(bench_timeline)

BOOST_DATA_TEST_CASE(what_became_of_it, boost::unit_test::data::make(kStories), story) {
  const Impact impact = impact_of(timeline_of(story.stretches), 10, kFaultFree, kWindow, {});
  BOOST_TEST((impact.fell_at == story.fell_at), impact.fell_at.value_or(0));
  BOOST_TEST((impact.back_at == story.back_at), impact.back_at.value_or(0));
  BOOST_TEST((impact.settled_per_s == story.settled_per_s), impact.settled_per_s.value_or(0));
  BOOST_TEST(impact.relapses == story.relapses);
  BOOST_TEST(impact.is_recovered() == (!story.fell_at || story.back_at));
  BOOST_TEST(impact.settled_latency_us.has_value() == story.settled_per_s.has_value());
}

BOOST_AUTO_TEST_CASE(time_to_recover_counts_from_the_fall) {
  const auto recovery = [](const std::vector<Stretch>& stretches) {
    return impact_of(timeline_of(stretches), 10, kFaultFree, kWindow, {}).recovery();
  };
  BOOST_TEST((recovery({{12, kFullBucket}, {9, 0}, {20, kFullBucket}}) == 900ms));
  BOOST_TEST((recovery({{30, kFullBucket}}) == 0ms));
  BOOST_TEST((recovery({{12, kFullBucket}, {20, 0}}) == std::nullopt));
}

BOOST_AUTO_TEST_CASE(the_settled_median_is_of_windows) {
  const Impact impact =
      impact_of(timeline_of({{10, kFullBucket}, {10, 0}, {5, kFullBucket}, {5, 80}, {5, 90}, {5, kFullBucket}, {4, 0}}),
                10, kFaultFree, kWindow, {});
  BOOST_TEST(impact.settled_per_s.value() == 900);  // of 800, 900 and 1000: four buckets are no window
  const std::vector<double> windows = {0, 0, 1000, 800, 900, 1000};
  BOOST_TEST(impact.windows_per_s == windows, boost::test_tools::per_element());
}

// Whoever waited through the stall is answered in the first window after it.
BOOST_AUTO_TEST_CASE(latencies_of_the_whole_and_of_the_settled_part) {
  const Impact impact =
      impact_of(timeline_of({{10, kFullBucket}, {9, 0}, {1, kFullBucket, 900'000}, {20, kFullBucket, 2000}}), 10,
                kFaultFree, kWindow, {});
  BOOST_TEST(impact.latency_us.max() == 900'000u);
  BOOST_TEST(impact.settled_latency_us.value().max() == 2000u);
  BOOST_TEST(impact.throughput_per_s == 700);  // 2100 commands in three seconds
}

BOOST_AUTO_TEST_CASE(nothing_answered_has_no_latency) {
  const Impact impact = impact_of(timeline_of({{10, kFullBucket}, {20, 0}}), 10, kFaultFree, kWindow, {});
  BOOST_TEST(impact.latency_us.count() == 0u);
  BOOST_TEST(impact.throughput_per_s == 0);
}

BOOST_AUTO_TEST_CASE(who_still_waits_counts_with_the_time_until_then) {
  Histogram waiting;
  waiting.add(3'000'000, 256);
  const Impact silent = impact_of(timeline_of({{10, kFullBucket}, {20, 0}}), 10, kFaultFree, kWindow, waiting);
  BOOST_TEST(silent.latency_us.percentile(0.5) == 3'000'000u);
  const Impact sound = impact_of(timeline_of({{30, kFullBucket}}), 10, kFaultFree, kWindow, waiting);
  BOOST_TEST(sound.settled_latency_us.value().max() == 3'000'000u);
}

BOOST_AUTO_TEST_CASE(a_bucket_that_is_not_over_does_not_count) {
  Timeline timeline;
  timeline.add(150ms, 10, 1);
  timeline.add(310ms, 10, 1);
  timeline.close(350ms);
  BOOST_TEST(timeline.size() == 3u);
  BOOST_TEST(timeline.commands(0) == 0u);
  BOOST_TEST(timeline.commands(1) == 1u);
}

BOOST_AUTO_TEST_CASE(the_ratio_is_of_what_has_recovered) {
  Impact impact;
  BOOST_TEST(!ratio_to(1000, impact).has_value());
  impact.settled_per_s = 250;
  BOOST_TEST(ratio_to(1000, impact).value() == 0.25);
  BOOST_TEST(!ratio_to(0, impact).has_value());
}

BOOST_AUTO_TEST_CASE(attacks_are_chosen_by_name) {
  BOOST_TEST(choose_attacks("").size() == attacks().size());
  BOOST_TEST(choose_attacks("flood").size() == 3u);
  BOOST_TEST(choose_attacks("flood-*d").size() == 2u);
  BOOST_TEST(choose_attacks("polite").empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::bench
