// View changes. OSDI '99, section 4.4: certificates instead of the MAC variant's Q set and acknowledgements.
#include <algorithm>

#include "pbft/engine.hpp"
#include "replication/assert.hpp"
#include "replication/mutant.hpp"

namespace breakwater::pbft {

// Doubles with every view that failed, up to the cap; progress resets it.
std::uint64_t PbftEngine::timeout_ticks() const {
  const std::uint32_t doublings = mutant(Mutant::no_back_off) ? 0 : std::min<std::uint32_t>(failed_views_, 20);
  return std::min(config_.view_change_timeout_ticks << doublings, config_.view_change_timeout_cap_ticks);
}

bool PbftEngine::is_anything_in_flight() const {
  if (executed_ < highest_decided()) return true;
  return std::ranges::any_of(log_, [&](const auto& entry) {
    const auto& [n, slot] = entry;
    return n > delivered_ && (slot.claimed || slot.pre_prepare);
  });
}

// Deviation, against a primary that delays each proposal to just under the timeout, or leaves a client out. A correct
// one that has a request proposes it when nothing else is in flight, at the latest. So while a request waits here that
// was in no proposal for a quarter of the timeout, the ticks count in which this replica sees nothing in flight that
// the primary could be waiting for: three eighths of the timeout of them are too many. Without a request that waits so
// long, none count: falling demand is no fault; nor do ticks in which this replica catches up, and a stalled host has
// none.
bool PbftEngine::primary_withholds(bool time_stands_still) {
  const std::optional<std::uint64_t> oldest = requests_.oldest_unproposed();
  if (!oldest || request_ticks_ - *oldest < timeout_ticks() / 4) {
    withheld_ticks_ = 0;
    return false;
  }
  const bool has_room = delivered_ < last_to_propose();  // else it waits for a checkpoint
  if (!time_stands_still && has_room && !is_anything_in_flight()) ++withheld_ticks_;
  return withheld_ticks_ >= 3 * timeout_ticks() / 8;
}

// The primary proposed all that it may, and waits for the votes of others.
bool PbftEngine::is_pipeline_full() const {
  const auto undecided = std::count_if(log_.upper_bound(delivered_), log_.end(), [&](const auto& entry) {
    return entry.second.pre_prepare && !entry.second.decided;
  });
  return static_cast<std::uint64_t>(undecided) >= config_.pipeline;
}

// Against one that is slow all the time, though never for long (protocol-rules: the throughput monitor).
bool PbftEngine::primary_is_slow(bool time_stands_still) {
  const std::optional<std::uint64_t> oldest = requests_.oldest_unproposed();
  const bool waits = !time_stands_still && oldest && request_ticks_ - *oldest >= timeout_ticks() / 16 &&
                     delivered_ < last_to_propose() && !is_pipeline_full();
  return monitor_.tick(waits, timeout_ticks());
}

// Leaves the current view for `next`: from here on this replica votes in no view below it.
void PbftEngine::start_view_change(ViewNumber next) {
  BW_ASSERT(next > view_);
  if (!may_ask_for_views()) return;
  view_ = next;
  view_changing_ = true;
  new_view_ = nullptr;
  new_view_deadline_.reset();
  requests_.disarm_all();
  withheld_ticks_ = 0;
  monitor_.left_view();
  early_.clear();
  for (auto& [n, slot] : log_) {
    if (!mutant(Mutant::votes_after_asking) || !slot.has_body()) slot.leave_view();
  }
  ask_for_view();
}

// Signs and sends this replica's view-change for view_.
void PbftEngine::ask_for_view() {
  ViewChange::Body body;
  body.stable_checkpoint = stable_certificate_;
  for (auto& [n, slot] : log_) {
    if (slot.prepared && !mutant(Mutant::drop_p)) body.prepared.push_back(*slot.prepared);
  }
  Bytes encoded = encode_body(body);
  const SignedStatement header = sign(StatementKind::view_change, view_, stable_, view_change_body_digest(encoded));
  auto own = std::make_shared<ViewChange>(header, std::move(body), std::move(encoded));
  view_changes_[config_.self] = own;
  journal_view();
  send_after_persist(own);
  consider_view_changes();
}

void PbftEngine::on_view_change(std::shared_ptr<const ViewChange> m) {
  const auto held = view_changes_.find(m->sender());
  if (held != view_changes_.end() && held->second->view() == m->view() && !is_of_later_incarnation(*m, *held->second)) {
    look_for_contradiction(held->second->header, m->header, m->encoded_body);
    return reject(RejectReason::contradicts_vote, m->name(), m->sender());
  }
  if (!is_valid(*m, config_)) {
    if (is_sound(*m, config_)) return reject(RejectReason::wrong_incarnation, m->name(), m->sender());
    // Signed by its sender, and no correct replica signs it.
    if (keep_evidence({EvidenceKind::bad_view_change, m->header, std::nullopt, m->encoded_body})) send_now(m);
    return reject(RejectReason::bad_view_change, m->name(), m->sender());
  }
  look_for_hidden_prepared(*m);
  view_changes_[m->sender()] = m;
  join_if_weak_quorum_left();
  consider_view_changes();
}

// Joins the highest view that f+1 others ask for or exceed: one replica's huge number moves nobody, and one low
// number drags nobody down.
void PbftEngine::join_if_weak_quorum_left() {
  std::vector<ViewNumber> asked;
  for (const auto& [signer, view_change] : view_changes_) {
    if (signer != config_.self) asked.push_back(view_change->view());
  }
  if (asked.size() < config_.quorums.weak || mutant(Mutant::no_join)) return;
  std::ranges::sort(asked, std::greater{});
  const ViewNumber supported = asked[config_.quorums.weak - 1];
  if (supported > view_) start_view_change(supported);
}

// With a quorum asking for view_ or beyond: the timer runs, and the view's primary proposes the new view.
void PbftEngine::consider_view_changes() {
  if (!view_changing_ || quarantined_) return;
  std::size_t asking = 0;
  std::vector<ViewChangePtr> for_this_view;
  for (const auto& [signer, view_change] : view_changes_) {
    asking += view_change->view() >= view_;
    if (view_change->view() == view_) for_this_view.push_back(view_change);
  }
  if (asking >= config_.quorums.quorum && !new_view_deadline_) new_view_deadline_ = ticks_ + timeout_ticks();
  if (!is_primary()) return;
  keep_those_that_count(for_this_view, config_);
  if (for_this_view.size() < config_.quorums.quorum) return;
  for_this_view.resize(config_.quorums.quorum);
  send_new_view(std::move(for_this_view));
}

void PbftEngine::send_new_view(std::vector<ViewChangePtr> view_changes) {
  const NewViewPlan plan = plan_new_view(view_changes);
  if (!own_incarnation_asking_from(plan.min_s)) return;  // between readmission and effect: the next primary's turn
  NewView::Body body;
  body.view_changes = std::move(view_changes);
  for (const Statement& statement : pre_prepares_of(plan, view_, config_)) {
    if (!speaks_on(statement.sequence)) return;  // not this replica's slots to propose
    body.pre_prepares.push_back({statement, signer_.sign(statement)});
  }
  Bytes encoded = encode_body(body);
  const SignedStatement header = sign(StatementKind::new_view, view_, plan.min_s, new_view_body_digest(encoded));
  auto new_view = std::make_shared<NewView>(header, std::move(body), std::move(encoded));
  enter_view(new_view);
  send_after_persist(new_view);
}

void PbftEngine::on_new_view(std::shared_ptr<const NewView> m) {
  if (new_view_ != nullptr && m->view() == view_) look_for_contradiction(new_view_->header, m->header);
  if (m->view() < view_ || (m->view() == view_ && !view_changing_)) {
    return reject(RejectReason::contradicts_vote, m->name(), m->sender());
  }
  if (!is_valid(*m, config_) || undermines_own_vote(*m)) {
    // Whose word counts no more is judged by what was executed here: that convicts nobody.
    if (is_sound(*m, config_)) return reject(RejectReason::wrong_incarnation, m->name(), m->sender());
    if (keep_evidence({EvidenceKind::bad_new_view, m->header, std::nullopt, m->encoded_body})) send_now(m);
    reject(RejectReason::bad_new_view, m->name(), m->sender());
    return skip_view_of(*m);
  }
  enter_view(m);
  judge_view_changes_in(*m);
}

// A liar may have told the new primary another view-change than this replica, or one that hides what it voted for.
void PbftEngine::judge_view_changes_in(const NewView& m) {
  for (const ViewChangePtr& told : m.body.view_changes) {
    if (told->sender() == config_.self) continue;
    const auto held = view_changes_.find(told->sender());
    if (held != view_changes_.end() && held->second->view() == told->view()) {
      look_for_contradiction(held->second->header, told->header, told->encoded_body);
    }
    look_for_hidden_prepared(*told);
  }
}

// Valid and at or beyond view_: the group works in its view.
void PbftEngine::enter_view(std::shared_ptr<const NewView> m) {
  if (quarantined_) return;
  for (auto& [n, slot] : log_) slot.leave_view();
  if (!view_changing_) monitor_.left_view();
  view_ = m->view();
  view_changing_ = false;
  new_view_ = m;
  new_view_deadline_.reset();
  early_.clear();
  requests_.disarm_all();
  held_ticks_ = 0;
  requests_.forget_proposals();

  const NewViewPlan plan = plan_new_view(m->body.view_changes);
  if (plan.min_s > stable_) make_stable(*plan.stable_checkpoint);
  journal_view();
  keep_transcript();
  next_sequence_ = std::max({plan.max_s(), stable_, delivered_}).next();
  for (const SignedStatement& pre_prepare : m->body.pre_prepares) {
    if (in_window(pre_prepare.statement.sequence)) adopt_proposal(pre_prepare);
  }
  resume_requests();
  next_status_tick_ = ticks_;  // tell the others at once what is missing here
}

// One pre-prepare of the O set. Its time is not judged again, and its body may have to be fetched by digest first.
void PbftEngine::adopt_proposal(const SignedStatement& pre_prepare) {
  Slot& slot = log_[pre_prepare.statement.sequence];
  const Digest& digest = pre_prepare.statement.digest;
  if (slot.decided && *slot.decided != digest) {
    return quarantine("a new view proposes another batch for decided slot " +
                      std::to_string(pre_prepare.statement.sequence.value) + ": more than f replicas lie");
  }
  accept_pre_prepare(slot, pre_prepare, slot.find_body(digest), true);
}

// What still waits goes to the new primary, each with a fresh timer.
void PbftEngine::resume_requests() {
  if (is_primary()) return;
  for (const RequestPtr& request : requests_.undecided()) {
    send_now(std::make_shared<RelayedRequest>(config_.self, request), config_.primary_of(view_));
  }
  requests_.arm_all(request_ticks_);
}

}  // namespace breakwater::pbft
