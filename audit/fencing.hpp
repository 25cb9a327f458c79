// Who may write, by the results alone: a model apart from the booking machine, so that a fault in one shows in the
// other.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "booking/commands.hpp"
#include "replication/ids.hpp"

namespace breakwater::audit {

// Fed with the results of one history, in order. What it objects to, in a line:
// - a token granted that is not above every one before it, or while another lease of the job runs;
// - a command accepted under a token that is not the job's highest, or whose lease is over (fenced ones, `renew`,
//   `release`, `check-fence`);
// - a command accepted at another epoch than the harbor's (with --epoch, `bump-epoch`) or the shard's, and an epoch
// that
//   does not grow by one.
// Refusals are never objected to. One thread.
class Fencing {
 public:
  // Agreed time of the slot that follows.
  void at_time(AgreedTime now) { now_ = now; }
  // Notes a result; what is wrong with it, if anything is.
  std::optional<std::string> note(const booking::Command& command, const booking::Result& result);

 private:
  struct Job {
    booking::Token highest = 0;
    std::uint64_t over_us = 0;  // when its last lease ends, or ended
  };
  using Objection = std::optional<std::string>;

  template <class Command>
  Objection of(const Command&, const booking::Result&) {
    return std::nullopt;
  }
  Objection of(const booking::Acquire& acquire, const booking::Result& result);
  Objection of(const booking::Renew& renew, const booking::Result& result);
  Objection of(const booking::Release& release, const booking::Result& result);
  Objection of(const booking::CheckFence& check, const booking::Result& result);
  Objection of(const booking::AssignShard& assign, const booking::Result& result);
  Objection of(const booking::BumpEpoch& bump, const booking::Result& result);
  Objection under_token(const std::string& job, booking::Token token) const;
  Objection at_epoch(booking::Epoch claimed) const;
  void note_lease(const booking::Result& result);

  AgreedTime now_;
  std::map<std::string, Job> jobs_;
  std::map<std::string, booking::Epoch> shards_;
  booking::Epoch epoch_ = 0;
};

}  // namespace breakwater::audit
