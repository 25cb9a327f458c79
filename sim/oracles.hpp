// What must hold of the correct replicas and of what clients are told, as checkers of their own: they share no rule
// with the engine that they watch.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "audit/fencing.hpp"
#include "audit/occupancy.hpp"
#include "sim/observer.hpp"

namespace breakwater::sim {

// A property that does not hold, and where it showed. The names are those of docs/testing.md.
struct Violation {
  std::string property;
  std::string detail;
};

// For details of violations.
inline std::string text_of(SequenceNumber n) { return "slot " + std::to_string(n.value); }
inline std::string text_of(ReplicaId id) { return "replica " + std::to_string(id.value); }

// What must hold whatever the engine. Checked at every step: over each message sent, each transaction, each execution,
// each answer and each tick. The first violation stands. One thread.
class Oracles : public Observer {
 public:
  const std::optional<Violation>& violation() const { return violation_; }
  // The names of all properties that were violated, the first one and what followed from it.
  const std::set<std::string>& violated_properties() const { return violated_; }
  std::uint64_t slots() const { return results_.size(); }

  void started(ReplicaId id, SequenceNumber executed) override;
  void began_anew(ReplicaId id, Incarnation incarnation) override;
  void installed(ReplicaId id, SequenceNumber sequence) override;
  void replayed(ReplicaId id, const Committed& slot, const std::vector<Application::Answer>& answers) override;
  void executed(ReplicaId id, const Committed& slot, const std::vector<Application::Answer>& answers) override;
  void ticked(ReplicaId id, const Replica& replica) override;
  void submitted(const Request& request) override;
  void has_read(ReplicaId id, SequenceNumber sequence, const Request& request,
                const std::vector<Bytes>& results) override;
  void answered(const Request& request, SequenceNumber sequence, ByteView result, std::size_t asked_after) override;

 protected:
  void violated(std::string property, std::string detail);
  void agree(ReplicaId id, SequenceNumber sequence, const Digest& digest);
  const std::map<SequenceNumber, Digest>& decided() const { return decided_; }
  SequenceNumber executed_by(ReplicaId id) const;
  // Whether some correct replica has executed the slot.
  bool is_executed(SequenceNumber sequence) const;
  struct Place {  // in the agreed order
    SequenceNumber sequence;
    std::size_t index = 0;
    auto operator<=>(const Place&) const = default;
  };
  // Where the answer stands, if it is true. The caller guarantees is_executed(sequence), if anybody ever executes it.
  Place judge_answer(const Request& request, SequenceNumber sequence, ByteView result, std::size_t asked_after);
  // One more answer was given, to what stands at `place`.
  void note_answer(const Place& place);

 private:
  using ClientKey = std::pair<ClientId, RequestNumber>;
  struct Executed {
    Place place;
    Results results;
  };

  void note_execution(ReplicaId id, const Committed& slot, const std::vector<Application::Answer>& answers);
  void note_first_execution(const Committed& slot, const std::vector<Application::Answer>& answers);

  std::optional<Violation> violation_;
  std::set<std::string> violated_;

  std::map<SequenceNumber, Digest> decided_;
  std::map<SequenceNumber, Digest> results_;  // of each executed slot, over the outcomes
  std::map<ReplicaId, SequenceNumber> executed_;
  std::map<ReplicaId, ViewNumber> views_;
  std::set<std::pair<ClientKey, Digest>> submitted_;
  std::map<ClientKey, Executed> once_;
  std::map<ClientKey, std::set<std::pair<SequenceNumber, Bytes>>> reads_;  // answered without a slot
  audit::Occupancy occupancy_;
  audit::Fencing fencing_;
  AgreedTime now_;
  std::vector<Place> latest_answered_;  // by how many answers there were: the latest place among them
};

}  // namespace breakwater::sim
