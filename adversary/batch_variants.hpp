// Other batches than the one that a leader was asked for, whatever its protocol.
#pragma once

#include "crypto/batch.hpp"

namespace breakwater::adversary {

// Whether `batch` with `request` in it too would still be one of at most `max_requests` requests that decodes.
bool has_room(const Batch& batch, const Request& request, std::size_t max_requests);

// A client's command edited, or invented, in turn by `n`; nobody signed it. At most `max_requests` requests.
BatchPtr forged_batch(const Batch& batch, SequenceNumber n, std::size_t max_requests);

}  // namespace breakwater::adversary
