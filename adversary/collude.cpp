// Replicas that lie together: as primary one tells the other half of the correct replicas another order, and all of
// them vote for both, each half hearing its own story only (hazard 20). They share no channel but who they are.
#include <algorithm>
#include <utility>

#include "adversary/adversary_engine.hpp"
#include "crypto/batch.hpp"

namespace breakwater::adversary {

namespace {

// With f accomplices beside this one, f+1 in all, the network needs only to hold back what the two halves tell each
// other, and each half decides its own batch. With fewer of them it is a clumsy equivocation.
//
// The two stories of a slot are a batch and the same one in reverse: whoever knows one knows both, and by the order of
// their digests all accomplices agree whom to tell which. The correct engine behind each follows the story that it
// hears first; what belongs to the other never reaches it, nor does proof against an accomplice.
class Colluder final : public AdversaryEngine {
 public:
  Colluder(std::unique_ptr<Engine> correct, const Strategy& strategy, const pbft::Config& config, Signer& signer)
      : AdversaryEngine(std::move(correct), strategy, config, signer), accomplices_(strategy.own_option.value_or(0)) {
    for (std::uint32_t id = 0; id < config_.quorums.n; ++id) {
      if (!is_accomplice(ReplicaId(id))) victims_.push_back(ReplicaId(id));
    }
  }

  void step(Verified<MessagePtr> message) override {
    if (!is_of_the_other_story(**message)) AdversaryEngine::step(std::move(message));
  }
  // Two requests in one batch have two orders; one alone has none. A primary waits a little for a second one.
  void propose(Verified<RequestPtr> request, bool relayed) override {
    const auto is_waiting = [&](const Waiting& w) { return (*w.request)->digest == (*request)->digest; };
    if (std::ranges::any_of(waiting_, is_waiting)) return;  // its client asks again
    waiting_.push_back({std::move(request), relayed});
    if (waiting_.size() > 1 || !leads() || !lies_now()) hand_over();
  }
  void tick(AgreedTime wall_clock) override {
    if (!waiting_.empty() && ++waited_ticks_ >= config_.view_change_timeout_ticks / 4) hand_over();
    AdversaryEngine::tick(wall_clock);
  }

 protected:
  void see(const MessagePtr& message) override {
    const auto proposal = std::dynamic_pointer_cast<const pbft::PrePrepare>(message);
    if (proposal != nullptr && is_accomplice(proposal->sender())) learn(*proposal);
  }

  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    if (const auto proposal = own_proposal(outbound)) learn(*proposal);
    const auto m = std::dynamic_pointer_cast<const pbft::StatementMessage>(outbound.message);
    const Plot* plot = m != nullptr && m->sender() == config_.self ? plot_at(m->view(), m->sequence()) : nullptr;
    const bool is_told_twice =
        plot != nullptr && (m->kind() == pbft::MessageKind::pre_prepare || m->kind() == pbft::MessageKind::prepare ||
                            m->kind() == pbft::MessageKind::commit);
    if (!is_told_twice) return out.push_back(std::move(outbound));
    for (const ReplicaId to : recipients(outbound)) {
      if (is_accomplice(to)) tell_accomplice(to, *m, *plot, outbound, out);
      else tell(to, m->view(), m->sequence(), *plot, outbound.after, out);
    }
  }

  // An accomplice's proposals need no answer of the correct engine: each half gets its votes at once.
  void volunteer(std::vector<Outbound>& out) override {
    for (const auto& [view, n] : std::exchange(to_vote_on_, {})) {
      const Plot* plot = plot_at(view, n);
      if (plot == nullptr) continue;
      for (const ReplicaId victim : victims_) tell(victim, view, n, *plot, std::nullopt, out);
    }
  }

 private:
  struct Story {
    BatchPtr batch;
    std::optional<SignedStatement> pre_prepare;  // once the primary's signature on it is known
  };
  struct Plot {
    ViewNumber view;
    Story stories[2];  // by digest
    Digest followed;   // by the correct engine
  };
  struct Waiting {
    Verified<RequestPtr> request;
    bool relayed;
  };
  static constexpr std::size_t kPlotsKept = 1024;  // the latest slots; as many as a log window may have

  bool is_accomplice(ReplicaId id) const {
    return id == config_.self || (id.value < 64 && (accomplices_ >> id.value & 1) != 0);
  }
  bool leads() const { return config_.primary_of(status().view) == config_.self; }
  void hand_over() {
    waited_ticks_ = 0;
    for (Waiting& waiting : std::exchange(waiting_, {})) {
      AdversaryEngine::propose(std::move(waiting.request), waiting.relayed);
    }
  }

  const Plot* plot_at(ViewNumber view, SequenceNumber n) const {
    const auto plot = plots_.find(n);
    return plot == plots_.end() || plot->second.view != view ? nullptr : &plot->second;
  }
  // The earlier half of the victims hears the story of the lower digest.
  const Story& story_for(ReplicaId victim, const Plot& plot) const {
    const auto place = static_cast<std::size_t>(std::ranges::find(victims_, victim) - victims_.begin());
    return plot.stories[place < victims_.size() / 2 ? 0 : 1];
  }

