// The rungs of the cost ladder: what is measured, and beside what.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "replication/quorum.hpp"

namespace breakwater::bench {

enum class Protocol { raft, pbft };
std::string_view name_of(Protocol protocol);  // as cluster.toml writes it

// A group and what it signs.
struct Kind {
  Protocol protocol = Protocol::pbft;
  std::uint32_t replicas = 4;
  bool signed_votes = true, signed_requests = true;

  bool operator==(const Kind&) const = default;
  Quorums quorums() const;
  // PBFT that leaves signatures out is no Byzantine group: it is there to tell what they cost.
  bool is_insecure() const { return protocol == Protocol::pbft && !(signed_votes && signed_requests); }
  // "raft-3", "raft-3-signed", "pbft-4-unsigned", "pbft-4-signed-votes", "pbft-4".
  std::string name() const;
  // "PBFT n=4, signed votes and requests (the product)".
  std::string title() const;
};

struct Rung {
  Kind kind;
  bool durable = true;
  std::uint32_t bundle = 1;          // commands in a request
  std::uint32_t outstanding = 256;   // commands in flight, of all clients together
  std::uint32_t payload_bytes = 16;  // of a command, in the mean

  bool operator==(const Rung&) const = default;
  std::uint32_t requests_in_flight() const { return outstanding / bundle; }
  // "pbft-4 durable b1 o256 16B": what --only is matched with. Under an open loop of so many commands a second, which
  // has no number outstanding, "pbft-4 durable b1 1000/s 16B".
  std::string name(double open_loop_per_s = 0) const;
};

inline constexpr std::uint32_t kBundles[] = {1, 16, 64};
inline constexpr std::uint32_t kPayloads[] = {16, 1024};
inline constexpr std::uint32_t kOutstanding[] = {1, 16, 64, 256, 1600};

// From no distrust to the product, two neighbours differing in one thing, which is what the step between them costs;
// then the product in larger groups.
const std::vector<Kind>& kinds();
const Rung& product();  // n = 4, durable, bundle 1, 256 outstanding, 16 bytes

// A few minutes' worth, with each step of the ladder in it.
std::vector<Rung> default_rungs();
// Every combination. Not those with fewer commands outstanding than a bundle holds.
std::vector<Rung> all_rungs();

// Does `pattern`, in which * stands for any text, fit a part of `name`? An empty one fits any.
bool is_part_of(std::string_view pattern, std::string_view name);

// What is chosen by hand.
struct Choice {
  bool full = false;
  std::optional<Protocol> protocol;                           // every kind of it
  std::vector<std::uint32_t> replicas;                        // every kind of these sizes
  std::vector<std::uint32_t> bundles, outstanding, payloads;  // empty: the product's
  bool in_memory = false;                                     // instead of durable
  std::string pattern;  // a part of a rung's name, in which * stands for anything; empty: all

  bool is_by_hand() const;
};
// By hand: each chosen kind (the product when no kind is chosen) with each of the figures. Otherwise the default rungs;
// with a pattern or `full`, all of them. Of these, those that the pattern fits.
std::vector<Rung> choose(const Choice& choice);

}  // namespace breakwater::bench
