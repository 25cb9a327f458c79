// The harbor of a measurement, and its end.
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

// A directory that is gone at the end, with all that it holds. Made before the group whose harbor it is, so that it
// outlives the group's processes.
class Removed {
 public:
  explicit Removed(std::filesystem::path dir) : dir_(std::move(dir)) {}
  ~Removed() {
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }
  Removed(const Removed&) = delete;
  Removed& operator=(const Removed&) = delete;

 private:
  std::filesystem::path dir_;
};

}  // namespace breakwater::cli
