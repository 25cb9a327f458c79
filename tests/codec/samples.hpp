// One message of every kind, signed with fixed keys: the same bytes in every run.
#pragma once

#include <string>
#include <vector>

#include "crypto/authenticator.hpp"
#include "crypto/keys.hpp"
#include "net/codec.hpp"

namespace breakwater::samples {

struct ReplicaSample {
  std::string name;  // of its golden file
  pbft::PbftMessagePtr message;
};
const std::vector<ReplicaSample>& replica_samples();

struct RaftSample {
  std::string name;
  raft::RaftMessagePtr message;
};
const std::vector<RaftSample>& raft_samples();

struct TransferSample {
  std::string name;
  std::shared_ptr<const TransferMessage> message;
};
const std::vector<TransferSample>& transfer_samples();

struct ClientSample {
  std::string name;
  Bytes frame;
  bool to_replica;  // decode_client_frame reads it, else decode_answer_frame
};
const std::vector<ClientSample>& client_samples();

// The public keys of all signers in the samples: replicas 0 to 3, client 7.
const Roster& roster();
SignedStatement signed_by_replica(std::uint32_t id, StatementKind kind, std::uint64_t view, std::uint64_t sequence,
                                  const Digest& digest);
RequestPtr request(std::uint64_t number, const std::vector<Bytes>& commands);
Reply signed_reply();
StatusReport report();

}  // namespace breakwater::samples
