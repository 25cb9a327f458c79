// A group of replicas in which the test plays the liars, and the oracles that the hazards are judged by. One thread.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "crypto/batch.hpp"
#include "sim/cluster.hpp"

namespace breakwater::hazards {

using Ids = std::set<std::uint32_t>;

// A liar that the test plays: the correct replica behind it never lies by itself, but the oracles do not count it.
inline const std::string kPuppet = "silent:from=1000000000";
// One that falls silent once slot 1 is decided, so that only the test's words are heard from it.
inline const std::string kPuppetAfterOpening = "silent:from=2";

class Stage : public sim::Cluster {
 public:
  explicit Stage(sim::ClusterOptions options);

  // Each signed message that a replica sends is recorded once, whatever the rule says of it; null lets everything
  // through.
  void rule(Filter rule) { rule_ = std::move(rule); }
  void split(std::vector<std::vector<std::uint32_t>> sides);
  void cut_off(std::uint32_t replica);
  void reunite() { rule_ = nullptr; }
  void say(std::uint32_t liar, std::uint32_t to, const MessagePtr& message);
  void say_to_all(std::uint32_t liar, const MessagePtr& message);

  // A copy that outlives the network's; null for messages that carry no signature of their sender.
  static MessagePtr copy_of(const Message& message);

  // --- the usual steps
  // Suites of class A on voyage V, in slot 1.
  void open(std::uint32_t suites = 8);
  std::size_t reserve(std::uint32_t client, booking::BookingNumber booking);
  RequestPtr reserve_request(std::uint32_t client, std::uint64_t number, booking::BookingNumber booking);
  bool answered(std::uint64_t limit_ms = 60'000);
  // Every correct replica up has executed the same slots and holds the same state.
  bool converges(std::uint64_t limit_ms = 60'000);
  // Heal, one more booking, converge: how every hazard ends.
  bool heals_and_converges();

  // --- statements, signed by whom they name
  SignedStatement sign(StatementKind kind, std::uint32_t signer, std::uint64_t view, std::uint64_t sequence,
                       const Digest& digest);
  MessagePtr pre_prepare(std::uint32_t primary, std::uint64_t view, std::uint64_t sequence, const BatchPtr& batch);
  // Carries the primary's signature: of a primary that lies too, or one that signed that proposal already.
  MessagePtr prepare(std::uint32_t signer, std::uint64_t view, std::uint64_t sequence, const Digest& digest);
  MessagePtr commit(std::uint32_t signer, std::uint64_t view, std::uint64_t sequence, const Digest& digest);
  BatchPtr batch(std::vector<RequestPtr> requests);

  // --- looking
  std::vector<pbft::ArchivedSlot> archive(std::uint32_t id);
  bool has_executed(std::uint32_t id, ClientId client, std::uint64_t number);
  Ids correct() const;
  std::uint64_t highest_view() const;
  // Whom this replica, or the correct one that knows most, holds convicting evidence against.
  Ids accused_by(std::uint32_t id) const;
  Ids accused() const;
  bool everybody_accuses(std::uint32_t liar, const std::string& kind) const;
  std::uint64_t rejected_anywhere(RejectReason reason);
  const std::vector<MessagePtr>& wire() const { return wire_; }
  template <class M>
  std::vector<std::shared_ptr<const M>> wire_of() const {
    std::vector<std::shared_ptr<const M>> out;
    for (const MessagePtr& message : wire_) {
      if (auto m = std::dynamic_pointer_cast<const M>(message)) out.push_back(std::move(m));
    }
    return out;
  }

  // Applies a request's one command to a machine of the test's own.
  Bytes apply(booking::BookingMachine& machine, const Request& request, AgreedTime now) const;

  // --- oracles; empty when nothing is wrong
  // A suite that two bookings were sold, taking the slots that all correct replicas decided together.
  std::string double_sale();
  std::string forged_execution();
  std::string time_running_back();
  // Whom two statements that were seen on the network convict, judged as an auditor would.
  Ids convicted_by_transcript() const;

 private:
  void record(const Message& message);

  std::uint32_t replicas_;
  std::uint64_t next_booking_ = 9000;
  Filter rule_;
  std::vector<MessagePtr> wire_;
  std::set<SignedStatement> recorded_;
};

sim::ClusterOptions group_of(std::uint32_t replicas, std::map<std::uint32_t, std::string> byzantine = {},
                             std::optional<std::uint32_t> weakened_quorum = {});

}  // namespace breakwater::hazards
