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
  virtual void began_anew(ReplicaId id, Incarnation incarnation) = 0;  // with an empty store, as this incarnation
  virtual void installed(ReplicaId id, SequenceNumber sequence) = 0;   // a snapshot: its state is that after the slot
  // It left the process, for `to` or for all.
  virtual void has_said(ReplicaId, std::optional<ReplicaId> /*to*/, const Message&) {}
  virtual void has_signed(ReplicaId, const Statement&) {}  // with an answer to a client
  virtual void wrote(ReplicaId, const Record&) {}          // in a transaction that is durable; the value unsealed
  // A start applied an archived slot again: it may be the first that is seen of it.
  virtual void replayed(ReplicaId, const Committed&, const std::vector<Application::Answer>&) {}
  virtual void executed(ReplicaId id, const Committed& slot, const std::vector<Application::Answer>& answers) = 0;
  virtual void convicted(ReplicaId, const pbft::Conviction&) {}
  virtual void ticked(ReplicaId id, const Replica& replica) = 0;
  // Of clients, correct ones and liars: what they signed.
  virtual void submitted(const Request& request) = 0;
  // An answer that needed no slot: the state of the replica that gives it, after what it has executed. Of liars too:
  // what they read is true, whatever they then say.
  virtual void has_read(ReplicaId, SequenceNumber, const Request&, const std::vector<Bytes>&) {}
  // f+1 replicas told a correct client the same (under crash faults: one did). `asked_after`: how many of its calls'
  // answers this world's clients had when it asked.
  virtual void answered(const Request& request, SequenceNumber sequence, ByteView result, std::size_t asked_after) = 0;
};

}  // namespace breakwater::sim
