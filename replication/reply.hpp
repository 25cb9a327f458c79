// What replicas answer to clients.
#pragma once

#include <vector>

#include "replication/bytes.hpp"
#include "replication/ids.hpp"

namespace breakwater {

enum class ReplyStatus : std::uint8_t {
  executed = 0,       // `results` has one entry per command
  expired = 1,        // the number is below the session window: never executed again, outcome unknown to us
  number_reused = 2,  // the number was executed with another body
  overloaded = 3,     // not admitted now: try again later; not an outcome
  redirected = 4,     // another replica orders requests: `leader`, if known; not an outcome
};

// One replica's answer to one request. Channel-authenticated; the signature lets it become part of a receipt and
// is present when the replica still holds its reply statement of that slot.
struct Reply {
  ReplicaId replica;
  ClientId client;
  RequestNumber number;
  Digest request;  // digest of the request's body
  ReplyStatus status;
  ViewNumber view;          // the replica's view now: a hint of who is primary
  SequenceNumber sequence;  // slot that decided it; 0 unless executed or number_reused
  std::vector<Bytes> results;
  std::optional<ReplicaId> leader;  // only when redirected

  // Proof part: the reply statement's signature over `root`, and the path of this result under it.
  bool signed_reply = false;
  Digest root;
  Signature signature;
  std::uint32_t path_index = 0;
  std::uint32_t path_leaves = 0;
  std::vector<Digest> path;
};

}  // namespace breakwater
