// Reads without entries of their own: read-index (dissertation 6.4).
#include <algorithm>

#include "raft/engine.hpp"

namespace breakwater::raft {

bool RaftEngine::read(const Verified<RequestPtr>& request) {
  if (role_ != Role::leader || reads_.size() + new_reads_.size() >= kMaxWaitingReads) return false;
  new_reads_.push_back(*request);
  return true;
}

// What is committed now is what the read must see, provided that this replica still leads: the answers to a round of
// heartbeats that begins now say so. A leader knows what is committed once an entry of its own term is.
void RaftEngine::begin_reads() {
  if (new_reads_.empty() || commit_ < term_begins_) return;
  send_heartbeats();
  for (RequestPtr& request : new_reads_) reads_.push_back({std::move(request), commit_, round_});
  new_reads_.clear();
  confirm_reads();
}

void RaftEngine::confirm_reads() {
  std::vector<std::uint64_t> rounds = {round_};
  for (const auto& [peer, progress] : progress_) rounds.push_back(progress.round);
  std::ranges::sort(rounds, std::greater{});
  const std::uint64_t confirmed = rounds[config_.quorums.quorum - 1];
  while (!reads_.empty() && reads_.front().round <= confirmed && reads_.front().index <= executed_) {
    ready_.answer.push_back(std::move(reads_.front().request));
    reads_.pop_front();
  }
}

}  // namespace breakwater::raft
