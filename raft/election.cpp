// Leader election: pre-votes, votes, check-quorum.
#include <algorithm>

#include "raft/engine.hpp"
#include "replication/mutant.hpp"
#include "replication/random.hpp"

namespace breakwater::raft {

// Between one and two timeouts, another each time and for each replica, so that votes are not split for ever.
void RaftEngine::set_election_deadline() {
  Random spread((term_.value << 20) ^ (elections_ << 8) ^ config_.self.value);
  election_deadline_ = ticks_ + config_.election_timeout_ticks + spread.below(config_.election_timeout_ticks);
}

bool RaftEngine::leader_is_alive() const {
  if (role_ == Role::leader) return true;
  return leader_heard_tick_ && ticks_ - *leader_heard_tick_ < config_.election_timeout_ticks;
}

bool RaftEngine::is_up_to_date(const RequestVote& m) const {
  return std::pair(m.last_term, m.last_index) >= std::pair(log_.last_term(), log_.last());
}

void RaftEngine::become_follower(ViewNumber term, std::optional<ReplicaId> leader) {
  const bool is_new_term = term > term_;
  if (is_new_term || mutant(Mutant::raft_vote_cleared)) {
    term_ = term;
    voted_for_.reset();
    journal_vote();
  }
  if (is_new_term) leader_heard_tick_.reset();
  if (role_ == Role::leader) {
    requests_.clear();
    progress_.clear();
    reads_.clear();
    new_reads_.clear();
    append_is_due_ = false;
    set_election_deadline();
  }
  role_ = Role::follower;
  leader_ = leader;
  votes_.clear();
}

void RaftEngine::follow(ReplicaId leader) {
  if (role_ != Role::follower || leader_ != leader) become_follower(term_, leader);
  leader_heard_tick_ = ticks_;
  set_election_deadline();
}

void RaftEngine::ask_for_votes(bool pre_vote) {
  ++elections_;
  cancel_install();
  role_ = pre_vote ? Role::pre_candidate : Role::candidate;
  leader_.reset();
  votes_ = {config_.self};
  if (!pre_vote) {
    term_ = term_.next();
    voted_for_ = config_.self;
    journal_vote();
  }
  set_election_deadline();
  const ViewNumber asked = pre_vote ? term_.next() : term_;
  send_after_persist(std::make_shared<RequestVote>(config_.self, asked, pre_vote, log_.last(), log_.last_term()),
                     std::nullopt);
  count_votes();
}

void RaftEngine::count_votes() {
  if (votes_.size() < config_.quorums.quorum) return;
  if (role_ == Role::pre_candidate) return ask_for_votes(false);
  become_leader();
}

void RaftEngine::on_request_vote(const RequestVote& m) {
  // Who still hears a leader does not help to depose it (dissertation 4.2.3), nor follows the asker into its term.
  std::optional<RejectReason> refusal;
  if (m.term < term_ || (m.pre_vote && m.term == term_)) refusal = RejectReason::stale_term;
  else if (m.term > term_ && leader_is_alive()) refusal = RejectReason::leader_is_alive;
  if (!refusal && !m.pre_vote && m.term > term_) become_follower(m.term, std::nullopt);
  if (!refusal && !is_up_to_date(m)) refusal = RejectReason::log_behind;
  if (!refusal && !m.pre_vote && voted_for_ && voted_for_ != m.sender()) refusal = RejectReason::already_voted;
  if (!refusal && !m.pre_vote) {
    if (!voted_for_) {
      voted_for_ = m.sender();
      journal_vote();
    }
    set_election_deadline();
  }
  if (refusal) reject(*refusal, m);
  const ViewNumber term = m.pre_vote && !refusal ? m.term : term_;
  send_after_persist(std::make_shared<RequestVoteResult>(config_.self, term, m.pre_vote, !refusal), m.sender());
}

void RaftEngine::on_request_vote_result(const RequestVoteResult& m) {
  const bool granted_pre_vote = m.pre_vote && m.granted;
  if (m.term > term_ && !granted_pre_vote) return become_follower(m.term, std::nullopt);
  const bool answers_the_question =
      m.pre_vote ? role_ == Role::pre_candidate && m.term == term_.next() : role_ == Role::candidate && m.term == term_;
  if (!answers_the_question || !m.granted) return reject(RejectReason::stale_term, m);
  votes_.insert(m.sender());
  count_votes();
}

void RaftEngine::become_leader() {
  role_ = Role::leader;
  leader_ = config_.self;
  votes_.clear();
  progress_.clear();
  for (const ReplicaId peer : peers()) {
    Progress& progress = progress_[peer];
    progress.next = log_.last().next();
    progress.heard_tick = ticks_;
  }
  term_begins_ = log_.last().next();
  // Entries of earlier terms are committed with this one, never by counting (dissertation 3.6.2).
  append_own({term_, nullptr});
  next_heartbeat_tick_ = ticks_;
}

// A leader that a majority no longer hears cannot commit: it says so by stepping down.
void RaftEngine::check_quorum() {
  std::size_t heard = 1;
  for (const auto& [peer, progress] : progress_) {
    heard += ticks_ - progress.heard_tick < config_.election_timeout_ticks ? 1 : 0;
  }
  if (heard < config_.quorums.quorum) become_follower(term_, std::nullopt);
}

}  // namespace breakwater::raft
