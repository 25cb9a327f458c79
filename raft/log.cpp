#include "raft/log.hpp"

#include "replication/assert.hpp"

namespace breakwater::raft {

std::optional<ViewNumber> Log::term_at(SequenceNumber n) const {
  if (n == base_) return base_term_;
  if (!holds(n)) return std::nullopt;
  return at(n).term;
}

void Log::truncate(SequenceNumber n) {
  BW_ASSERT(n > base_);
  while (last() >= n) entries_.pop_back();
}

void Log::compact(SequenceNumber n) {
  BW_ASSERT(n >= base_ && n <= last());
  if (n == base_) return;
  base_term_ = at(n).term;
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(n.value - base_.value));
  base_ = n;
}

}  // namespace breakwater::raft
