#include "audit/fencing.hpp"

#include <algorithm>

namespace breakwater::audit {

namespace {

// What an accepted result must tell; null when it tells something else.
const booking::JobView* job_in(const booking::Result& result) { return std::get_if<booking::JobView>(&result.view); }

}  // namespace

std::optional<std::string> Fencing::note(const booking::Command& command, const booking::Result& result) {
  if (!result.accepted) return std::nullopt;
  const booking::Guard guard = guard_of(command);
  if (guard.fence) {
    if (const Objection wrong = under_token(guard.fence->job, guard.fence->token)) return wrong;
  }
  if (guard.epoch) {
    if (const Objection wrong = at_epoch(*guard.epoch)) return wrong;
  }
  return std::visit([&](const auto& c) { return of(c, result); }, command);
}

Fencing::Objection Fencing::of(const booking::Acquire& acquire, const booking::Result& result) {
  const booking::JobView* granted = job_in(result);
  Job& job = jobs_[acquire.job];
  const booking::Token before = job.highest;
  const bool free = job.over_us <= now_.value;
  const std::string what = "job " + acquire.job + ": token " + std::to_string(granted == nullptr ? 0 : granted->token);
  if (granted == nullptr || granted->token <= before) {
    return what + " granted after " + std::to_string(before);
  }
  note_lease(result);
  if (!free) return what + " granted while the lease of token " + std::to_string(before) + " ran";
  return std::nullopt;
}

Fencing::Objection Fencing::of(const booking::Renew& renew, const booking::Result& result) {
  const Objection wrong = under_token(renew.job, renew.token);
  note_lease(result);
  return wrong;
}

Fencing::Objection Fencing::of(const booking::Release& release, const booking::Result& result) {
  const Objection wrong = under_token(release.job, release.token);
  note_lease(result);
  return wrong;
}

Fencing::Objection Fencing::of(const booking::CheckFence& check, const booking::Result&) {
  return under_token(check.job, check.token);
}

Fencing::Objection Fencing::of(const booking::AssignShard& assign, const booking::Result& result) {
  const auto* assigned = std::get_if<booking::ShardView>(&result.view);
  booking::Epoch& epoch = shards_[assign.shard];
  if (assign.expect_epoch != epoch || assigned == nullptr || assigned->epoch != epoch + 1) {
    return "shard " + assign.shard + " assigned at epoch " + std::to_string(assign.expect_epoch) + ", not " +
           std::to_string(epoch);
  }
  ++epoch;
  return std::nullopt;
}

Fencing::Objection Fencing::of(const booking::BumpEpoch& bump, const booking::Result& result) {
  if (const Objection wrong = at_epoch(bump.expect)) return wrong;
  const auto* reached = std::get_if<booking::EpochView>(&result.view);
  ++epoch_;
  if (reached == nullptr || reached->epoch != epoch_) return "epoch " + std::to_string(epoch_) + " was passed over";
  return std::nullopt;
}

Fencing::Objection Fencing::under_token(const std::string& name, booking::Token token) const {
  const auto known = jobs_.find(name);
  const Job job = known == jobs_.end() ? Job{} : known->second;
  const std::string what = "job " + name + ": accepted under token " + std::to_string(token);
  if (token != job.highest || token == 0) return what + " where the highest is " + std::to_string(job.highest);
  if (job.over_us <= now_.value) return what + " whose lease is over";
  return std::nullopt;
}

Fencing::Objection Fencing::at_epoch(booking::Epoch claimed) const {
  if (claimed == epoch_) return std::nullopt;
  return "accepted at epoch " + std::to_string(claimed) + " in epoch " + std::to_string(epoch_);
}

void Fencing::note_lease(const booking::Result& result) {
  const booking::JobView* told = job_in(result);
  if (told == nullptr) return;
  Job& job = jobs_[told->job];
  job.highest = std::max(job.highest, told->token);
  job.over_us = told->lease ? told->lease->expires_us : 0;
}

}  // namespace breakwater::audit
