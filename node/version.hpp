// The program's version, as logs print it. CMakeLists.txt names the same one.
#pragma once

namespace breakwater {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace breakwater
