// What a reply statement's Merkle root stands over.
#pragma once

#include "crypto/digest.hpp"
#include "replication/request.hpp"

namespace breakwater {

// One leaf per request executed in a slot, in batch order.
inline Digest result_leaf(ClientId client, RequestNumber number, const Digest& request,
                          const std::vector<Bytes>& results) {
  Writer out;
  out.u32(client.value).u64(number.value).fixed(request).u32(static_cast<std::uint32_t>(results.size()));
  for (const Bytes& result : results) out.blob(result);
  return hash("result", out.bytes());
}

}  // namespace breakwater
