// The normal case, for an instruction counter (scripts/bench-smoke):
//   bench_smoke pbft|raft COMMANDS
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "bench/normal_case.hpp"

int main(int count, char** words) {
  using namespace breakwater;
  const std::string_view engine = count == 3 ? words[1] : "";
  const unsigned long commands = count == 3 ? std::strtoul(words[2], nullptr, 10) : 0;
  if ((engine != "pbft" && engine != "raft") || commands == 0 || commands > 1'000'000) {
    std::cerr << "usage: bench_smoke pbft|raft COMMANDS\n";
    return 2;
  }
  bench::NormalCase normal;
  normal.engine = engine == "raft" ? sim::Engines::raft : sim::Engines::pbft;
  normal.replicas = engine == "raft" ? 3 : 4;
  normal.commands = static_cast<std::uint32_t>(commands);
  bench::run(normal);
  return 0;
}
