// A replica whose messages lose bits on their way: every third one (the channel protects against others, not against
// its own end).
#include "adversary/raft_adversary.hpp"
#include "crypto/batch.hpp"

namespace breakwater::adversary {

namespace {

using namespace raft;

constexpr std::uint64_t kBit = 1;

// What is flipped, in turn. A message that has no such part stays whole.
enum class Part { batch, index, verdict, term };
constexpr std::uint64_t kParts = 4;

class RaftCorrupter final : public RaftAdversary {
 public:
  using RaftAdversary::RaftAdversary;

 protected:
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    if (lies_now() && sent_++ % 3 == 2) outbound.message = damaged(outbound.message);
    out.push_back(std::move(outbound));
  }

 private:
  Part part() const { return static_cast<Part>(sent_ / 3 % kParts); }

  MessagePtr damaged(const MessagePtr& message) const {
    if (const auto* append = dynamic_cast<const AppendEntries*>(message.get())) return damaged_append(*append);
    if (const auto* result = dynamic_cast<const AppendEntriesResult*>(message.get())) return damaged_result(*result);
    if (const auto* vote = dynamic_cast<const RequestVoteResult*>(message.get())) {
      auto changed = std::make_shared<RequestVoteResult>(*vote);
      if (part() == Part::term) changed->term.value ^= kBit;
      if (part() == Part::verdict) changed->granted = !vote->granted;
      return changed;
    }
    return message;
  }

  MessagePtr damaged_append(const AppendEntries& m) const {
    auto changed = std::make_shared<AppendEntries>(m);
    switch (part()) {
      case Part::batch:
        for (Entry& entry : changed->entries) entry.batch = damaged_batch(entry.batch);
        break;
      case Part::index: changed->previous_index.value ^= kBit; break;
      case Part::verdict: changed->leader_commit.value ^= kBit; break;
      case Part::term: changed->previous_term.value ^= kBit; break;
    }
    return changed;
  }

  MessagePtr damaged_result(const AppendEntriesResult& m) const {
    auto changed = std::make_shared<AppendEntriesResult>(m);
    switch (part()) {
      case Part::batch: break;
      case Part::index: changed->index.value ^= kBit; break;
      case Part::verdict: changed->success = !m.success; break;
      case Part::term: changed->term.value ^= kBit; break;
    }
    return changed;
  }

  // In the commands themselves: nothing else of a request has a meaning here, and what does not decode never arrives.
  BatchPtr damaged_batch(const BatchPtr& batch) const {
    if (batch == nullptr) return batch;
    std::vector<RequestPtr> requests = batch->requests;
    const Request& whole = *requests.front();
    Bytes body = whole.body;
    body[sent_ % body.size()] ^= kBit;
    if (!decode_commands(body)) return batch;
    requests.front() =
        std::make_shared<const Request>(make_request(whole.client, whole.number, std::move(body), whole.signature));
    return make_batch(batch->time, std::move(requests));
  }

  std::uint64_t sent_ = 0;
};

}  // namespace

std::unique_ptr<Engine> make_raft_corrupter(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                            const raft::Config& config) {
  return std::make_unique<RaftCorrupter>(std::move(correct), strategy, config);
}

}  // namespace breakwater::adversary
