// What happened in one simulated world, to be read.
#pragma once

#include <filesystem>

#include "sim/plan.hpp"

namespace breakwater::cli {

// Runs the plan and writes every message and fault as text, a line each, and beside it, as FILE with the extension
// .mmd, the last part as a Mermaid sequence diagram, whose path it returns. A FILE that ends in .mmd is the diagram
// alone. Throws UserError when a file cannot be written.
std::filesystem::path write_sim_trace(const std::filesystem::path& file, std::uint64_t seed, const sim::Plan& plan);

}  // namespace breakwater::cli