  void learn(const pbft::PrePrepare& proposal) {
    if (!lies_at(proposal.sequence()) || proposal.batch == nullptr || proposal.batch->requests.size() < 2) return;
    Plot& plot = plots_[proposal.sequence()];
    if (plot.stories[0].batch == nullptr || plot.view < proposal.view()) plot = plot_of(proposal);
    if (plot.view != proposal.view()) return;
    for (Story& story : plot.stories) {
      if (story.batch->digest == proposal.digest() && !story.pre_prepare) {
        story.pre_prepare = proposal.header;
        if (proposal.sender() != config_.self) to_vote_on_.insert({proposal.view(), proposal.sequence()});
      } else if (proposal.sender() == config_.self && !story.pre_prepare) {
        story.pre_prepare = sign(StatementKind::pre_prepare, proposal, story.batch->digest);
      }
    }
    if (plots_.size() > kPlotsKept) plots_.erase(plots_.begin());
  }
  static Plot plot_of(const pbft::PrePrepare& proposal) {
    std::vector<RequestPtr> reversed = proposal.batch->requests;
    std::ranges::reverse(reversed);
    Plot plot{
        proposal.view(), {{proposal.batch, {}}, {make_batch(proposal.batch->time, reversed), {}}}, proposal.digest()};
    if (plot.stories[1].batch->digest < plot.stories[0].batch->digest) std::swap(plot.stories[0], plot.stories[1]);
    return plot;
  }

  // All that `victim` needs from this replica to decide its story.
  void tell(ReplicaId victim, ViewNumber view, SequenceNumber n, const Plot& plot, std::optional<PersistToken> after,
            std::vector<Outbound>& out) const {
    const Story& story = story_for(victim, plot);
    if (!story.pre_prepare) return;  // the primary's word for it is still to come
    const Signatory primary = story.pre_prepare->statement.signer;
    const Digest& digest = story.batch->digest;
    if (primary.id == config_.self.value) {
      out.push_back({victim, std::make_shared<pbft::PrePrepare>(*story.pre_prepare, story.batch), after});
    } else {
      const SignedStatement vote = pen_.sign(StatementKind::prepare, view, n, digest);
      out.push_back({victim, std::make_shared<pbft::Prepare>(vote, primary, story.pre_prepare->signature), after});
    }
    out.push_back({victim, std::make_shared<pbft::Commit>(pen_.sign(StatementKind::commit, view, n, digest)), after});
  }

  // Both proposals, and votes for both: it lets pass what its own engine follows.
  void tell_accomplice(ReplicaId to, const pbft::StatementMessage& m, const Plot& plot, const Outbound& outbound,
                       std::vector<Outbound>& out) const {
    for (const Story& story : plot.stories) {
      if (!story.pre_prepare) continue;
      const Digest& digest = story.batch->digest;
      if (m.kind() == pbft::MessageKind::pre_prepare) {
        out.push_back({to, std::make_shared<pbft::PrePrepare>(*story.pre_prepare, story.batch), outbound.after});
      } else if (m.kind() == pbft::MessageKind::prepare) {
        out.push_back(
            {to,
             std::make_shared<pbft::Prepare>(sign(StatementKind::prepare, m, digest),
                                             story.pre_prepare->statement.signer, story.pre_prepare->signature),
             outbound.after});
      } else {
        out.push_back({to, std::make_shared<pbft::Commit>(sign(StatementKind::commit, m, digest)), outbound.after});
      }
    }
  }

  bool is_of_the_other_story(const Message& message) {
    if (const auto* proof = dynamic_cast<const pbft::Proof*>(&message)) {
      return is_accomplice(ReplicaId(proof->first.statement.signer.id));
    }
    const auto* m = dynamic_cast<const pbft::StatementMessage*>(&message);
    if (m == nullptr) return false;
    if (const auto* proposal = dynamic_cast<const pbft::PrePrepare*>(m); proposal && is_accomplice(m->sender())) {
      learn(*proposal);
    }
    const bool is_vote = m->kind() == pbft::MessageKind::pre_prepare || m->kind() == pbft::MessageKind::prepare ||
                         m->kind() == pbft::MessageKind::commit;
    const Plot* plot = is_vote ? plot_at(m->view(), m->sequence()) : nullptr;
    return plot != nullptr && m->digest() != plot->followed;
  }

  const std::uint64_t accomplices_;  // a bit per id
  std::vector<ReplicaId> victims_;   // ascending
  std::map<SequenceNumber, Plot> plots_;
  std::set<std::pair<ViewNumber, SequenceNumber>> to_vote_on_;
  std::vector<Waiting> waiting_;  // at most one between inputs
  std::uint64_t waited_ticks_ = 0;
};

}  // namespace

std::unique_ptr<Engine> make_colluder(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                      const pbft::Config& config, Signer& signer) {
  return std::make_unique<Colluder>(std::move(correct), strategy, config, signer);
}

}  // namespace breakwater::adversary
