#include "pbft/primary_monitor.hpp"

#include <algorithm>

namespace breakwater::pbft {

PrimaryMonitor::PrimaryMonitor(std::uint64_t timeout_ticks)
    : period_ticks_(std::max<std::uint64_t>(1, timeout_ticks / 2)) {}

bool PrimaryMonitor::tick(bool waits, std::uint64_t timeout_ticks) {
  const std::uint64_t due = sustained_ / 4;  // in one tick, times period_ticks_
  if (waits) missing_ += due;
  missing_ -= std::min(missing_, work_ * period_ticks_);
  calm_ticks_ = waits ? 0 : calm_ticks_ + 1;
  if (calm_ticks_ >= timeout_ticks / 2) missing_ = 0;
  somebody_waited_ |= waits;
  work_in_period_ += own_work_;
  work_ = own_work_ = 0;
  if (++ticks_ == period_ticks_) end_period();
  return due > 0 && missing_ >= due * (3 * timeout_ticks / 8);
}

void PrimaryMonitor::end_period() {
  const std::uint64_t part = somebody_waited_ ? 16 : 8;
  sustained_ -= sustained_ / part;
  missing_ -= (missing_ + part - 1) / part;  // as much time of what is due now
  sustained_ = std::max(sustained_, std::min(last_period_, work_in_period_));
  last_period_ = work_in_period_;
  ticks_ = work_in_period_ = 0;
  somebody_waited_ = false;
}

void PrimaryMonitor::left_view() {
  sustained_ /= 2;
  missing_ = calm_ticks_ = work_ = own_work_ = 0;
  ticks_ = work_in_period_ = last_period_ = 0;
  somebody_waited_ = false;
}

}  // namespace breakwater::pbft
