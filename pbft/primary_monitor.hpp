// Whether the primary orders as much as the group can.
#pragma once

#include <cstdint>

namespace breakwater::pbft {

// The throughput monitor of one backup, after Aardvark (Clement et al., NSDI '09), with more patience. It judges only
// in ticks in which requests wait that the primary could propose: then a quarter is due of what was sustained lately.
// What is missing adds up; work beyond it is subtracted. As much as three eighths of a time-out of nothing, and the
// primary is too slow. So falling demand evicts nobody; a group that became more than four times slower while requests
// wait loses a few views until less is expected of it.
//
// Sustained is the most work that two consecutive periods of half a time-out both saw. It decays by an eighth per
// period in which nobody waits, by a sixteenth in the others, and is halved with each view that is left: whoever is as
// fast as the group now is will stay. Work is as of work_of(), of requests that executed for the first time; time in
// ticks. One thread.
class PrimaryMonitor {
 public:
  // `timeout_ticks`: after which a primary is replaced, before any back-off.
  explicit PrimaryMonitor(std::uint64_t timeout_ticks);

  // `fed`: it came with decided slots from others, which says little of what the group sustains.
  void worked(std::uint64_t work, bool fed) {
    work_ += work;
    if (!fed) own_work_ += work;
  }
  // One tick of a view that is not being changed. `waits`: a request waits, longer than it takes a primary to propose
  // it, that nothing but the primary holds back. `timeout_ticks`: this view's. True: it is too slow.
  bool tick(bool waits, std::uint64_t timeout_ticks);
  // Of the view that follows nothing is known yet.
  void left_view();

  // Work per period.
  std::uint64_t sustained() const { return sustained_; }

 private:
  void end_period();

  const std::uint64_t period_ticks_;
  std::uint64_t sustained_ = 0;
  std::uint64_t work_ = 0, own_work_ = 0;  // since the last tick
  // The current period, and what the last one saw.
  std::uint64_t ticks_ = 0, work_in_period_ = 0, last_period_ = 0;
  bool somebody_waited_ = false;
  // What is missing, in work times period_ticks_, and for how many ticks nobody has waited.
  std::uint64_t missing_ = 0, calm_ticks_ = 0;
};

}  // namespace breakwater::pbft
