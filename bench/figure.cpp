#include "bench/figure.hpp"

#include <cmath>
#include <iomanip>
#include <sstream>

namespace breakwater::bench {

std::string figure(double value) {
  const double size = std::abs(value);
  std::ostringstream out;
  out << std::fixed << std::setprecision(size < 0.995 ? 2 : size < 99.5 ? 1 : 0) << value;
  return out.str();
}

std::string percent(double share) { return std::to_string(std::lround(share * 100)) + " %"; }

}  // namespace breakwater::bench
