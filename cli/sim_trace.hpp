// What happened in one simulated world, to be read.
#pragma once

#include <filesystem>

#include "sim/plan.hpp"

namespace breakwater::cli {

// Runs the plan and writes every message and fault: as a Mermaid sequence diagram of the last part when the file's name
// ends in .mmd, else as text, a line each. Throws UserError when the file cannot be written.
void write_sim_trace(const std::filesystem::path& file, std::uint64_t seed, const sim::Plan& plan);

}  // namespace breakwater::cli
