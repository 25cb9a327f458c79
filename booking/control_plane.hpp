// Who may write: leases of jobs with fencing tokens, owners of shards, and the harbor's epoch.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "booking/commands.hpp"
#include "replication/ids.hpp"

namespace breakwater::booking {

// Part of the booking machine's state, under the same rules of determinism (replication/state_machine.hpp). The rules
// (docs/booking.md has them in words):
// - A token is good while the lease that it was granted with runs: not after `release`, and not at or after the lease's
//   expiry by agreed time, whether somebody else has acquired the job since or not. Every other token is `stale_token`,
//   one that was never granted among them.
// - `acquire` grants the job's next token. While a lease runs it is `lease_held`, for its own candidate too: two
//   processes under one name must never share a token.
// - `renew` counts from now; without a ttl, for as long as the last time.
// - An epoch that is not exactly the one expected is `stale_epoch`.
// - A ttl of 0 or of more than kMaxTtlSeconds is `malformed`, and so is one job or shard too many.
// One thread. Leaves: "bj" + job: token u64, the last lease's candidate, ttl in seconds u64, expiry u64 (0: released);
// "bs" + shard: owner, epoch u64; "be": the epoch u64. Nothing that was never written has a leaf.
class ControlPlane {
 public:
  Result on(const AssignShard& assign, AgreedTime now);
  Result on(const Acquire& acquire, AgreedTime now);
  Result on(const Renew& renew, AgreedTime now);
  Result on(const Release& release, AgreedTime now);
  Result on(const CheckFence& check, AgreedTime now);
  Result on(const BumpEpoch& bump, AgreedTime now);
  Result on(const ShowShard& show, AgreedTime now) const;
  Result on(const ShowJob& show, AgreedTime now) const;
  Result on(const ShowEpoch& show, AgreedTime now) const;

  // Why a command under this guard is to be refused now; none when it is not.
  Reason judge(const Guard& guard, AgreedTime now) const;

  // As in StateMachine. `owns`: this is a key of such a leaf, well-formed or not.
  static bool owns(ByteView key);
  std::set<Bytes> take_changed();
  std::optional<Bytes> leaf(ByteView key) const;
  bool load_leaf(ByteView key, ByteView value);

 private:
  struct Job {
    Token token = 0;  // the highest that was granted; never reset
    std::string candidate;
    std::uint64_t ttl_seconds = 0;
    std::uint64_t expires_us = 0;  // 0: released
  };
  struct Shard {
    std::string owner;
    Epoch epoch = 0;
  };
  using Jobs = std::map<std::string, Job, std::less<>>;

  static bool runs(const Job& job, AgreedTime now) { return job.expires_us > now.value; }
  static JobView view_of(const std::string& name, const Job& job, AgreedTime now);
  void start_lease(Job& job, std::uint64_t ttl_seconds, AgreedTime now);
  // The job whose lease runs under this token; null when it is stale.
  Job* holding(const std::string& name, Token token, AgreedTime now);
  bool is_stale(const Fence& fence, AgreedTime now) const;
  void job_changed(const std::string& name);
  bool load_job(ByteView key, ByteView value);
  bool load_shard(ByteView key, ByteView value);
  bool load_epoch(ByteView key, ByteView value);

  Jobs jobs_;                                         // at most kMaxJobs
  std::map<std::string, Shard, std::less<>> shards_;  // at most kMaxShards
  Epoch epoch_ = 0;
  std::set<Bytes> changed_;
};

}  // namespace breakwater::booking
