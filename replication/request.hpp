// What clients ask for and what a slot decides.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "replication/bytes.hpp"
#include "replication/ids.hpp"

namespace breakwater {

// Limits on one request and one batch; anything beyond is refused at the gate.
inline constexpr std::size_t kMaxCommandBytes = 4096;
inline constexpr std::size_t kMaxCommandsPerRequest = 256;
inline constexpr std::size_t kMaxRequestBodyBytes = 256 * 1024;
inline constexpr std::size_t kMaxRequestsPerBatch = 512;
inline constexpr std::size_t kMaxBatchBytes = 1024 * 1024;

// One signed request of one or more commands. `body` is the canonical layout of the commands
// (u32 count, then each a blob); `digest` is the digest of `body`, recomputed by whoever decoded it.
// `signature` covers the request's statement (crypto/statement.hpp: `request_statement`).
struct Request {
  ClientId client;
  RequestNumber number;
  Bytes body;
  Signature signature;
  Digest digest;

  // Equal requests are equal in all bytes, signature included.
  bool operator==(const Request&) const = default;
};
using RequestPtr = std::shared_ptr<const Request>;

// The canonical body of a list of commands, and back. Decoding refuses an empty list, an oversized command or
// list, and left-over bytes.
Bytes encode_commands(const std::vector<Bytes>& commands);
std::optional<std::vector<ByteView>> decode_commands(ByteView body);

// The content of one slot: the requests in order and the time that the primary proposes for them.
// `encoded` is the canonical layout (crypto/batch.hpp makes and reads it), `digest` its digest. Immutable once
// made, shared by the log, the journal and the executor.
struct Batch {
  AgreedTime time;
  std::vector<RequestPtr> requests;
  Bytes encoded;
  Digest digest;
};
using BatchPtr = std::shared_ptr<const Batch>;

// The digest that stands for a null request (OSDI '99, section 4.4): a slot that executes nothing.
inline constexpr Digest kNullDigest{};

// What it takes to order and execute a request, in bytes: its own, and as many as one costs without any. Never more
// than four times the least, or a few great ones would set the measure for all.
inline constexpr std::uint64_t kLeastRequestWork = 4096;
inline std::uint64_t work_of(const Request& request) {
  return kLeastRequestWork + std::min<std::uint64_t>(request.body.size(), 3 * kLeastRequestWork);
}

}  // namespace breakwater
