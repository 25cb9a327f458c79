// Making and reading batches: where their canonical bytes and digests come from.
#pragma once

#include "crypto/digest.hpp"
#include "replication/request.hpp"

namespace breakwater {

Digest request_body_digest(ByteView body);
// A request with its digest computed from `body`.
Request make_request(ClientId client, RequestNumber number, Bytes body, Signature signature);

// Layout: time u64 | count u32 | per request: client u32, number u64, signature 64, body blob. Where every signature is
// zero (nothing is signed under the fault model of crashes), the count's highest bit is set and none is there.
// The digest covers all of it, signatures included, so that a batch with a forged request convicts its primary.
BatchPtr make_batch(AgreedTime time, std::vector<RequestPtr> requests);
// Null for bytes that are not exactly one canonical batch within the limits of replication/request.hpp. Empty batches
// are refused too.
BatchPtr decode_batch(ByteView bytes);

}  // namespace breakwater
