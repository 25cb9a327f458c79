#include "client/guide.hpp"

namespace breakwater {

namespace {

// A term has one leader at most, and what is known of a later term counts more.
class RaftGuide final : public Guide {
 public:
  explicit RaftGuide(std::uint32_t replicas) : quorums_(Quorums::crash(replicas)) {}

  Quorums quorums() const override { return quorums_; }
  bool signs_requests() const override { return false; }
  std::optional<ReplicaId> first_choice(ViewNumber) const override { return leader_; }
  bool is_looking() const override { return looking_; }

  bool heard(ReplicaId from, const Reply& reply) override {
    if (reply.status == ReplyStatus::redirected) return redirected(from, reply);
    // Followers answer what has executed already, so this is a guess.
    const bool is_news = reply.view > term_ || (reply.view == term_ && known_ == Known::nothing);
    return reply.status == ReplyStatus::executed && is_news && learn(reply.view, Known::guess, from);
  }

  bool heard(ReplicaId from, const StatusReport& report) override {
    if (report.role != "leader" || report.view < term_) return false;
    looking_ = false;
    return learn(report.view, Known::leader, from);
  }

 private:
  // Of `term_`, in the order in which it becomes known. `gone`: its leader has said that it leads no more; only its own
  // word to the contrary, in a status report, counts after that.
  enum class Known { nothing, guess, leader, gone };

  bool redirected(ReplicaId from, const Reply& reply) {
    if (reply.view < term_) return false;
    if (!reply.leader || *reply.leader == from || reply.leader->value >= quorums_.n) {
      denied(from, reply.view);
      return false;
    }
    const bool is_news = reply.view > term_ || known_ < Known::leader;
    // Said again of a leader that did not answer: it may have died, and the others not know it yet.
    looking_ = !is_news;
    return is_news && learn(reply.view, Known::leader, *reply.leader);
  }

  void denied(ReplicaId from, ViewNumber term) {
    looking_ = true;
    if (term == term_ && leader_ != from) return;
    known_ = term == term_ && known_ == Known::leader ? Known::gone : Known::nothing;
    term_ = term;
    leader_.reset();
  }

  bool learn(ViewNumber term, Known known, ReplicaId leader) {
    const bool is_another = term > term_ || leader_ != leader;
    term_ = term;
    known_ = known;
    leader_ = leader;
    return is_another;
  }

  Quorums quorums_;
  ViewNumber term_;
  Known known_ = Known::nothing;
  std::optional<ReplicaId> leader_;
  bool looking_ = false;
};

}  // namespace

std::unique_ptr<Guide> raft_guide(std::uint32_t replicas) { return std::make_unique<RaftGuide>(replicas); }

}  // namespace breakwater
