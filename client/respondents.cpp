#include "client/respondents.hpp"

#include <algorithm>

namespace breakwater {

bool Respondents::agreed(std::optional<ReplicaId> first_choice) {
  // Who orders requests has changed, and may have been one of those that were to answer.
  if (chosen_ && first_choice != first_choice_) {
    want_all();
    return true;
  }
  if (chosen_ || !first_choice || quorums_.weak < 2 || ++outcomes_ < trial_) return false;
  std::set<ReplicaId> chosen;
  // All clients the same ones: who is answered together asks again together, and shares a slot. (Each a choice of its
  // own made slots a sixth smaller.)
  for (std::uint32_t i = 0; i < quorums_.n && chosen.size() + 1 < quorums_.weak; ++i) {
    const ReplicaId candidate((first_choice->value + 1 + i) % quorums_.n);
    if (candidate == *first_choice || !heard_.contains(candidate) || doubted_.contains(candidate)) continue;
    chosen.insert(candidate);
  }
  outcomes_ = 0;
  if (chosen.size() + 1 < quorums_.weak) {
    doubted_.clear();  // by the next trial it may have recovered
    trial_ = std::min(2 * trial_, kLongestTrial);
    return false;
  }
  first_choice_ = first_choice;
  chosen_ = std::move(chosen);
  return true;
}

void Respondents::want_all() {
  outcomes_ = 0;
  heard_.clear();
  if (chosen_) trial_ = std::min(2 * trial_, kLongestTrial);
  chosen_.reset();
}

}  // namespace breakwater
