// The histogram of latencies: nothing lost, nothing more than 1/128 too high.
#include "bench/histogram.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "replication/random.hpp"

namespace breakwater::bench {
namespace {

BOOST_AUTO_TEST_SUITE(bench_histogram)

BOOST_AUTO_TEST_CASE(an_empty_one_says_nothing) {
  const Histogram empty;
  BOOST_TEST(empty.count() == 0u);
  BOOST_TEST(empty.max() == 0u);
  BOOST_TEST(empty.percentile(0.5) == 0u);
}

BOOST_AUTO_TEST_CASE(small_values_are_exact) {
  Histogram h;
  for (std::uint64_t v = 1; v <= 200; ++v) h.add(v);
  BOOST_TEST(h.percentile(0.5) == 100u);
  BOOST_TEST(h.percentile(0.99) == 198u);
  BOOST_TEST(h.percentile(1) == 200u);
  BOOST_TEST(h.percentile(0) == 1u);
}

// At each magnitude, and on both sides of its ends.
BOOST_AUTO_TEST_CASE(a_value_alone_comes_back_as_it_is) {
  for (unsigned power = 0; power < 63; ++power) {
    for (const std::int64_t offset : {-1, 0, 1}) {
      const std::uint64_t value = (std::uint64_t{1} << power) + static_cast<std::uint64_t>(offset);
      Histogram h;
      h.add(value);
      BOOST_TEST(h.percentile(0.5) == value);
      BOOST_TEST(h.max() == value);
    }
  }
}

BOOST_AUTO_TEST_CASE(percentiles_are_close_to_those_of_the_sorted_values) {
  Random random(7);
  std::vector<std::uint64_t> values;
  Histogram h;
  for (int i = 0; i < 10'000; ++i) {
    values.push_back(random.next() >> (24 + i % 30));
    h.add(values.back());
  }
  std::ranges::sort(values);
  for (const double p : {0.01, 0.1, 0.5, 0.9, 0.99, 0.999}) {
    const double exact = static_cast<double>(values[static_cast<std::size_t>(p * 10'000) - 1]);
    const double told = static_cast<double>(h.percentile(p));
    BOOST_TEST(told >= exact);
    BOOST_TEST(told <= exact * (1 + 1.0 / 128) + 1);
  }
  BOOST_TEST(h.max() == values.back());
}

BOOST_AUTO_TEST_CASE(a_value_may_count_many_times) {
  Histogram h;
  h.add(10, 99);
  h.add(5000, 1);
  h.add(7, 0);
  BOOST_TEST(h.count() == 100u);
  BOOST_TEST(h.percentile(0.99) == 10u);
  BOOST_TEST(h.percentile(0.995) == 5000u);
}

BOOST_AUTO_TEST_CASE(the_sum_of_two_is_as_if_all_were_in_one) {
  Histogram one, other, both;
  for (std::uint64_t v = 1; v < 1'000'000; v = v * 3 + 1) {
    (v % 2 == 0 ? one : other).add(v);
    both.add(v);
  }
  one.add(other);
  BOOST_TEST(one.count() == both.count());
  BOOST_TEST(one.max() == both.max());
  for (const double p : {0.2, 0.5, 0.8}) BOOST_TEST(one.percentile(p) == both.percentile(p));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace breakwater::bench
