// Raft groups with a liar, and worlds of one kind of fault: what the Raft column of the hazards is judged by.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "raft/messages.hpp"
#include "sim/raft_oracles.hpp"
#include "sim/run.hpp"

namespace breakwater::hazards {

using Liars = std::map<std::uint32_t, std::string>;

// One group, the oracles that watch its correct replicas, and a test that may speak for the liar. One thread.
class RaftStage {
 public:
  explicit RaftStage(Liars liars = {}, std::uint32_t replicas = 3, std::uint64_t seed = 1);

  sim::Cluster world;
  sim::RaftOracles oracles;

  // Suites S11 and S12 on voyage V.
  void open();
  std::size_t reserve(std::uint32_t client, booking::BookingNumber booking, const std::string& suite = "S12");
  bool answered(std::uint64_t limit_ms = 30'000);
  bool waits_until_leads(std::uint32_t id);
  std::vector<std::uint32_t> correct() const;
  // What the liar says in its own name, at once.
  void say_to_all(std::uint32_t liar, const MessagePtr& message);

  // What one replica's archive holds, by slot.
  std::vector<raft::ArchivedEntry> archive(std::uint32_t id);
  // Who holds a suite by the logs of the correct replicas, each applied to a machine of its own.
  std::set<booking::BookingNumber> buyers_of(const std::string& suite);

 private:
  std::uint32_t replicas_;
};

// The first of 1,000 seeds whose world of three replicas violates `property`; 0: none does.
std::uint64_t first_seed_that_violates(const std::string& property, const Liars& liars,
                                       sim::Profile profile = sim::Profile::calm);

// Runs worlds of the swarm in which only these kinds of fault happen (and their ends); nobody lies. Fails the test case
// when a property is violated, or when none of the faults took effect.
void expect_worlds_hold(const std::set<sim::FaultKind>& kinds, std::uint32_t replicas, bool bad_network = false);

}  // namespace breakwater::hazards
