// What a simulated world tells while it runs.
#pragma once

#include "pbft/evidence.hpp"
#include "replica/replica.hpp"

namespace breakwater::sim {

// Of correct replicas only, at the moment when it happens. `id` names the replica.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void started(ReplicaId id, SequenceNumber executed) = 0;
  virtual void has_said(ReplicaId id, const Statement& statement) = 0;  // signed, and left the process
  virtual void archived(ReplicaId id, ByteView record) = 0;             // in a transaction that is durable
  virtual void executed(ReplicaId id, const Committed& slot, const std::vector<Application::Answer>& answers) = 0;
  virtual void convicted(ReplicaId id, const pbft::Conviction& conviction) = 0;
  virtual void ticked(ReplicaId id, const Replica& replica) = 0;
  // Of clients, correct ones and liars: what they signed.
  virtual void submitted(const Request& request) = 0;
  // f+1 replicas told a correct client the same. `asked_after`: how many of its calls' answers this world's clients had
  // when it asked.
  virtual void answered(const Request& request, SequenceNumber sequence, ByteView result, std::size_t asked_after) = 0;
};

}  // namespace breakwater::sim
