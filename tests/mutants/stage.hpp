// A cluster on which a test plays the liars itself, and oracles that share nothing with what a mutant may have changed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sim/cluster.hpp"

namespace breakwater::testing {

using namespace pbft;
using sim::Cluster;
using sim::ClusterOptions;

class Stage {
 public:
  // Liars whose strategy is kPlayed say nothing of their own: the test speaks for them.
  static constexpr const char* kPlayed = "silent";
  explicit Stage(ClusterOptions options);

  Cluster cluster;

  // Which messages the network carries; every one that a replica sends is noted, carried or not.
  void carry(Cluster::Filter filter) { carried_ = std::move(filter); }
  void carry_all() { carried_ = nullptr; }

  // --- clients
  std::size_t open_voyage() { return cluster.submit(0, booking::Open{"V", "A", 20, {}}); }
  std::size_t reserve(std::uint32_t client, booking::BookingNumber number) {
    return cluster.submit(client, booking::Reserve{{"V", std::nullopt, "A"}, number});
  }
  bool settles(std::uint64_t limit_ms = 60'000) {
    return cluster.run_until([&] { return cluster.all_answered(); }, limit_ms);
  }
  // A batch with one honest request.
  BatchPtr batch(std::uint32_t client, booking::BookingNumber number);

  // --- what a liar says
  SignedStatement sign(StatementKind kind, std::uint32_t liar, std::uint64_t view, std::uint64_t sequence,
                       const Digest& digest);
  void say(std::uint32_t liar, const std::vector<std::uint32_t>& to, const MessagePtr& message);
  std::shared_ptr<const ViewChange> view_change(std::uint32_t liar, std::uint64_t view, std::uint64_t low,
                                                ViewChange::Body body);
  std::shared_ptr<const NewView> new_view(std::uint32_t liar, std::uint64_t view,
                                          std::vector<ViewChangePtr> view_changes, const std::vector<Digest>& o);
  // The last message of this type that `sender` sent in `view`; null when there was none.
  template <class M>
  std::shared_ptr<const M> said(std::uint32_t sender, std::uint64_t view) const {
    for (auto it = said_.rbegin(); it != said_.rend(); ++it) {
      const auto m = std::dynamic_pointer_cast<const M>(*it);
      if (m != nullptr && m->sender() == ReplicaId(sender) && m->view() == ViewNumber(view)) return m;
    }
    return nullptr;
  }

  // --- verdict
  // The first property that does not hold of the correct replicas and of what clients were told; empty when all do.
  std::string violation();
  // Everything is carried again; then violation(), or liveness when not all clients are answered. Reported as an error
  // of the running test, "violated: ...".
  void judge(std::uint64_t limit_ms = 60'000);

 private:
  void note(ReplicaId from, const Message& message);
  std::string contradictions() const;
  std::string journals();
  std::string suspicions();
  std::string decisions();
  std::string answers() const;
  bool is_correct(std::uint32_t id) const { return !cluster.is_byzantine(id); }

  std::uint32_t replicas_;
  std::uint64_t log_window_;
  Cluster::Filter carried_;
  std::vector<std::shared_ptr<const StatementMessage>> said_;  // own statements of each replica, each once
  std::set<SignedStatement> seen_;
  std::map<SequenceNumber, BatchPtr> log_;  // what correct replicas decided
};

}  // namespace breakwater::testing
