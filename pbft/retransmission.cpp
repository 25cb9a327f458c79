// State-driven retransmission: each replica tells what it has and lacks, and whoever holds the missing part sends it
// (the transport may drop anything). Catch-up of a lagging replica from the archive of decided slots.
#include <algorithm>
#include <set>

#include "pbft/engine.hpp"
#include "pbft/limits.hpp"
#include "replication/mutant.hpp"

namespace breakwater::pbft {

namespace {
constexpr std::uint64_t kCatchUpGraceTicks = 20;  // how long progress by catch-up holds the request timers
constexpr std::uint64_t kFarBehindSlots = 32;  // a peer this far behind is served without waiting for a second status
}  // namespace

bool PbftEngine::busy() const {
  return recollects_ || view_changing_ || requests_.size() > 0 || delivered_ < highest_decided() ||
         next_sequence_ > delivered_.next() || std::ranges::any_of(log_, [&](const auto& entry) {
           return entry.second.pre_prepare && !entry.second.decided;
         });
}

// Decided slots are what it gets, instead of proposals.
bool PbftEngine::is_fed() const {
  return last_catch_up_tick_ != 0 && ticks_ - last_catch_up_tick_ <= kCatchUpGraceTicks;
}

// Only certified facts hold the request timers: a liar cannot by claiming to be ahead. And only a certified checkpoint
// ahead holds them for as long as it takes: decided slots may be what a primary sends instead of its proposals, for
// ever.
bool PbftEngine::timers_are_held() {
  if (stable_ > delivered_) return true;
  if (!requests_.oldest_armed()) held_ticks_ = 0;
  return is_fed() && held_ticks_++ < timeout_ticks();
}

void PbftEngine::send_status(std::optional<ReplicaId> to) {
  auto status = std::make_shared<Status>(config_.self);
  status->view = view_;
  status->view_changing = view_changing_;
  status->fetching = fetching_.has_value();
  status->stable_checkpoint = stable_;
  status->decided = delivered_;
  for (const auto& [n, slot] : log_) {
    if (n <= delivered_) continue;
    const auto has = static_cast<std::uint8_t>((slot.has_body() ? Status::kHasPrePrepare : 0) |
                                               (slot.prepared_in(view_) ? Status::kPrepared : 0) |
                                               (slot.decided ? Status::kDecided : 0));
    status->slots.push_back({n, has});
  }
  for (const auto& [n, slot] : log_) {
    if (slot.pre_prepare && !slot.has_body()) status->wanted_batches.push_back(slot.pre_prepare->statement.digest);
  }
  for (const auto& [signer, view_change] : view_changes_) {
    if (view_change->view() == view_) status->view_changes.push_back(signer);
  }
  send_now(std::move(status), to);
}

void PbftEngine::on_status(const Status& m) {
  Peer& peer = peers_[m.sender()];
  peer.last_answered_tick = ticks_;
  if (recollects_) recollected_.insert(m.sender());
  // A small status must not buy much work: the same parts go to one peer at most twice per status interval.
  const std::uint64_t pause = std::max<std::uint64_t>(1, config_.status_interval_ticks / 2);
  const bool again_so_soon = peer.last_retransmission_tick && ticks_ - *peer.last_retransmission_tick < pause;
  if (!again_so_soon && !mutant(Mutant::no_retransmission)) {
    peer.last_retransmission_tick = ticks_;
    retransmit_view_state(m);
    retransmit_checkpoints(m);
    retransmit_slots(m);
    retransmit_bodies(m);
    return_own_words(m);
  }

  // Catch-up: slots that the peer lacks and this archive holds. Slots in flight are left to their votes unless the
  // peer made no progress since its last status.
  const bool stuck = peer.decided == m.decided;
  peer.decided = m.decided;
  if (!m.fetching && m.decided < executed_ && (stuck || executed_.value - m.decided.value > kFarBehindSlots)) {
    const std::uint64_t last = std::min(executed_.value, m.decided.value + kMaxServedSlots);
    ready_.serve.push_back({m.sender(), m.decided.next(), SequenceNumber(last)});
  }
}

void PbftEngine::retransmit_bodies(const Status& m) {
  std::set<Digest> asked;
  for (const Digest& digest : m.wanted_batches) {
    if (asked.size() == kMaxServedBodies) return;
    if (!asked.insert(digest).second) continue;
    for (const auto& [n, slot] : log_) {
      if (const BatchPtr body = slot.find_body(digest)) {
        send_now(std::make_shared<BatchBody>(config_.self, body), m.sender());
        break;
      }
    }
  }
}

void PbftEngine::retransmit_view_state(const Status& m) {
  const bool behind = m.view < view_ || (m.view == view_ && m.view_changing);
  if (!view_changing_) {
    if (behind && new_view_ != nullptr) send_now(new_view_, m.sender());
    return;
  }
  const auto own = view_changes_.find(config_.self);
  const bool has_mine = m.view == view_ && std::ranges::find(m.view_changes, config_.self) != m.view_changes.end();
  if (own != view_changes_.end() && m.view <= view_ && !has_mine) send_now(own->second, m.sender());
}

void PbftEngine::retransmit_checkpoints(const Status& m) {
  for (const auto& [n, vote] : own_checkpoints_) {
    if (n > m.stable_checkpoint && !quarantined_ && is_mine(vote))
      send_now(std::make_shared<Checkpoint>(vote), m.sender());
  }
}

// In one view: the proposal, the prepare and the commit of each slot for which the peer says that it lacks them.
void PbftEngine::retransmit_slots(const Status& m) {
  if (m.view != view_ || m.view_changing || !active()) return;
  const std::uint64_t horizon = m.stable_checkpoint.value + config_.log_window;
  std::size_t slots = 0;
  for (const auto& [n, slot] : log_) {
    if (n <= m.decided || n.value > horizon) continue;
    if (++slots > kMaxRetransmittedSlots) return;  // the lowest first: they are what the peer waits for
    const auto entry = std::ranges::lower_bound(m.slots, n, {}, &Status::Slot::sequence);
    const std::uint8_t has = entry != m.slots.end() && entry->sequence == n ? entry->has : std::uint8_t{0};
    if (has & Status::kDecided) continue;
    if (!(has & Status::kHasPrePrepare) && is_primary() && slot.pre_prepare && slot.batch != nullptr) {
      send_now(std::make_shared<PrePrepare>(*slot.pre_prepare, slot.batch), m.sender());
    }
    if (!(has & Status::kPrepared) && slot.own_prepare != nullptr) send_now(slot.own_prepare, m.sender());
    if (slot.own_commit != nullptr) send_now(slot.own_commit, m.sender());
  }
}

void PbftEngine::on_batch_body(const BatchBody& m) {
  for (auto& [n, slot] : log_) {
    if (!slot.pre_prepare || slot.has_body() || slot.pre_prepare->statement.digest != m.batch->digest) continue;
    // Accept the adopted proposal again, now with its body.
    const SignedStatement pre_prepare = *slot.pre_prepare;
    slot.pre_prepare.reset();
    accept_pre_prepare(slot, pre_prepare, m.batch, true);
    check_decided(slot);
  }
}

// A commit certificate of any view decides its slot, in mid view change too; it changes no view-change already signed.
void PbftEngine::on_decided_slot(const DecidedSlot& m) {
  last_catch_up_tick_ = ticks_;
  const SequenceNumber before = delivered_;
  decide(m.commits, m.batch);
  // More is to come from where this came: ask as soon as the answer's last slot was delivered.
  if (delivered_ > before && delivered_.value % kMaxServedSlots == 0) send_status(m.sender());
}

// A relay may be lost, or refused for the moment: again at each quarter of its time, or a request that only the backups
// know evicts an honest primary. A client that fills its window at the primary whenever one is due overtakes the
// request meanwhile: then it is given up here.
void PbftEngine::relay_again() {
  const std::uint64_t quarter = timeout_ticks() / 4;  // the first before its silence is held against the primary
  if (view_changing_ || is_primary() || quarter == 0) return;
  for (std::uint64_t age = quarter; age <= 4 * quarter && age <= request_ticks_; age += quarter) {
    for (const RequestPtr& request : requests_.armed_at(request_ticks_ - age)) {
      if (requests_.give_up_if_overtaken({request->client, request->number}) || age == 4 * quarter) continue;
      send_now(std::make_shared<RelayedRequest>(config_.self, request), config_.primary_of(view_));
    }
  }
}

void PbftEngine::on_relayed_request(const RelayedRequest& m) { enqueue(m.request, true); }

void PbftEngine::propose(Verified<RequestPtr> request, bool relayed) {
  if (const auto reason = admit(**request)) return reject(*reason, "request", std::nullopt);
  enqueue(*request, relayed);
}

// In this view, in a slot that is not decided.
bool PbftEngine::is_proposed(const RequestQueue::Key& key) const {
  return std::any_of(log_.upper_bound(delivered_), log_.end(), [&](const auto& entry) {
    const Slot& slot = entry.second;
    if (!slot.pre_prepare || slot.batch == nullptr || slot.pre_prepare->statement.view != view_) return false;
    return std::ranges::any_of(slot.batch->requests, [&](const RequestPtr& request) {
      return RequestQueue::Key{request->client, request->number} == key;
    });
  });
}

void PbftEngine::enqueue(RequestPtr request, bool relayed) {
  // What another backup relays is the primary's business only; the client itself tells everybody when it retries.
  if (relayed && !is_primary()) return reject(RejectReason::not_primary, "relayed-request", std::nullopt);
  const RequestQueue::Key key{request->client, request->number};
  requests_.add(request);
  if (is_proposed(key)) requests_.mark_proposed(key);
  if (view_changing_ || is_primary()) return;
  send_now(std::make_shared<RelayedRequest>(config_.self, std::move(request)), config_.primary_of(view_));
  requests_.arm(key, request_ticks_);
}

}  // namespace breakwater::pbft
