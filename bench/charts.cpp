#include "bench/charts.hpp"

#include <algorithm>
#include <cmath>

#include "bench/figure.hpp"
#include "bench/svg.hpp"

namespace breakwater::bench {

namespace {

using Anchor = Svg::Anchor;

constexpr double kWidth = 900;
constexpr double kLabels = 300, kNotes = 190;  // beside the bars
constexpr double kMostBeyond = 4;              // of a mark, times the longest bar
constexpr double kRow = 26, kBarHeight = 16;
constexpr double kPlotTop = 28, kPlotHeight = 320, kPlotLeft = 64, kPlotRight = 640;

double length_of(const Bar& bar) {
  double length = 0;
  for (const BarPart& part : bar.parts) length += std::max(0.0, part.value);
  return length;
}

// Whole powers of ten around some figures, and where a figure stands between them.
class LogAxis {
 public:
  LogAxis(double low, double high, double from, double to)
      : low_(static_cast<int>(std::floor(std::log10(low)))),
        high_(std::max(low_ + 1, static_cast<int>(std::ceil(std::log10(high))))),
        from_(from),
        to_(to) {}
  double at(double value) const { return from_ + (std::log10(value) - low_) / (high_ - low_) * (to_ - from_); }
  std::vector<double> ticks() const {
    std::vector<double> ticks;
    for (int power = low_; power <= high_; ++power) ticks.push_back(std::pow(10, power));
    return ticks;
  }

 private:
  int low_, high_;  // powers
  double from_, to_;
};

std::string tick_text(double value) {
  return value > 0 && value < 1 ? figure(value) : std::to_string(std::llround(value));
}

void draw_axes(Svg& svg, const LogAxis& x, const LogAxis& y, const std::string& x_name, const std::string& y_name) {
  const double bottom = kPlotTop + kPlotHeight;
  for (const double tick : x.ticks()) {
    svg.line(x.at(tick), kPlotTop, x.at(tick), bottom, "grid");
    svg.text(x.at(tick), bottom + 16, tick_text(tick), Anchor::middle, "tick");
  }
  for (const double tick : y.ticks()) {
    svg.line(kPlotLeft, y.at(tick), kPlotRight, y.at(tick), "grid");
    svg.text(kPlotLeft - 6, y.at(tick) + 4, tick_text(tick), Anchor::end, "tick");
  }
  svg.text((kPlotLeft + kPlotRight) / 2, bottom + 36, x_name, Anchor::middle, "tick");
  svg.text(4, 10, y_name, Anchor::start, "tick");
}

}  // namespace

std::string bar_chart(const std::string& title, const std::vector<Bar>& bars) {
  double longest = 0;
  for (const Bar& bar : bars) longest = std::max(longest, length_of(bar));
  double most = longest;
  for (const Bar& bar : bars) {
    if (bar.mark && *bar.mark <= kMostBeyond * longest) most = std::max(most, *bar.mark);
  }
  const double room = kWidth - kLabels - kNotes;
  const auto scaled = [&](double value) { return most > 0 ? value / most * room : 0; };
  Svg svg(kWidth, kRow * static_cast<double>(bars.size()) + 8, title);
  double y = 4;
  for (const Bar& bar : bars) {
    svg.text(kLabels - 8, y + kBarHeight - 3, bar.label, Anchor::end);
    double x = kLabels;
    for (const BarPart& part : bar.parts) {
      const double width = scaled(std::max(0.0, part.value));
      svg.rect(x, y, width, kBarHeight, part.css + (bar.is_doubtful ? " pale" : ""), part.hint);
      x += width;
    }
    if (bar.mark && *bar.mark <= most) {
      const double at = kLabels + scaled(*bar.mark);
      svg.line(at, y - 3, at, y + kBarHeight + 3, "mark");
    }
    svg.text(kWidth - kNotes + 10, y + kBarHeight - 3, bar.note, Anchor::start, "note");
    y += kRow;
  }
  return svg.take();
}

std::string curve_chart(const std::string& title, const std::string& x_axis, const std::string& y_axis,
                        const std::vector<Curve>& curves) {
  double x_low = INFINITY, x_high = 0, y_low = INFINITY, y_high = 0;
  for (const Curve& curve : curves) {
    for (const Point& p : curve.points) {
      x_low = std::min(x_low, p.x), x_high = std::max(x_high, p.x);
      y_low = std::min(y_low, p.y), y_high = std::max(y_high, p.y);
    }
  }
  if (x_high <= 0 || y_high <= 0) return "";
  const LogAxis x(x_low, x_high, kPlotLeft, kPlotRight);
  const LogAxis y(y_low, y_high, kPlotTop + kPlotHeight, kPlotTop);
  Svg svg(kWidth, kPlotTop + kPlotHeight + 44, title);
  draw_axes(svg, x, y, x_axis, y_axis);
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const std::string colour = "c" + std::to_string(i % kCurveColours);
    const std::vector<Point>& points = curves[i].points;
    for (std::size_t p = 0; p < points.size(); ++p) {
      const double at_x = x.at(points[p].x), at_y = y.at(points[p].y);
      if (p > 0) svg.line(x.at(points[p - 1].x), y.at(points[p - 1].y), at_x, at_y, "curve " + colour);
      svg.circle(at_x, at_y, 4, "dot " + colour, points[p].label);
    }
    const double legend = kPlotTop + 12 + 20 * static_cast<double>(i);
    svg.circle(kPlotRight + 20, legend - 4, 4, "dot " + colour);
    svg.text(kPlotRight + 30, legend, curves[i].name);
  }
  return svg.take();
}

