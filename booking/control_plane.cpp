#include "booking/control_plane.hpp"

#include <utility>

#include "booking/names.hpp"
#include "replication/mutant.hpp"

namespace breakwater::booking {

namespace {

bool is_ttl(std::uint64_t seconds) { return seconds > 0 && seconds <= kMaxTtlSeconds; }

Bytes job_key(const std::string& job) { return Writer().u8('b').u8('j').text(job).take(); }
Bytes shard_key(const std::string& shard) { return Writer().u8('b').u8('s').text(shard).take(); }
Bytes epoch_key() { return Writer().u8('b').u8('e').take(); }

// The name that makes up the rest of a key; nothing when it is no name, or not alone there.
std::optional<std::string> name_in(ByteView key) {
  Reader at(key);
  std::string name = at.text(kMaxNameBytes);
  if (!at.finished() || !is_name(name)) return std::nullopt;
  return name;
}

}  // namespace

Result ControlPlane::on(const AssignShard& assign, AgreedTime) {
  const auto known = shards_.find(assign.shard);
  if (known == shards_.end() && shards_.size() >= kMaxShards) return refused(Reason::malformed);
  const Epoch current = known == shards_.end() ? 0 : known->second.epoch;
  if (assign.expect_epoch != current) return refused(Reason::stale_epoch);
  shards_[assign.shard] = {assign.owner, current + 1};
  changed_.insert(shard_key(assign.shard));
  return accepted(ShardView{assign.shard, assign.owner, current + 1});
}

Result ControlPlane::on(const Acquire& acquire, AgreedTime now) {
  if (!is_ttl(acquire.ttl_seconds)) return refused(Reason::malformed);
  const auto known = jobs_.find(acquire.job);
  if (known == jobs_.end() && jobs_.size() >= kMaxJobs) return refused(Reason::malformed);
  if (known != jobs_.end() && runs(known->second, now)) return refused(Reason::lease_held);
  Job& job = jobs_[acquire.job];
  job.token = mutant(Mutant::token_reset) ? 1 : job.token + 1;
  job.candidate = acquire.candidate;
  start_lease(job, acquire.ttl_seconds, now);
  job_changed(acquire.job);
  return accepted(view_of(acquire.job, job, now));
}

Result ControlPlane::on(const Renew& renew, AgreedTime now) {
  if (renew.ttl_seconds && !is_ttl(*renew.ttl_seconds)) return refused(Reason::malformed);
  Job* job = holding(renew.job, renew.token, now);
  if (job == nullptr) return refused(Reason::stale_token);
  start_lease(*job, renew.ttl_seconds.value_or(job->ttl_seconds), now);
  job_changed(renew.job);
  return accepted(view_of(renew.job, *job, now));
}

Result ControlPlane::on(const Release& release, AgreedTime now) {
  Job* job = holding(release.job, release.token, now);
  if (job == nullptr) return refused(Reason::stale_token);
  job->expires_us = 0;
  job_changed(release.job);
  return accepted(view_of(release.job, *job, now));
}

Result ControlPlane::on(const CheckFence& check, AgreedTime now) {
  const Job* job = holding(check.job, check.token, now);
  if (job == nullptr) return refused(Reason::stale_token);
  return accepted(view_of(check.job, *job, now));
}

Result ControlPlane::on(const BumpEpoch& bump, AgreedTime) {
  if (bump.expect != epoch_) return refused(Reason::stale_epoch);
  ++epoch_;
  changed_.insert(epoch_key());
  return accepted(EpochView{epoch_});
}

Result ControlPlane::on(const ShowShard& show, AgreedTime) const {
  const auto shard = shards_.find(show.shard);
  if (shard == shards_.end()) return accepted(ShardView{show.shard, std::nullopt, 0});
  return accepted(ShardView{show.shard, shard->second.owner, shard->second.epoch});
}

Result ControlPlane::on(const ShowJob& show, AgreedTime now) const {
  const auto job = jobs_.find(show.job);
  return accepted(job == jobs_.end() ? JobView{show.job, 0, std::nullopt} : view_of(show.job, job->second, now));
}

Result ControlPlane::on(const ShowEpoch&, AgreedTime) const { return accepted(EpochView{epoch_}); }

Reason ControlPlane::judge(const Guard& guard, AgreedTime now) const {
  if (guard.fence && is_stale(*guard.fence, now) && !mutant(Mutant::fence_unchecked)) return Reason::stale_token;
  if (guard.epoch && *guard.epoch != epoch_) return Reason::stale_epoch;
  return Reason::none;
}

JobView ControlPlane::view_of(const std::string& name, const Job& job, AgreedTime now) {
  JobView view{name, job.token, std::nullopt};
  if (runs(job, now)) view.lease = LeaseView{job.candidate, job.expires_us};
  return view;
}

void ControlPlane::start_lease(Job& job, std::uint64_t ttl_seconds, AgreedTime now) {
  job.ttl_seconds = ttl_seconds;
  job.expires_us = now.value + ttl_seconds * 1'000'000;
}

ControlPlane::Job* ControlPlane::holding(const std::string& name, Token token, AgreedTime now) {
  return is_stale({name, token}, now) ? nullptr : &jobs_.find(name)->second;
}

bool ControlPlane::is_stale(const Fence& fence, AgreedTime now) const {
  const auto job = jobs_.find(fence.job);
  return job == jobs_.end() || job->second.token != fence.token || !runs(job->second, now);
}

void ControlPlane::job_changed(const std::string& name) { changed_.insert(job_key(name)); }

// --- leaves

bool ControlPlane::owns(ByteView key) {
  return key.size() >= 2 && key[0] == 'b' && (key[1] == 'j' || key[1] == 's' || key[1] == 'e');
}

std::set<Bytes> ControlPlane::take_changed() { return std::exchange(changed_, {}); }

std::optional<Bytes> ControlPlane::leaf(ByteView key) const {
  if (key[1] == 'e') {
    return key.size() == 2 && epoch_ > 0 ? std::optional(Writer().u64(epoch_).take()) : std::nullopt;
  }
  const std::optional<std::string> name = name_in(key.subspan(2));
  if (!name) return std::nullopt;
  if (key[1] == 's') {
    const auto shard = shards_.find(*name);
    if (shard == shards_.end()) return std::nullopt;
    return Writer().text(shard->second.owner).u64(shard->second.epoch).take();
  }
  const auto job = jobs_.find(*name);
  if (job == jobs_.end()) return std::nullopt;
  const Job& j = job->second;
  return Writer().u64(j.token).text(j.candidate).u64(j.ttl_seconds).u64(j.expires_us).take();
}

bool ControlPlane::load_leaf(ByteView key, ByteView value) {
  switch (key[1]) {
    case 'j': return load_job(key.subspan(2), value);
    case 's': return load_shard(key.subspan(2), value);
    default: return load_epoch(key.subspan(2), value);
  }
}

bool ControlPlane::load_job(ByteView key, ByteView value) {
  const std::optional<std::string> name = name_in(key);
  Reader in(value);
  Job job;
  job.token = in.u64();
  job.candidate = in.text(kMaxNameBytes);
  job.ttl_seconds = in.u64();
  job.expires_us = in.u64();
  if (!name || !in.finished() || job.token == 0 || !is_name(job.candidate) || !is_ttl(job.ttl_seconds)) return false;
  return jobs_.size() < kMaxJobs && jobs_.emplace(*name, std::move(job)).second;
}

bool ControlPlane::load_shard(ByteView key, ByteView value) {
  const std::optional<std::string> name = name_in(key);
  Reader in(value);
  Shard shard;
  shard.owner = in.text(kMaxNameBytes);
  shard.epoch = in.u64();
  if (!name || !in.finished() || shard.epoch == 0 || !is_name(shard.owner)) return false;
  return shards_.size() < kMaxShards && shards_.emplace(*name, std::move(shard)).second;
}

bool ControlPlane::load_epoch(ByteView key, ByteView value) {
  Reader in(value);
  const Epoch epoch = in.u64();
  if (!key.empty() || !in.finished() || epoch == 0 || epoch_ != 0) return false;
  epoch_ = epoch;
  return true;
}

}  // namespace breakwater::booking
