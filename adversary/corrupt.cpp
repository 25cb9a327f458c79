// A replica whose messages lose bits after they were signed: every third one.
#include "adversary/adversary_engine.hpp"
#include "crypto/batch.hpp"

namespace breakwater::adversary {

namespace {

// What is flipped, in turn.
enum class Part { signature, digest, sequence, batch };
constexpr std::uint64_t kParts = 4;

BatchPtr damaged(const BatchPtr& batch, std::size_t byte) {
  if (batch == nullptr) return batch;
  std::vector<RequestPtr> requests = batch->requests;
  Request request = *requests.front();
  request.signature.bytes[byte] ^= 4;
  requests.front() = std::make_shared<const Request>(std::move(request));
  return make_batch(batch->time, std::move(requests));
}

class Corrupter final : public AdversaryEngine {
 public:
  using AdversaryEngine::AdversaryEngine;

 protected:
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    const bool corrupt = lies_now() && sent_++ % 3 == 2;
    if (corrupt) outbound.message = damaged_message(outbound.message);
    out.push_back(std::move(outbound));
  }

 private:
  std::size_t byte() const { return sent_ % 32; }
  Part part() const { return static_cast<Part>(sent_ / 3 % kParts); }

  SignedStatement damaged_header(SignedStatement header) const {
    switch (part()) {
      case Part::digest: header.statement.digest.bytes[byte()] ^= 4; break;
      case Part::sequence: header.statement.sequence.value ^= 1; break;
      default: header.signature.bytes[byte()] ^= 4; break;
    }
    return header;
  }

  MessagePtr damaged_message(const MessagePtr& message) const {
    if (const auto* d = dynamic_cast<const pbft::DecidedSlot*>(message.get())) {
      Certificate commits = d->commits;
      commits.entries.front().signature.bytes[byte()] ^= 4;
      return std::make_shared<pbft::DecidedSlot>(d->from, std::move(commits), d->batch);
    }
    if (const auto* b = dynamic_cast<const pbft::BatchBody*>(message.get())) {
      return std::make_shared<pbft::BatchBody>(b->from, damaged(b->batch, byte()));
    }
    const auto* statement = dynamic_cast<const pbft::StatementMessage*>(message.get());
    if (statement == nullptr) return message;
    const SignedStatement header = damaged_header(statement->header);
    if (const auto* p = dynamic_cast<const pbft::PrePrepare*>(statement)) {
      if (part() == Part::batch) return std::make_shared<pbft::PrePrepare>(p->header, damaged(p->batch, byte()));
      return std::make_shared<pbft::PrePrepare>(header, p->batch);
    }
    if (const auto* p = dynamic_cast<const pbft::Prepare*>(statement)) {
      return std::make_shared<pbft::Prepare>(header, p->primary, p->primary_signature);
    }
    if (const auto* v = dynamic_cast<const pbft::ViewChange*>(statement)) {
      return std::make_shared<pbft::ViewChange>(header, v->body, v->encoded_body);
    }
    if (const auto* v = dynamic_cast<const pbft::NewView*>(statement)) {
      return std::make_shared<pbft::NewView>(header, v->body, v->encoded_body);
    }
    if (statement->kind() == pbft::MessageKind::commit) return std::make_shared<pbft::Commit>(header);
    return std::make_shared<pbft::Checkpoint>(header);
  }

  std::uint64_t sent_ = 0;
};

}  // namespace

std::unique_ptr<Engine> make_corrupter(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                       const pbft::Config& config, Signer& signer) {
  return std::make_unique<Corrupter>(std::move(correct), strategy, config, signer);
}

}  // namespace breakwater::adversary
