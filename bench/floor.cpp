#include "bench/floor.hpp"

namespace breakwater::bench {

namespace {

// Pre-prepare: the primary signs, the backups verify. Prepares: each backup signs; prepared takes those of quorum-1
// backups, of which a backup's own is one. Commits and checkpoints: everybody signs, and verifies until it holds a
// quorum with its own. Replies: everybody signs one, over all results of the slot.
SignatureCounts votes_per_slot(const Quorums& q, double checkpoint_interval) {
  const double n = q.n, others = q.quorum - 1.0;
  const SignatureCounts pre_prepare{1, n - 1};
  const SignatureCounts prepares{n - 1, others + (n - 1) * (others - 1)};
  const SignatureCounts commits{n, n * others};
  const SignatureCounts replies{n, 0};
  const SignatureCounts checkpoints{n / checkpoint_interval, n * others / checkpoint_interval};
  SignatureCounts sum;
  for (const SignatureCounts& part : {pre_prepare, prepares, commits, replies, checkpoints}) {
    sum.signs += part.signs;
    sum.verifies += part.verifies;
  }
  return sum;
}

}  // namespace

SignatureCounts signatures_per_slot(const Kind& kind, double requests, double checkpoint_interval) {
  const Quorums q = kind.quorums();
  SignatureCounts sum;
  if (kind.signed_votes) sum = votes_per_slot(q, checkpoint_interval);
  if (kind.signed_requests) {
    // Under Raft the leader alone checks them: it is believed.
    const double verifiers = kind.protocol == Protocol::raft ? 1 : q.n;
    sum.signs += requests;
    sum.verifies += verifiers * requests;
  }
  return sum;
}

// PBFT: the client signs; the primary verifies, signs the pre-prepare and makes it durable; a backup verifies it with
// the requests in it, signs its prepare and makes that durable; verifies the prepares that it lacks, signs its commit
// and makes that durable; verifies the commits that it lacks, and signs the reply. Raft: the leader's entry and the
// follower's become durable at the same time.
Chain chain_of_a_request(const Kind& kind, double requests) {
  const double others = kind.quorums().quorum - 1.0;
  Chain chain;
  if (kind.protocol == Protocol::raft) {
    if (kind.signed_requests) chain.signatures = {1, 1};
    chain.commits = 1;
    return chain;
  }
  if (kind.signed_votes) chain.signatures = {4, 1 + (others - 1) + others};
  if (kind.signed_requests) {
    chain.signatures.signs += 1;
    chain.signatures.verifies += 1 + requests;
  }
  chain.commits = 3;
  return chain;
}

Floor floor_of(const Rung& rung, double requests_per_slot, double checkpoint_interval, const UnitCosts& unit,
               std::uint32_t cores) {
  const SignatureCounts slot = signatures_per_slot(rung.kind, requests_per_slot, checkpoint_interval);
  const Chain chain = chain_of_a_request(rung.kind, requests_per_slot);
  Floor floor;
  floor.cpu_us_per_command = slot.cost_us(unit) / (requests_per_slot * rung.bundle);
  if (floor.cpu_us_per_command > 0) floor.throughput_per_s = cores * 1e6 / floor.cpu_us_per_command;
  floor.latency_us = chain.signatures.cost_us(unit) + (rung.durable ? chain.commits * unit.commit_us : 0);
  return floor;
}

}  // namespace breakwater::bench
