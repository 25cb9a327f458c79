#include "bench/page.hpp"

#include <cmath>

#include "bench/figure.hpp"
#include "bench/svg.hpp"

namespace breakwater::bench {

std::string whole(double value) { return std::to_string(std::llround(value)); }
std::string ms(double us) { return figure(us / 1000); }

std::string section(const std::string& heading, const std::string& text, const std::string& content) {
  if (content.empty()) return "";
  return "<section><h2>" + escaped(heading) + "</h2><p>" + text + "</p>" + content + "</section>\n";
}

std::string table(const Cells& head, const std::vector<Cells>& rows) {
  if (rows.empty()) return "";
  std::string out = "<div class=\"wide\"><table><thead><tr>";
  for (const std::string& cell : head) out += "<th>" + escaped(cell) + "</th>";
  out += "</tr></thead><tbody>";
  for (const Cells& row : rows) {
    out += "<tr>";
    for (const std::string& cell : row) out += "<td>" + escaped(cell) + "</td>";
    out += "</tr>";
  }
  return out + "</tbody></table></div>";
}

}  // namespace breakwater::bench
