#include "adversary/strategies.hpp"

#include <algorithm>
#include <charconv>

#include "adversary/adversary_engine.hpp"
#include "adversary/lie_to_clients.hpp"

namespace breakwater::adversary {

namespace {

struct Entry {
  std::string_view name;
  Maker make;  // null: the lie is in the outlet
};
constexpr Entry kStrategies[] = {
    {"equivocate", make_equivocator}, {"silent", make_silent},       {"forge", make_forger},
    {"double-vote", make_double_voter}, {"corrupt", make_corrupter}, {"lie-to-clients", nullptr},
    {"replay", make_replayer},
};

const Entry* find(std::string_view name) {
  const auto it = std::ranges::find(kStrategies, name, &Entry::name);
  return it == std::end(kStrategies) ? nullptr : it;
}

}  // namespace

std::vector<std::string_view> strategy_names() {
  std::vector<std::string_view> names;
  for (const Entry& entry : kStrategies) names.push_back(entry.name);
  return names;
}

std::expected<Strategy, std::string> parse_strategy(std::string_view text) {
  Strategy strategy;
  strategy.text = text;
  strategy.name = text.substr(0, text.find(':'));
  if (find(strategy.name) == nullptr) {
    std::string line = "unknown strategy '" + strategy.name + "'; known are";
    for (const std::string_view name : strategy_names()) line.append(" ").append(name);
    return std::unexpected(line);
  }
  std::string_view options = strategy.name.size() < text.size() ? text.substr(strategy.name.size() + 1) : "";
  while (!options.empty()) {
    const std::string_view option = options.substr(0, options.find(','));
    options.remove_prefix(std::min(options.size(), option.size() + 1));
    const std::string_view value = option.starts_with("from=") ? option.substr(5) : "";
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), strategy.from.value);
    if (value.empty() || error != std::errc{} || end != value.data() + value.size()) {
      return std::unexpected("strategy '" + strategy.name + "' does not know '" + std::string(option) +
                             "'; its option is from=SEQUENCE");
    }
  }
  return strategy;
}

std::unique_ptr<Engine> decorate(std::unique_ptr<Engine> correct, const Strategy& strategy, const pbft::Config& config,
                                 Signer& signer) {
  const Entry* entry = find(strategy.name);
  if (entry == nullptr || entry->make == nullptr) return correct;
  return entry->make(std::move(correct), strategy, config, signer);
}

std::unique_ptr<Outlet> decorate_outlet(Outlet& honest, const Strategy& strategy) {
  if (strategy.name != "lie-to-clients") return nullptr;
  return std::make_unique<LieToClients>(honest, strategy.from);
}

}  // namespace breakwater::adversary
