// Byzantine strategies: small decorators around a correct engine's outbox and inbox, or around its answers to clients.
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/signer.hpp"
#include "pbft/config.hpp"
#include "raft/config.hpp"
#include "replica/replica.hpp"
#include "replication/engine.hpp"

namespace breakwater::adversary {

// Whose engine lies. The strategies have the same names in both; not each of them makes sense in both.
enum class Group : std::uint8_t { pbft, raft };

// "NAME[:key=value,...]", as --byzantine takes it.
struct Strategy {
  std::string name;
  std::map<std::string, std::string> options;  // as given; each is one that the strategy knows
  SequenceNumber from;                         // option `from`: honest before this slot
  std::optional<std::uint64_t> own_option;     // the value of the one that this strategy alone takes, when given
  std::uint64_t tick_ms = 10;                  // how long a tick is where it runs; never 0
  std::string text;                            // the whole, for the log and the status
};

// Those that a group of this kind may be told.
std::vector<std::string_view> strategy_names(Group group = Group::pbft);

// The error is one line that says what is wrong and which names there are.
std::expected<Strategy, std::string> parse_strategy(std::string_view text, Group group = Group::pbft);

// The engine that lies. What it persists is what the correct engine persists: only what leaves is changed.
// Deterministic: what it does follows from its inputs. `signer` must outlive it and signs as this replica only.
// Strategies whose lies are told to clients alone give `correct` back.
std::unique_ptr<Engine> decorate(std::unique_ptr<Engine> correct, const Strategy& strategy, const pbft::Config& config,
                                 Signer& signer);
// Likewise; nothing is signed. A liar that must lead to lie gets itself elected first.
std::unique_ptr<Engine> decorate(std::unique_ptr<Engine> correct, const Strategy& strategy, const raft::Config& config);

// The outlet that lies to clients, or to who fetches state; null for strategies that do not. `honest` must outlive it.
std::unique_ptr<Outlet> decorate_outlet(Outlet& honest, const Strategy& strategy);

}  // namespace breakwater::adversary
