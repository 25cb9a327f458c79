// The harbor of a measurement.
#pragma once

#include "bench/rung.hpp"
#include "cli/harbor.hpp"

namespace breakwater::cli {

struct BenchHarborNeeds {
  std::uint32_t desks = 1;
  bool fault_injection = false;
};
// Of its own kind: the settings are the product's, but for what the rung leaves out, and every client may send what its
// payload takes. Throws UserError.
Harbor make_bench_harbor(const bench::Rung& rung, const BenchHarborNeeds& needs, const std::filesystem::path& dir);

}  // namespace breakwater::cli
