#include "bench/rung.hpp"

#include <algorithm>
#include <cmath>

namespace breakwater::bench {

namespace {

const std::vector<Kind> kKinds = {
    {Protocol::raft, 3, false, false}, {Protocol::raft, 3, false, true}, {Protocol::raft, 4, false, false},
    {Protocol::pbft, 4, false, false}, {Protocol::pbft, 4, true, false}, {Protocol::pbft, 4, true, true},
    {Protocol::pbft, 7, true, true},   {Protocol::pbft, 10, true, true},
};
constexpr Kind kTrusting{Protocol::raft, 3, false, false};

// Does `pattern`, in which * stands for any text, fit the whole of `text`?
bool fits(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() != '*') {
    return !text.empty() && text.front() == pattern.front() && fits(pattern.substr(1), text.substr(1));
  }
  for (std::size_t skipped = 0; skipped <= text.size(); ++skipped) {
    if (fits(pattern.substr(1), text.substr(skipped))) return true;
  }
  return false;
}

Rung with(const Rung& rung, auto change) {
  Rung changed = rung;
  change(changed);
  return changed;
}

// Of the sizes that the ladder has no kind for, the product's kind, or Raft's without signatures.
std::vector<Kind> chosen_kinds(const Choice& choice) {
  if (!choice.protocol && choice.replicas.empty()) return {product().kind};
  std::vector<Kind> chosen;
  for (const Kind& kind : kKinds) {
    const bool is_size =
        choice.replicas.empty() || std::ranges::find(choice.replicas, kind.replicas) != choice.replicas.end();
    if (is_size && (!choice.protocol || kind.protocol == *choice.protocol)) chosen.push_back(kind);
  }
  for (const std::uint32_t n : choice.replicas) {
    if (std::ranges::find(chosen, n, &Kind::replicas) != chosen.end()) continue;
    Kind kind = choice.protocol == Protocol::raft ? kTrusting : product().kind;
    kind.replicas = n;
    chosen.push_back(kind);
  }
  return chosen;
}

std::vector<Rung> combine(const std::vector<Kind>& kinds, const std::vector<bool>& durable,
                          const std::vector<std::uint32_t>& bundles, const std::vector<std::uint32_t>& outstanding,
                          const std::vector<std::uint32_t>& payloads) {
  std::vector<Rung> all;
  for (const Kind& kind : kinds) {
    for (const bool d : durable) {
      for (const std::uint32_t bundle : bundles) {
        for (const std::uint32_t payload : payloads) {
          for (const std::uint32_t o : outstanding) {
            if (o >= bundle) all.push_back({kind, d, bundle, o, payload});
          }
        }
      }
    }
  }
  return all;
}

std::vector<Rung> by_hand(const Choice& choice) {
  const auto or_else = [](const std::vector<std::uint32_t>& given, std::uint32_t otherwise) {
    return given.empty() ? std::vector{otherwise} : given;
  };
  return combine(chosen_kinds(choice), {!choice.in_memory}, or_else(choice.bundles, product().bundle),
                 or_else(choice.outstanding, product().outstanding), or_else(choice.payloads, product().payload_bytes));
}

}  // namespace

std::string_view name_of(Protocol protocol) { return protocol == Protocol::raft ? "raft" : "pbft"; }

Quorums Kind::quorums() const {
  return protocol == Protocol::raft ? Quorums::crash(replicas) : Quorums::byzantine(replicas);
}

std::string Kind::name() const {
  std::string name = std::string(name_of(protocol)) + "-" + std::to_string(replicas);
  if (protocol == Protocol::raft) return name + (signed_requests ? "-signed" : "");
  if (signed_votes) return name + (signed_requests ? "" : "-signed-votes");
  return name + (signed_requests ? "-signed-requests" : "-unsigned");
}

std::string Kind::title() const {
  const std::string size = " n=" + std::to_string(replicas);
  if (protocol == Protocol::raft) return "Raft" + size + (signed_requests ? ", signed requests" : ", unsigned");
  if (!is_insecure()) return "PBFT" + size + ", signed votes and requests";
  return "PBFT" + size +
         (signed_votes      ? ", signed votes, unsigned requests"
          : signed_requests ? ", signed requests, unsigned votes"
                            : ", unsigned");
}

std::string Rung::name(double open_loop_per_s) const {
  const std::string load =
      open_loop_per_s > 0 ? std::to_string(std::llround(open_loop_per_s)) + "/s" : "o" + std::to_string(outstanding);
  return kind.name() + (durable ? " durable" : " memory") + " b" + std::to_string(bundle) + " " + load + " " +
         std::to_string(payload_bytes) + "B";
}

const std::vector<Kind>& kinds() { return kKinds; }

const Rung& product() {
  static const Rung rung{};
  return rung;
}

std::vector<Rung> default_rungs() {
  std::vector<Rung> rungs;
  const auto add = [&](const Kind& kind, auto change) {
    rungs.push_back(with(product(), [&](Rung& r) {
      r.kind = kind;
      change(r);
    }));
  };
  for (const Kind& kind : kKinds) add(kind, [](Rung&) {});
  for (const Kind& kind : {kTrusting, product().kind}) add(kind, [](Rung& r) { r.durable = false; });
  for (const Kind& kind : {kTrusting, product().kind}) {
    for (const std::uint32_t outstanding : {1u, 16u, 64u}) add(kind, [&](Rung& r) { r.outstanding = outstanding; });
  }
  for (const std::uint32_t bundle : {16u, 64u}) {
    add(product().kind, [&](Rung& r) {
      r.bundle = bundle;
      r.outstanding = 1600;
    });
  }
  add(product().kind, [](Rung& r) { r.payload_bytes = 1024; });
  return rungs;
}

std::vector<Rung> all_rungs() {
  const auto list = [](const auto& figures) { return std::vector(std::begin(figures), std::end(figures)); };
  return combine(kKinds, {true, false}, list(kBundles), list(kOutstanding), list(kPayloads));
}

bool is_part_of(std::string_view pattern, std::string_view name) {
  return fits("*" + std::string(pattern) + "*", name);
}

bool Choice::is_by_hand() const {
  return protocol || !replicas.empty() || !bundles.empty() || !outstanding.empty() || !payloads.empty() || in_memory;
}

std::vector<Rung> choose(const Choice& choice) {
  std::vector<Rung> rungs = choice.is_by_hand()                      ? by_hand(choice)
                            : choice.full || !choice.pattern.empty() ? all_rungs()
                                                                     : default_rungs();
  std::erase_if(rungs, [&](const Rung& rung) { return !is_part_of(choice.pattern, rung.name()); });
  return rungs;
}

}  // namespace breakwater::bench
