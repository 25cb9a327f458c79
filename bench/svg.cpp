#include "bench/svg.hpp"

#include <iomanip>
#include <sstream>

namespace breakwater::bench {

namespace {

std::string number(double value) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(1) << value;
  return out.str();
}

std::string attribute(std::string_view name, double value) {
  return " " + std::string(name) + "=\"" + number(value) + "\"";
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

Svg::Svg(double width, double height, std::string_view title) {
  out_ = "<svg viewBox=\"0 0 " + number(width) + " " + number(height) + "\" role=\"img\" aria-label=\"" +
         escaped(title) + "\">";
}

void Svg::element(std::string_view name, const std::string& attributes, std::string_view css, std::string_view hint) {
  out_ += "<" + std::string(name) + attributes + " class=\"" + std::string(css) + "\"";
  if (hint.empty()) {
    out_ += "/>";
    return;
  }
  out_ += "><title>" + escaped(hint) + "</title></" + std::string(name) + ">";
}

Svg& Svg::rect(double x, double y, double width, double height, std::string_view css, std::string_view hint) {
  element("rect", attribute("x", x) + attribute("y", y) + attribute("width", width) + attribute("height", height), css,
          hint);
  return *this;
}

Svg& Svg::line(double x1, double y1, double x2, double y2, std::string_view css) {
  element("line", attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2) + attribute("y2", y2), css, {});
  return *this;
}

Svg& Svg::circle(double x, double y, double radius, std::string_view css, std::string_view hint) {
  element("circle", attribute("cx", x) + attribute("cy", y) + attribute("r", radius), css, hint);
  return *this;
}

Svg& Svg::text(double x, double y, std::string_view content, Anchor anchor, std::string_view css) {
  constexpr std::string_view kAnchors[] = {"start", "middle", "end"};
  out_ += "<text" + attribute("x", x) + attribute("y", y) + " text-anchor=\"" +
          std::string(kAnchors[static_cast<int>(anchor)]) + "\" class=\"" + std::string(css) + "\">" +
          escaped(content) + "</text>";
  return *this;
}

std::string Svg::take() { return std::move(out_) + "</svg>"; }

}  // namespace breakwater::bench
