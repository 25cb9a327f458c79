// The part of the log that an engine holds in memory: the entries after a base.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "raft/entry.hpp"

namespace breakwater::raft {

// Entries base+1 ... last, without gaps. Of the base only the term is known. One thread.
class Log {
 public:
  Log() = default;
  Log(SequenceNumber base, ViewNumber base_term) : base_(base), base_term_(base_term) {}

  SequenceNumber base() const { return base_; }
  ViewNumber base_term() const { return base_term_; }
  SequenceNumber last() const { return base_.plus(entries_.size()); }
  ViewNumber last_term() const { return entries_.empty() ? base_term_ : entries_.back().term; }
  std::size_t size() const { return entries_.size(); }

  bool holds(SequenceNumber n) const { return n > base_ && n <= last(); }
  // The caller guarantees holds(n).
  const Entry& at(SequenceNumber n) const { return entries_[n.value - base_.value - 1]; }
  // Of the base and what is held; nothing for what was compacted, or is not here yet.
  std::optional<ViewNumber> term_at(SequenceNumber n) const;

  void append(Entry entry) { entries_.push_back(std::move(entry)); }
  // Forgets every entry from `n` on. The caller guarantees n > base().
  void truncate(SequenceNumber n);
  // Forgets every entry up to `n`, which becomes the base. The caller guarantees base() <= n <= last().
  void compact(SequenceNumber n);

 private:
  SequenceNumber base_;
  ViewNumber base_term_;
  std::deque<Entry> entries_;
};

}  // namespace breakwater::raft
