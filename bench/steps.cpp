#include "bench/steps.hpp"

#include <algorithm>
#include <functional>
#include <iterator>

namespace breakwater::bench {

namespace {

constexpr Kind kRaft{Protocol::raft, 3, false, false};
constexpr Kind kRaftSigned{Protocol::raft, 3, false, true};
constexpr Kind kRaftOfFour{Protocol::raft, 4, false, false};
constexpr Kind kPbftUnsigned{Protocol::pbft, 4, false, false};
constexpr Kind kPbftVotes{Protocol::pbft, 4, true, false};
constexpr Kind kPbft{Protocol::pbft, 4, true, true};
constexpr Kind kPbftOfSeven{Protocol::pbft, 7, true, true};
constexpr Kind kPbftOfTen{Protocol::pbft, 10, true, true};

// Otherwise alike.
struct KindStep {
  const char* what;
  Kind from, to;
};
constexpr KindStep kKindSteps[] = {
    {"Raft: clients sign their requests", kRaft, kRaftSigned},
    {"Raft: one more replica", kRaft, kRaftOfFour},
    {"two more phases, everybody to everybody", kRaftOfFour, kPbftUnsigned},
    {"a signature on every vote", kPbftUnsigned, kPbftVotes},
    {"a signature on every request, checked by every replica", kPbftVotes, kPbft},
    {"a second liar: 7 replicas", kPbft, kPbftOfSeven},
    {"a third liar: 10 replicas", kPbftOfSeven, kPbftOfTen},
};

const RungResult* find(const std::vector<RungResult>& results, const Rung& rung) {
  const auto found = std::ranges::find(results, rung, &RungResult::rung);
  return found == results.end() || found->throughput_per_s.median <= 0 ? nullptr : &*found;
}

// The same rung, changed in one thing; nothing when the change leads nowhere.
struct RungStep {
  const char* what;
  std::optional<Rung> (*from)(const Rung& to);
};
constexpr RungStep kRungSteps[] = {
    {"a synced transaction before each vote",
     [](const Rung& to) -> std::optional<Rung> {
       Rung from = to;
       from.durable = false;
       return to.durable ? std::optional(from) : std::nullopt;
     }},
    {"a payload of 1 KiB",
     [](const Rung& to) -> std::optional<Rung> {
       Rung from = to;
       from.payload_bytes = kPayloads[0];
       return to.payload_bytes == kPayloads[1] ? std::optional(from) : std::nullopt;
     }},
    {"64 commands in a request instead of 16",
     [](const Rung& to) -> std::optional<Rung> {
       Rung from = to;
       from.bundle = kBundles[1];
       return to.bundle == kBundles[2] ? std::optional(from) : std::nullopt;
     }},
};

}  // namespace

std::vector<Step> steps_of(const std::vector<RungResult>& results) {
  std::vector<Step> steps;
  const auto add = [&](const char* what, const Rung& from, const RungResult& to) {
    if (const RungResult* before = find(results, from)) steps.push_back({what, before, &to});
  };
  for (const KindStep& step : kKindSteps) {
    for (const RungResult& to : results) {
      if (to.rung.kind != step.to || find(results, to.rung) == nullptr) continue;
      Rung from = to.rung;
      from.kind = step.from;
      add(step.what, from, to);
    }
  }
  for (const RungStep& step : kRungSteps) {
    for (const RungResult& to : results) {
      if (find(results, to.rung) == nullptr) continue;
      if (const auto from = step.from(to.rung)) add(step.what, *from, to);
    }
  }
  const auto is_of_the_product = [](const Step& step) {
    Rung plain = step.to->rung;
    plain.kind = product().kind;
    return plain == product();
  };
  std::vector<Step> in_order;
  std::ranges::copy_if(steps, std::back_inserter(in_order), is_of_the_product);
  std::ranges::copy_if(steps, std::back_inserter(in_order), std::not_fn(is_of_the_product));
  return in_order;
}

}  // namespace breakwater::bench
