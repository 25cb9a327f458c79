// A drawing as SVG text. Colours are classes of the page that holds it, so that it fits a light and a dark one.
#pragma once

#include <string>
#include <string_view>

namespace breakwater::bench {

// "&", "<", ">" and quotes as entities.
std::string escaped(std::string_view text);

// Coordinates are pixels from the upper left corner. One thread.
class Svg {
 public:
  enum class Anchor { start, middle, end };

  // `title` is read out instead of the drawing.
  Svg(double width, double height, std::string_view title);
  // `hint` shows when the pointer rests on it; empty: none.
  Svg& rect(double x, double y, double width, double height, std::string_view css, std::string_view hint = {});
  Svg& line(double x1, double y1, double x2, double y2, std::string_view css);
  Svg& circle(double x, double y, double radius, std::string_view css, std::string_view hint = {});
  Svg& text(double x, double y, std::string_view content, Anchor anchor = Anchor::start, std::string_view css = {});
  std::string take();

 private:
  void element(std::string_view name, const std::string& attributes, std::string_view css, std::string_view hint);
  std::string out_;
};

}  // namespace breakwater::bench
