// A new primary whose new-views do not follow from their view-changes, or are two (hazard 13).
#include <algorithm>
#include <utility>

#include "adversary/adversary_engine.hpp"
#include "crypto/digest.hpp"
#include "pbft/rules.hpp"

namespace breakwater::adversary {

namespace {

// What a new-view lies about, in turn, a view each.
enum class Lie { omits_batch, too_few_view_changes, edits_batch, two_new_views };
constexpr std::uint64_t kLies = 4;

class BadNewViewer final : public AdversaryEngine {
 public:
  using AdversaryEngine::AdversaryEngine;

  void tick(AgreedTime wall_clock) override {
    asks_ = ++ticks_ % config_.view_change_timeout_ticks == 0;
    AdversaryEngine::tick(wall_clock);
  }

 protected:
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    const auto honest = own<pbft::NewView>(outbound);
    if (honest == nullptr || !lies_now()) return out.push_back(std::move(outbound));
    if (honest->view() != lied_about_) {
      lied_about_ = honest->view();
      first_ = honest;
      second_ = lie_about(*honest);
    }
    for (const ReplicaId to : recipients(outbound)) out.push_back({to, told(to), outbound.after});
  }

  // Only a primary can lie about a new view: it asks for the next one that is its own.
  void volunteer(std::vector<Outbound>& out) override {
    if (!std::exchange(asks_, false) || status().role == "view-changing") return;
    ViewNumber mine = status().view.next();
    while (config_.primary_of(mine) != config_.self) mine = mine.next();
    out.push_back({std::nullopt, pen_.view_change(mine, SequenceNumber(0), {}), std::nullopt});
  }

 private:
  // Of two new-views half of the backups get the one and half the other; whoever asks again, the other one.
  MessagePtr told(ReplicaId to) {
    if (first_ == nullptr) return second_;
    return (to.value + told_[to]++) % 2 == 0 ? first_ : second_;
  }

  std::shared_ptr<const pbft::NewView> lie_about(const pbft::NewView& honest) {
    pbft::NewView::Body body = honest.body;
    const Lie lie = static_cast<Lie>(lies_++ % kLies);
    if (lie == Lie::two_new_views) return other_new_view(honest);
    first_ = nullptr;
    const auto batch = std::ranges::find_if(body.pre_prepares,
                                            [](const SignedStatement& s) { return s.statement.digest != kNullDigest; });
    if (lie == Lie::too_few_view_changes || batch == body.pre_prepares.end()) {
      body.view_changes.pop_back();
    } else {
      Digest digest = kNullDigest;
      if (lie == Lie::edits_batch) digest = hash("made up", batch->statement.digest.view());
      *batch = pen_.sign(StatementKind::pre_prepare, honest.view(), batch->statement.sequence, digest);
    }
    return pen_.new_view(honest.view(), honest.sequence(), std::move(body));
  }

  // As valid as the honest one: it follows from other view-changes, since this replica signs a second one of its own
  // that has nothing prepared.
  std::shared_ptr<const pbft::NewView> other_new_view(const pbft::NewView& honest) const {
    pbft::NewView::Body body;
    body.view_changes = honest.body.view_changes;
    const auto own = std::ranges::find(body.view_changes, config_.self, &pbft::ViewChange::sender);
    body.view_changes.erase(own == body.view_changes.end() ? own - 1 : own);
    body.view_changes.push_back(pen_.view_change(honest.view(), SequenceNumber(0), {}));
    std::ranges::sort(body.view_changes, {}, &pbft::ViewChange::sender);
    const pbft::NewViewPlan plan = pbft::plan_new_view(body.view_changes);
    for (const Statement& s : pbft::pre_prepares_of(plan, honest.view(), config_)) {
      body.pre_prepares.push_back(pen_.sign(s.kind, s.view, s.sequence, s.digest));
    }
    return pen_.new_view(honest.view(), plan.min_s, std::move(body));
  }

  std::optional<ViewNumber> lied_about_;
  std::shared_ptr<const pbft::NewView> first_, second_;  // first: null when all are told the second
  std::map<ReplicaId, std::uint32_t> told_;
  std::uint64_t ticks_ = 0;
  std::uint64_t lies_ = 0;
  bool asks_ = false;
};

}  // namespace

std::unique_ptr<Engine> make_bad_new_viewer(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                            const pbft::Config& config, Signer& signer) {
  return std::make_unique<BadNewViewer>(std::move(correct), strategy, config, signer);
}

}  // namespace breakwater::adversary
