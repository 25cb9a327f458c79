// A network that loses, delays, repeats, reorders, cuts and clogs.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "sim/faults.hpp"
#include "sim/random.hpp"

namespace breakwater::sim {

struct NetworkOptions {
  std::uint64_t min_delay_ms = 1, max_delay_ms = 4;
  std::uint32_t tail_percent = 0;  // of messages, which take up to tail_ms more
  std::uint64_t tail_ms = 0;
  std::uint32_t drop_percent = 0, duplicate_percent = 0;
};

// Decides what becomes of each message between two places. One thread. Every delay is drawn from `random`, which must
// outlive it, as must `counts`.
class Network {
 public:
  using Link = std::pair<std::uint32_t, std::uint32_t>;  // from, to

  Network(NetworkOptions options, Random& random, FaultCounts& counts)
      : options_(options), random_(random), counts_(counts) {}

  // When the copies of a message sent now arrive: none when it is lost. Cut links lose it, clogged ones keep it.
  std::vector<std::uint64_t> arrivals(Link link, std::uint64_t now_ms);

  void cut(Link link) { cut_.insert(link); }
  void clog(Link link, std::uint64_t until_ms) { clogged_[link] = until_ms; }
  void heal() {
    cut_.clear();
    clogged_.clear();
  }
  NetworkOptions& options() { return options_; }

 private:
  std::uint64_t delay();

  NetworkOptions options_;
  Random& random_;
  FaultCounts& counts_;
  std::set<Link> cut_;
  std::map<Link, std::uint64_t> clogged_;
};

}  // namespace breakwater::sim
