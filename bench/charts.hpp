// The charts of a report.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace breakwater::bench {

struct BarPart {
  double value = 0;
  std::string css;  // its colour's class
  std::string hint;
};
struct Bar {
  std::string label;
  std::vector<BarPart> parts;  // side by side; negative ones count as zero
  std::string note;            // right of the bars
  std::optional<double> mark;  // a line across it
  bool is_doubtful = false;    // drawn pale
};
// Bars below each other, from zero on one scale. Marks far beyond the longest bar are left out.
std::string bar_chart(const std::string& title, const std::vector<Bar>& bars);

struct Point {
  double x = 0, y = 0;
  std::string label;
};
struct Curve {
  std::string name;
  std::vector<Point> points;  // joined in this order; both coordinates above zero
};
// Both axes logarithmic. At most as many curves as there are colours (kCurveColours).
inline constexpr std::size_t kCurveColours = 8;
std::string curve_chart(const std::string& title, const std::string& x_axis, const std::string& y_axis,
                        const std::vector<Curve>& curves);

// A figure over time, a bar for each step.
struct TimelineChart {
  std::vector<double> values;
  double step_s = 1;
  double level = 0;                                        // a line across
  std::vector<std::pair<std::size_t, std::string>> marks;  // upright lines before these steps
  std::vector<std::pair<std::size_t, std::size_t>> dips;   // steps in another colour: from, to before
};
std::string timeline_chart(const std::string& title, const TimelineChart& chart);

}  // namespace breakwater::bench
