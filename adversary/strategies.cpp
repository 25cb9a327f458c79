#include "adversary/strategies.hpp"

#include <algorithm>
#include <charconv>

#include "adversary/adversary_engine.hpp"

namespace breakwater::adversary {

namespace {

// A new strategy is a file and a row here.
struct Entry {
  std::string_view name;
  EngineMaker engine;  // null: it lies to clients only
  OutletMaker outlet;  // null: it answers clients honestly
};
constexpr Entry kStrategies[] = {
    {"equivocate", make_equivocator, nullptr}, {"silent", make_silent, make_silent_outlet},
    {"forge", make_forger, nullptr},           {"double-vote", make_double_voter, nullptr},
    {"replay", make_replayer, nullptr},        {"lie-to-clients", nullptr, make_lying_outlet},
    {"corrupt", make_corrupter, nullptr},
};

const Entry* find(std::string_view name) {
  const auto it = std::ranges::find(kStrategies, name, &Entry::name);
  return it == std::end(kStrategies) ? nullptr : it;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
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
  if (strategy.name.size() == text.size()) return strategy;
  std::string_view rest = text.substr(strategy.name.size() + 1);
  for (bool more = true; more;) {
    const std::size_t comma = rest.find(',');
    const std::string_view option = rest.substr(0, comma);
    more = comma != std::string_view::npos;
    if (more) rest.remove_prefix(comma + 1);

    const std::string_view key = option.substr(0, option.find('='));
    const std::string_view value = key.size() < option.size() ? option.substr(key.size() + 1) : "";
    const std::optional<std::uint64_t> number = parse_number(value);
    const bool fresh = strategy.options.emplace(key, value).second;
    if (key != "from" || !number || !fresh) {
      return std::unexpected("strategy '" + strategy.name + "' does not take '" + std::string(option) +
                             "'; its option is from=SEQUENCE");
    }
    strategy.from = SequenceNumber(*number);
  }
  return strategy;
}

std::unique_ptr<Engine> decorate(std::unique_ptr<Engine> correct, const Strategy& strategy, const pbft::Config& config,
                                 Signer& signer) {
  const Entry* entry = find(strategy.name);
  if (entry == nullptr || entry->engine == nullptr) return correct;
  return entry->engine(std::move(correct), strategy, config, signer);
}

std::unique_ptr<Outlet> decorate_outlet(Outlet& honest, const Strategy& strategy) {
  const Entry* entry = find(strategy.name);
  return entry == nullptr || entry->outlet == nullptr ? nullptr : entry->outlet(honest, strategy);
}

}  // namespace breakwater::adversary
