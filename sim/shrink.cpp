// Shrinking a failing plan: what is left is what matters.
#include <algorithm>

#include "sim/run.hpp"

namespace breakwater::sim {

namespace {

class Shrinker {
 public:
  Shrinker(std::string property, std::size_t attempts) : property_(std::move(property)), left_(attempts) {}

  // Keeps `smaller` when it still fails in the same way.
  bool accept(Plan& plan, Plan smaller) {
    if (left_ == 0) return false;
    --left_;
    const Outcome outcome = run(smaller);
    if (!outcome.violation || outcome.violation->property != property_) return false;
    plan = std::move(smaller);
    return true;
  }

  // Removes halves, then quarters, down to single items.
  template <class Item>
  void thin(Plan& plan, std::vector<Item> Plan::* items, std::size_t keep_first) {
    for (std::size_t chunk = ((plan.*items).size() + 1) / 2; chunk > 0 && left_ > 0; chunk /= 2) {
      for (std::size_t at = keep_first; at < (plan.*items).size() && left_ > 0;) {
        Plan smaller = plan;
        auto& list = smaller.*items;
        const std::size_t end = std::min(at + chunk, list.size());
        list.erase(list.begin() + static_cast<std::ptrdiff_t>(at), list.begin() + static_cast<std::ptrdiff_t>(end));
        if (!accept(plan, std::move(smaller))) at += chunk;
      }
    }
  }

  void simplify(Plan& plan) {
    const auto try_without = [&](const auto& change) {
      Plan smaller = plan;
      change(smaller.options);
      accept(plan, std::move(smaller));
    };
    try_without([](ClusterOptions& o) { o.drop_percent = 0; });
    try_without([](ClusterOptions& o) { o.duplicate_percent = 0; });
    try_without([](ClusterOptions& o) { o.tail_percent = 0; });
    try_without([](ClusterOptions& o) { o.quorum_delay_ms = 0; });
    try_without([](ClusterOptions& o) { o.real_crypto = false; });
    for (const auto& liar : std::map(plan.options.byzantine)) {
      try_without([&](ClusterOptions& o) { o.byzantine.erase(liar.first); });
    }
  }

 private:
  std::string property_;
  std::size_t left_;
};

}  // namespace

Plan shrink(Plan plan, const std::string& property, std::size_t attempts) {
  Shrinker shrinker(property, attempts);
  shrinker.thin(plan, &Plan::faults, 0);
  shrinker.thin(plan, &Plan::commands, 1);  // the voyage has to be opened
  shrinker.simplify(plan);
  shrinker.thin(plan, &Plan::faults, 0);
  return plan;
}

std::vector<std::string> describe(const Plan& plan) {
  const ClusterOptions& o = plan.options;
  std::vector<std::string> lines;
  lines.push_back(std::to_string(o.replicas) + " replicas, delays " + std::to_string(o.min_delay_ms) + " to " +
                  std::to_string(o.max_delay_ms) + " ms, " + std::to_string(o.drop_percent) + " % lost, " +
                  std::to_string(o.duplicate_percent) + " % repeated, " + std::to_string(o.tail_percent) + " % late" +
                  (o.real_crypto ? ", Ed25519" : "") + (o.whole_rounds ? ", whole rounds" : ""));
  if (o.quorum_delay_ms > 0)
    lines.push_back("each vote that completes a quorum: " + std::to_string(o.quorum_delay_ms) + " ms later");
  for (const auto& [id, strategy] : o.byzantine)
    lines.push_back("replica " + std::to_string(id) + " plays " + strategy);
  for (const std::uint32_t id : o.twins) lines.push_back("replica " + std::to_string(id) + " runs twice");
  for (const FaultEvent& fault : plan.faults) lines.push_back(describe(fault));
  lines.push_back(std::to_string(plan.commands.size()) + " commands; all heals at " +
                  std::to_string(plan.faults_end_ms) + " ms");
  return lines;
}

}  // namespace breakwater::sim
