// From signed replies to a receipt.
#pragma once

#include "crypto/receipt.hpp"
#include "replication/reply.hpp"

namespace breakwater {

// Those of `replies` whose proof part holds: the path leads from the reply's own content to the root, and the replica
// that the reply names signed that root, in the incarnation that it had at that slot. What a liar attaches falls out
// here.
std::vector<Reply> with_good_proof(const std::vector<Reply>& replies, const Roster& roster,
                                   const SignatureChecker& checker);

// The receipt of `request`, signed by the `signers` lowest of those who signed one root; nothing when no root has as
// many. The caller guarantees that `proved` comes from with_good_proof, says the same throughout, and is ascending by
// replica.
std::optional<Receipt> make_receipt(const Request& request, const std::vector<Reply>& proved, std::size_t signers,
                                    const Roster& roster);

}  // namespace breakwater
