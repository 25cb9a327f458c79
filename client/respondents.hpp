// Which replicas answer a client without having been asked by it.
#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "replication/ids.hpp"
#include "replication/quorum.hpp"

namespace breakwater {

// A weak quorum of answers is an outcome, and every answer costs both ends. So a client that knows whom it can rely on
// asks the others for silence: they answer only what it asks them itself, which it does whenever an outcome is late or
// the answers disagree. Until it knows, and again after that, all of them answer.
//
// Nothing of this is trusted: who is chosen decides how soon an outcome is known, never what it is. One thread.
class Respondents {
 public:
  // Outcomes that are waited for before a choice; twice as many each time that a choice proved bad, up to the most.
  static constexpr std::uint32_t kFirstTrial = 32;
  static constexpr std::uint32_t kLongestTrial = 4096;

  explicit Respondents(Quorums quorums) : quorums_(quorums) {}

  // Something that `from` said of one of this client's requests.
  void heard(ReplicaId from) { heard_.insert(from); }
  // A weak quorum agreed. `first_choice` orders requests, and is asked directly. True when the choice has changed: see
  // is_wanted().
  bool agreed(std::optional<ReplicaId> first_choice);
  // It contradicted a weak quorum, or kept silent where it was to answer.
  void doubt(ReplicaId replica) { doubted_.insert(replica); }
  // Everybody is to answer again.
  void want_all();

  bool has_choice() const { return chosen_.has_value(); }
  // Whether `replica` is to answer unasked.
  bool is_wanted(ReplicaId replica) const { return !chosen_ || chosen_->contains(replica); }

 private:
  Quorums quorums_;
  std::set<ReplicaId> heard_;    // since all were wanted
  std::set<ReplicaId> doubted_;  // not chosen while there are others
  std::optional<ReplicaId> first_choice_;
  std::optional<std::set<ReplicaId>> chosen_;  // beside the first choice, one less than a weak quorum; nothing: all
  std::uint32_t trial_ = kFirstTrial;
  std::uint32_t outcomes_ = 0;  // of this trial
};

}  // namespace breakwater
