// Measured figures for people.
#pragma once

#include <string>

namespace breakwater::bench {

// With as many digits as it is worth: 0.42, 9.3, 123, 4567.
std::string figure(double value);
// "59 %".
std::string percent(double share);

}  // namespace breakwater::bench
