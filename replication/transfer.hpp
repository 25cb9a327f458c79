// Messages of state transfer: a replica that needs the state of a checkpoint asks for parts of its Merkle tree, and
// whoever still holds that checkpoint answers. The same for every engine. They promise nothing: the channel alone says
// who sent them, and whoever asked checks each part against the root that it knows to be right.
#pragma once

#include "replication/bytes.hpp"
#include "replication/engine.hpp"

namespace breakwater {

inline constexpr std::size_t kMaxStateWants = 256;           // in one request
inline constexpr std::size_t kMaxStatePlaces = 4096;         // leaves asked for in one request
inline constexpr std::size_t kStateChunkBytes = 256 * 1024;  // of one answer; one whole item always fits
inline constexpr std::uint32_t kStateNodesPerWant = 64;      // a node is answered with the level six below it

class TransferMessage : public Message {
 public:
  TransferMessage(ReplicaId from, std::uint64_t request_id, SequenceNumber at)
      : sender_(from), id(request_id), checkpoint(at) {}
  ReplicaId sender() const override { return sender_; }

 private:
  ReplicaId sender_;

 public:
  std::uint64_t id;  // the asker's; an answer repeats it
  SequenceNumber checkpoint;
};

// Which level of the tree a request is about.
enum class StatePart : std::uint8_t {
  nodes = 1,   // of a node (heap index): the digests of the level six below it
  bucket = 2,  // of a bucket: the digests of its leaves, in key order
  leaves = 3,  // of a bucket: the leaves at some places of that order
};

class StateRequest final : public TransferMessage {
 public:
  struct Want {
    std::uint32_t index;                // of the node or bucket
    std::vector<std::uint32_t> places;  // of leaves: ascending
    auto operator<=>(const Want&) const = default;
  };
  StateRequest(ReplicaId from, std::uint64_t request_id, SequenceNumber at, StatePart p, std::vector<Want> w)
      : TransferMessage(from, request_id, at), part(p), wants(std::move(w)) {}
  std::string_view name() const override { return "state-request"; }
  StatePart part;
  std::vector<Want> wants;
};

// Some of what was asked for, in its order: as much as a chunk holds. `held` is false when the sender does not have
// that checkpoint (any more).
class StateAnswer final : public TransferMessage {
 public:
  struct Leaf {
    std::uint32_t place;
    Bytes key, value;
    auto operator<=>(const Leaf&) const = default;
  };
  struct Given {
    std::uint32_t index;
    std::vector<Digest> digests;  // of nodes and buckets
    std::vector<Leaf> leaves;
    auto operator<=>(const Given&) const = default;
  };
  StateAnswer(ReplicaId from, std::uint64_t request_id, SequenceNumber at, StatePart p, bool has)
      : TransferMessage(from, request_id, at), part(p), held(has) {}
  std::string_view name() const override { return "state-answer"; }
  StatePart part;
  bool held;
  std::vector<Given> given;
};

}  // namespace breakwater
