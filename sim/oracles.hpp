// What must hold of the correct replicas and of what clients are told, as checkers of their own: they share no rule
// with the engine that they watch.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "audit/fencing.hpp"
#include "audit/occupancy.hpp"
#include "crypto/signer.hpp"
#include "sim/observer.hpp"

namespace breakwater::sim {

// A property that does not hold, and where it showed. The names are those of docs/testing.md.
struct Violation {
  std::string property;
  std::string detail;
};

// Checked at every step: over each statement sent, each transaction, each execution, each answer and each tick. The
// first violation stands. One thread; `checker` must outlive it.
class Oracles final : public Observer {
 public:
  // `replicas`: n. Quorums are computed here, from the paper's definition.
  Oracles(std::uint32_t replicas, Digest cluster, const SignatureChecker& checker,
          std::function<bool(ReplicaId)> is_byzantine);

  const std::optional<Violation>& violation() const { return violation_; }
  std::uint64_t slots() const { return results_.size(); }

  void started(ReplicaId id, SequenceNumber executed) override;
  void has_said(ReplicaId id, const Statement& statement) override;
  void archived(ReplicaId id, ByteView record) override;
  void executed(ReplicaId id, const Committed& slot, const std::vector<Application::Answer>& answers) override;
  void convicted(ReplicaId id, const pbft::Conviction& conviction) override;
  void ticked(ReplicaId id, const Replica& replica) override;
  void submitted(const Request& request) override;
  void answered(const Request& request, SequenceNumber sequence, ByteView result, std::size_t asked_after) override;

 private:
  using ClientKey = std::pair<ClientId, RequestNumber>;
  struct Place {  // in the agreed order
    SequenceNumber sequence;
    std::size_t index;
    auto operator<=>(const Place&) const = default;
  };
  struct Executed {
    Place place;
    std::vector<Bytes> results;
  };

  void violated(std::string property, std::string detail);
  void agree(ReplicaId id, SequenceNumber sequence, const Digest& digest);
  void check_certificate(ReplicaId id, const Certificate& commits);
  void note_first_execution(const Committed& slot, const std::vector<Application::Answer>& answers);

  std::uint32_t replicas_;
  std::size_t quorum_;
  Digest cluster_;
  const SignatureChecker& checker_;
  std::function<bool(ReplicaId)> is_byzantine_;
  std::optional<Violation> violation_;

  // (signer, kind, view, sequence) to digest: what one correct replica may say once. Views and sequences that a kind
  // does not promise for are zero.
  std::map<std::tuple<ReplicaId, StatementKind, ViewNumber, SequenceNumber>, Digest> said_;
  std::map<ReplicaId, ViewNumber> asked_for_;  // the highest view that each asked for: it votes in none below
  std::map<SequenceNumber, Digest> decided_;
  std::map<SequenceNumber, Digest> checkpoints_;
  std::map<SequenceNumber, Digest> results_;  // of each executed slot, over the outcomes
  std::map<ReplicaId, SequenceNumber> executed_;
  std::map<ReplicaId, ViewNumber> views_;
  std::set<std::pair<ClientKey, Digest>> submitted_;
  std::map<ClientKey, Executed> once_;
  audit::Occupancy occupancy_;
  audit::Fencing fencing_;
  AgreedTime now_;
  std::vector<Place> latest_answered_;  // by how many answers there were: the latest place among them
};

}  // namespace breakwater::sim