std::string timeline_chart(const std::string& title, const TimelineChart& chart) {
  constexpr double kTop = 16, kHeight = 110, kLeft = 64, kRight = kWidth - 10, kBottom = kTop + kHeight;
  if (chart.values.empty()) return "";
  const double most = std::max(chart.level, *std::ranges::max_element(chart.values));
  const double step = (kRight - kLeft) / static_cast<double>(chart.values.size());
  const auto x_at = [&](double steps) { return kLeft + steps * step; };
  const auto y_at = [&](double value) { return most > 0 ? kBottom - value / most * kHeight : kBottom; };
  Svg svg(kWidth, kBottom + 24, title);
  for (std::size_t i = 0; i < chart.values.size(); ++i) {
    const bool is_low = std::ranges::any_of(chart.dips, [&](const auto& d) { return d.first <= i && i < d.second; });
    const double y = y_at(chart.values[i]);
    svg.rect(x_at(static_cast<double>(i)), y, step, kBottom - y, is_low ? "c1" : "c0",
             tick_text(static_cast<double>(i) * chart.step_s) + " s: " + tick_text(chart.values[i]) + "/s");
  }
  svg.line(kLeft, kBottom, kRight, kBottom, "grid");
  svg.line(kLeft, y_at(chart.level), kRight, y_at(chart.level), "mark");
  svg.text(kLeft - 6, y_at(chart.level) + 4, tick_text(chart.level) + "/s", Anchor::end, "tick");
  for (const auto& [at, name] : chart.marks) {
    const double x = x_at(static_cast<double>(at));
    svg.line(x, kTop - 4, x, kBottom, "mark");
    svg.text(x, kTop - 6, name, Anchor::middle, "note");
  }
  const double seconds = static_cast<double>(chart.values.size()) * chart.step_s;
  const double between = std::max(1.0, std::ceil(seconds / 20));  // ticks, so that their texts do not touch
  for (int tick = 0; tick * between <= seconds; ++tick) {
    const double s = tick * between;
    svg.text(x_at(s / chart.step_s), kBottom + 16, tick_text(s) + " s", Anchor::middle, "tick");
  }
  return svg.take();
}

}  // namespace breakwater::bench
