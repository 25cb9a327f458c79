#include "client/receipts.hpp"

#include <algorithm>
#include <map>

namespace breakwater {

namespace {

MerklePath path_of(const Reply& reply) { return {reply.path_index, reply.path_leaves, reply.path}; }

bool has_good_proof(const Reply& reply, const Roster& roster, const SignatureChecker& checker) {
  const std::optional<Incarnation> incarnation = roster.incarnation_at(reply.replica, reply.sequence);
  if (!reply.signed_reply || reply.status != ReplyStatus::executed || !incarnation) return false;
  const Digest leaf = result_leaf(reply.client, reply.number, reply.request, reply.results);
  if (!merkle_path_leads_to(leaf, path_of(reply), reply.root)) return false;
  const Signatory signer{SignerRole::replica, reply.replica.value, *incarnation};
  return checker.holds({reply_statement(roster.cluster(), signer, reply.sequence, reply.root), reply.signature});
}

}  // namespace

std::vector<Reply> with_good_proof(const std::vector<Reply>& replies, const Roster& roster,
                                   const SignatureChecker& checker) {
  std::vector<Reply> proved;
  std::ranges::copy_if(replies, std::back_inserter(proved),
                       [&](const Reply& reply) { return has_good_proof(reply, roster, checker); });
  return proved;
}

std::optional<Receipt> make_receipt(const Request& request, const std::vector<Reply>& proved, std::size_t signers,
                                    const Roster& roster) {
  std::map<Digest, std::vector<const Reply*>> by_root;
  for (const Reply& reply : proved) by_root[reply.root].push_back(&reply);
  for (const auto& [root, replies] : by_root) {
    if (replies.size() < signers) continue;
    const Reply& one = *replies.front();
    const Statement statement = without_signer(reply_statement(roster.cluster(), {}, one.sequence, root));
    Receipt receipt{request.client, request.number, request.body, one.results, path_of(one), {statement, {}}};
    for (std::size_t i = 0; i < signers; ++i) {
      const ReplicaId id = replies[i]->replica;
      receipt.replies.entries.push_back({id, roster.incarnation_at(id, one.sequence).value(), replies[i]->signature});
    }
    return receipt;
  }
  return std::nullopt;
}

}  // namespace breakwater
