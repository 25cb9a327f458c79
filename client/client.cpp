#include "client/client.hpp"

#include <algorithm>

#include "client/receipts.hpp"
#include "crypto/batch.hpp"
#include "replication/mutant.hpp"

namespace breakwater {

namespace {
constexpr auto kFirstPause = std::chrono::milliseconds(250);
// While only a weak quorum is to answer, one of which may have stopped: so many times what an outcome usually takes.
constexpr int kUsualLatencies = 4;
constexpr auto kShortestPause = std::chrono::milliseconds(50);
constexpr auto kLongestPause = std::chrono::milliseconds(4000);
constexpr auto kLookPause = std::chrono::milliseconds(100);     // between two looks for whoever orders requests
constexpr auto kReceiptPause = std::chrono::milliseconds(100);  // before replicas are asked again for signed replies

// Two replies that say the same of one request.
bool agree(const Reply& a, const Reply& b) {
  return a.status == b.status && a.request == b.request && a.sequence == b.sequence && a.results == b.results;
}
}  // namespace

Client::Client(ClientIdentity identity, std::unique_ptr<Guide> guide, ClientTransport& transport, Signer& signer)
    : identity_(identity),
      guide_(std::move(guide)),
      quorums_(guide_->quorums()),
      respondents_(quorums_),
      transport_(transport),
      signer_(signer) {}

void Client::want_receipts(const Roster& roster, const SignatureChecker& checker, Clock::duration patience) {
  receipts_wanted_.emplace(ReceiptsWanted{roster, checker, patience});
}

void Client::greet() { send_to_all(encode_frame(StatusQuery{false})); }

void Client::submit(RequestNumber number, const std::vector<Bytes>& commands, Clock::time_point now,
                    Clock::duration timeout, Done done) {
  Pending pending;
  pending.request = make_request(identity_.id, number, encode_commands(commands), {});
  if (guide_->signs_requests()) {
    pending.request.signature = signer_.sign(request_statement(identity_.cluster, pending.request));
  }
  pending.frame = encode_frame(pending.request);
  pending.done = std::move(done);
  pending.started = now;
  pending.deadline = now + timeout;
  pending.pause = kFirstPause;
  if (respondents_.has_choice()) {
    pending.pause = std::clamp<Clock::duration>(kUsualLatencies * usual_latency_, kShortestPause, kFirstPause);
  }
  pending.next_send = now + pending.pause;
  send_to_first_choice(pending.frame);
  pending_.emplace(number, std::move(pending));
}

void Client::receive(Clock::time_point now) {
  transport_.poll(std::chrono::milliseconds(0), [&](ReplicaId from, ByteView frame) {
    auto answer = decode_answer_frame(frame);
    if (!answer) return;  // a replica that talks nonsense has no voice
    if (Reply* reply = std::get_if<Reply>(&*answer)) {
      on_reply(from, std::move(*reply), now);
    } else if (const auto* report = std::get_if<StatusReport>(&*answer); report != nullptr && report->replica == from) {
      claimed_views_[from] = report->view;
      if (guide_->heard(from, *report)) redirect();
    }
  });
}

void Client::on_reply(ReplicaId from, Reply reply, Clock::time_point now) {
  // The connection says who answers; a replica speaks for itself only.
  if (reply.replica != from || reply.client != identity_.id) return;
  claimed_views_[from] = reply.view;
  respondents_.heard(from);
  if (guide_->heard(from, reply)) redirect();
  const auto it = pending_.find(reply.number);
  if (it == pending_.end()) return;
  Pending& pending = it->second;
  const bool is_outcome = reply.status != ReplyStatus::overloaded && reply.status != ReplyStatus::redirected;
  if (reply.request != pending.request.digest || !is_outcome) return;
  const auto said = pending.replies.find(from);
  // Saying the same again without the proof (a replica that restarted meanwhile) takes nothing back.
  const bool adds_nothing =
      said != pending.replies.end() && agree(said->second, reply) && said->second.signed_reply && !reply.signed_reply;
  if (adds_nothing) return;
  const Reply last = pending.replies.insert_or_assign(from, std::move(reply)).first->second;
  if (conclude(pending, last, now)) {
    pending_.erase(it);
  } else if (!pending.outcome && respondents_.has_choice() && pending.replies.size() >= quorums_.weak) {
    ask_everybody(pending, now);  // those that were to answer have, and do not agree
  }
}

// True when it is done, and reported.
bool Client::conclude(Pending& pending, const Reply& last, Clock::time_point now) {
  if (!pending.outcome && !is_agreed(pending, last, now)) return false;
  if (receipts_wanted_ && pending.outcome->status == ReplyStatus::executed) {
    look_for_receipt(pending);
    if (!pending.outcome->receipt) return false;
  }
  pending.done(*pending.outcome);
  return true;
}

// A weak quorum of distinct replicas that say the same: at least one of them is correct.
bool Client::is_agreed(Pending& pending, const Reply& last, Clock::time_point now) {
  Outcome outcome;
  for (const auto& [replica, reply] : pending.replies) {
    if (agree(reply, last)) outcome.replicas.push_back(replica);
  }
  if (outcome.replicas.size() < quorums_.weak - (mutant(Mutant::f_replies) ? 1 : 0)) return false;
  outcome.number = pending.request.number;
  outcome.status = last.status;
  outcome.view = believed_view();
  outcome.sequence = last.sequence;
  outcome.results = last.results;
  outcome.latency = std::chrono::duration_cast<std::chrono::microseconds>(now - pending.started);
  usual_latency_ = (7 * usual_latency_ + (now - pending.started)) / 8;
  pending.outcome = std::move(outcome);
  pending.agreed = last;
  judge_respondents(pending);
  if (receipts_wanted_) {
    pending.deadline = std::min(pending.deadline, now + receipts_wanted_->patience);
    pending.pause = kReceiptPause;
    pending.next_send = now + pending.pause;
  }
  return true;
}

// Who said otherwise is wrong: of those that agreed one is correct.
void Client::judge_respondents(const Pending& pending) {
  for (const auto& [replica, reply] : pending.replies) {
    if (!agree(reply, pending.agreed)) respondents_.doubt(replica);
  }
  if (respondents_.agreed(guide_->first_choice(believed_view()))) tell_respondents();
}

// An outcome or a receipt is late, or the answers disagree.
void Client::ask_everybody(Pending& pending, Clock::time_point now) {
  if (!pending.outcome && respondents_.has_choice()) {
    for (std::uint32_t id = 0; id < quorums_.n; ++id) {
      const ReplicaId replica(id);
      if (respondents_.is_wanted(replica) && !pending.replies.contains(replica)) respondents_.doubt(replica);
    }
    respondents_.want_all();
    tell_respondents();
    pending.pause = kFirstPause / 2;
  }
  send_to_all(pending.frame);
  pending.pause = std::min<Clock::duration>(pending.pause * 2, kLongestPause);
  pending.next_send = now + pending.pause;
}

void Client::tell_respondents() {
  for (std::uint32_t id = 0; id < quorums_.n; ++id) {
    transport_.send(ReplicaId(id), encode_frame(StatusQuery{false, !respondents_.is_wanted(ReplicaId(id))}));
  }
}

void Client::look_for_receipt(Pending& pending) const {
  std::vector<Reply> agreeing;
  for (const auto& [replica, reply] : pending.replies) {
    if (agree(reply, pending.agreed)) agreeing.push_back(reply);
  }
  pending.outcome->replicas.clear();
  for (const Reply& reply : agreeing) pending.outcome->replicas.push_back(reply.replica);
  const std::vector<Reply> proved = with_good_proof(agreeing, receipts_wanted_->roster, receipts_wanted_->checker);
  pending.outcome->signed_replies = proved.size();
  pending.outcome->receipt = make_receipt(pending.request, proved, quorums_.weak, receipts_wanted_->roster);
}

void Client::drive(Clock::time_point now) {
  if (!pending_.empty() && guide_->is_looking() && now >= next_look_) {
    send_to_all(encode_frame(StatusQuery{false}));
    next_look_ = now + kLookPause;
  }
  std::vector<RequestNumber> given_up;
  for (auto& [number, pending] : pending_) {
    if (now >= pending.deadline) {
      given_up.push_back(number);
    } else if (now >= pending.next_send) {
      ask_everybody(pending, now);
    }
  }
  for (const RequestNumber number : given_up) {
    const auto node = pending_.extract(number);
    if (node.mapped().outcome) {  // no receipt came of it
      node.mapped().done(*node.mapped().outcome);
      continue;
    }
    Outcome unknown;
    unknown.number = number;
    unknown.view = believed_view();
    unknown.latency = std::chrono::duration_cast<std::chrono::microseconds>(now - node.mapped().started);
    node.mapped().done(unknown);
  }
}

// The highest view that a weak quorum claims or exceeds.
ViewNumber Client::believed_view() const {
  if (claimed_views_.size() < quorums_.weak) return ViewNumber(0);
  std::vector<ViewNumber> claims;
  claims.reserve(claimed_views_.size());
  for (const auto& [replica, view] : claimed_views_) claims.push_back(view);
  std::ranges::sort(claims, std::greater{});
  return claims[quorums_.weak - 1];
}

void Client::send_to_first_choice(const Bytes& frame) {
  const std::optional<ReplicaId> choice = guide_->first_choice(believed_view());
  if (!choice) return send_to_all(frame);
  transport_.send(*choice, frame);
}

void Client::redirect() {
  for (const auto& [number, pending] : pending_) send_to_first_choice(pending.frame);
}

void Client::send_to_all(const Bytes& frame) {
  for (std::uint32_t id = 0; id < quorums_.n; ++id) transport_.send(ReplicaId(id), frame);
}

}  // namespace breakwater
