// What a client believes of the group it asks: whom to ask first, and how many equal answers are an outcome.
#pragma once

#include <memory>
#include <optional>

#include "net/codec.hpp"
#include "replication/quorum.hpp"
#include "replication/reply.hpp"

namespace breakwater {

// One per client and engine. Learns from everything that the client hears. One thread.
class Guide {
 public:
  virtual ~Guide() = default;

  virtual Quorums quorums() const = 0;
  // Whether replicas want a client's signature on its requests.
  virtual bool signs_requests() const = 0;

  // The replica that orders requests, as far as is known; `view` is what the client believes to be the view or term.
  virtual std::optional<ReplicaId> first_choice(ViewNumber view) const = 0;
  // True while it is unclear who orders requests: the client asks all replicas for their status now and then.
  virtual bool is_looking() const = 0;

  // Both return true when they taught of another first choice: what waits is sent to it at once. That happens a bounded
  // number of times a term, so replicas that point at each other do not make a client run to and fro.
  virtual bool heard(ReplicaId from, const Reply& reply) = 0;
  virtual bool heard(ReplicaId from, const StatusReport& report) = 0;
};

// f+1 equal answers; signed requests; the primary follows from the view, so that there is nothing to look for, and
// backups pass requests on.
std::unique_ptr<Guide> pbft_guide(std::uint32_t replicas);

// One answer; unsigned requests; the leader is learnt from redirections, from status reports and, until something
// better is known, from who answers.
std::unique_ptr<Guide> raft_guide(std::uint32_t replicas);

}  // namespace breakwater
