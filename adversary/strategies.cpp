#include "adversary/strategies.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "adversary/adversary_engine.hpp"
#include "adversary/raft_adversary.hpp"

namespace breakwater::adversary {

namespace {

// The option that one strategy takes beside `from`.
struct Option {
  std::string_view key;   // empty: there is none
  std::string_view form;  // of its value, for people
};
constexpr std::string_view kClient = "client";
constexpr std::string_view kWith = "with";  // replicas, as "1" or "1+4": a bit per id

// A new strategy is a file and a row here.
struct Entry {
  std::string_view name;
  EngineMaker pbft;    // null: its engine is honest
  RaftMaker raft;      // likewise
  OutletMaker outlet;  // null: it leaves what no engine sends alone: answers to clients, archived slots, state
  Option option = {};
  bool campaigns = true;              // in a Raft group: its lies are a leader's
  std::string_view not_in_raft = {};  // why a Raft group may not be told it
};
constexpr Entry kStrategies[] = {
    {"equivocate", make_equivocator, make_raft_equivocator, nullptr},
    {"silent", make_silent, make_raft_silent, make_silent_outlet},
    {"slow", make_slow, make_raft_slow, nullptr, {"delay_ms", "MILLISECONDS"}},
    {"censor", make_censor, make_raft_censor, nullptr, {kClient, "desk-N"}},
    {"forge", make_forger, make_raft_forger, nullptr},
    {"double-vote", make_double_voter, make_raft_double_voter, nullptr, {}, false},
    {"bad-checkpoint", make_bad_checkpointer, nullptr, nullptr, {}, false, "its replicas sign no state"},
    {"bad-view-change", make_bad_view_changer, make_raft_bad_candidate, nullptr},
    {"bad-new-view", make_bad_new_viewer, make_raft_false_leader, nullptr, {}, false},
    {"view-flood", make_view_flooder, make_raft_term_flooder, nullptr, {}, false},
    {"replay", make_replayer, make_raft_replayer, nullptr},
    {"lie-to-clients", nullptr, nullptr, make_lying_outlet},
    {"bad-transfer", nullptr, nullptr, make_bad_donor_outlet, {}, false},
    {"corrupt", make_corrupter, make_raft_corrupter, nullptr},
    {"collude",
     make_colluder,
     nullptr,
     nullptr,
     {kWith, "ID+ID+..."},
     false,
     "one liar is more than it survives, and needs no accomplice"},
    {"random", make_random, make_raft_random, make_random_outlet, {"seed", "NUMBER"}},
};

const Entry* find(std::string_view name) {
  const auto it = std::ranges::find(kStrategies, name, &Entry::name);
  return it == std::end(kStrategies) ? nullptr : it;
}

bool is_known(const Entry& entry, Group group) { return group == Group::pbft || entry.not_in_raft.empty(); }

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// A client by its name, as `init` gives it, or by its number.
std::optional<std::uint64_t> parse_client(std::string_view text) {
  constexpr std::string_view kDesk = "desk-";
  if (text == "operator") return 0;
  if (text.starts_with(kDesk)) text.remove_prefix(kDesk.size());
  const std::optional<std::uint64_t> number = parse_number(text);
  return number && *number <= std::numeric_limits<std::uint32_t>::max() ? number : std::nullopt;
}

// Replicas by number, as many as anybody can name; the value has a bit per id.
std::optional<std::uint64_t> parse_replicas(std::string_view text) {
  std::uint64_t bits = 0;
  for (bool more = true; more;) {
    const std::size_t plus = text.find('+');
    const std::optional<std::uint64_t> id = parse_number(text.substr(0, plus));
    if (!id || *id >= 64) return std::nullopt;
    bits |= std::uint64_t{1} << *id;
    more = plus != std::string_view::npos;
    if (more) text.remove_prefix(plus + 1);
  }
  return bits;
}

// Reads one "key=value" into `strategy`; false when it takes no such option.
bool take_option(Strategy& strategy, const Option& own, std::string_view option) {
  const std::string_view key = option.substr(0, option.find('='));
  const std::string_view value = key.size() < option.size() ? option.substr(key.size() + 1) : "";
  const std::optional<std::uint64_t> number = key == kClient ? parse_client(value)
                                              : key == kWith ? parse_replicas(value)
                                                             : parse_number(value);
  const bool is_own = !own.key.empty() && key == own.key;
  if (!number || (key != "from" && !is_own) || !strategy.options.emplace(key, value).second) return false;
  if (is_own) {
    strategy.own_option = number;
  } else {
    strategy.from = SequenceNumber(*number);
  }
  return true;
}

std::string known_options(const Option& own) {
  if (own.key.empty()) return "its option is from=SEQUENCE";
  return "its options are from=SEQUENCE and " + std::string(own.key) + "=" + std::string(own.form);
}

}  // namespace

std::vector<std::string_view> strategy_names(Group group) {
  std::vector<std::string_view> names;
  for (const Entry& entry : kStrategies) {
    if (is_known(entry, group)) names.push_back(entry.name);
  }
  return names;
}

std::expected<Strategy, std::string> parse_strategy(std::string_view text, Group group) {
  Strategy strategy;
  strategy.text = text;
  strategy.name = text.substr(0, text.find(':'));
  const Entry* entry = find(strategy.name);
  if (entry == nullptr || !is_known(*entry, group)) {
    std::string line = "unknown strategy '" + strategy.name + "'";
    if (entry != nullptr) {
      line = "strategy '" + strategy.name + "' makes no sense in a raft group: " + std::string(entry->not_in_raft);
    }
    line += "; known are";
    for (const std::string_view name : strategy_names(group)) line.append(" ").append(name);
    return std::unexpected(line);
  }
  if (strategy.name.size() == text.size()) return strategy;
  std::string_view rest = text.substr(strategy.name.size() + 1);
  for (bool more = true; more;) {
    const std::size_t comma = rest.find(',');
    const std::string_view option = rest.substr(0, comma);
    more = comma != std::string_view::npos;
    if (more) rest.remove_prefix(comma + 1);
    if (!take_option(strategy, entry->option, option)) {
      return std::unexpected("strategy '" + strategy.name + "' does not take '" + std::string(option) + "'; " +
                             known_options(entry->option));
    }
  }
  return strategy;
}

std::unique_ptr<Engine> decorate(std::unique_ptr<Engine> correct, const Strategy& strategy, const pbft::Config& config,
                                 Signer& signer) {
  const Entry* entry = find(strategy.name);
  if (entry == nullptr || entry->pbft == nullptr) return correct;
  return entry->pbft(std::move(correct), strategy, config, signer);
}

std::unique_ptr<Engine> decorate(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                 const raft::Config& config) {
  const Entry* entry = find(strategy.name);
  if (entry == nullptr) return correct;
  if (entry->campaigns) correct = make_raft_campaigner(std::move(correct), strategy, config);
  return entry->raft == nullptr ? std::move(correct) : entry->raft(std::move(correct), strategy, config);
}

std::unique_ptr<Outlet> decorate_outlet(Outlet& honest, const Strategy& strategy) {
  const Entry* entry = find(strategy.name);
  return entry == nullptr || entry->outlet == nullptr ? nullptr : entry->outlet(honest, strategy);
}

}  // namespace breakwater::adversary
