// A replica whose messages lose bits after they were signed: every third one.
#include "adversary/adversary_engine.hpp"
#include "crypto/batch.hpp"

namespace breakwater::adversary {

namespace {

class Corrupter final : public AdversaryEngine {
 public:
  using AdversaryEngine::AdversaryEngine;

 protected:
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override {
    const auto message = std::dynamic_pointer_cast<const pbft::StatementMessage>(outbound.message);
    if (message != nullptr && lies_at(message->sequence()) && ++sent_ % 3 == 0) outbound.message = damaged(message);
    out.push_back(std::move(outbound));
  }

 private:
  // One bit of the signature, of the digest, or of the sequence number, in turn.
  SignedStatement damaged(SignedStatement header) const {
    const std::size_t byte = sent_ % 32;
    switch (sent_ / 3 % 3) {
      case 0: header.signature.bytes[byte] ^= 4; break;
      case 1: header.statement.digest.bytes[byte] ^= 4; break;
      default: header.statement.sequence.value ^= 1; break;
    }
    return header;
  }

  MessagePtr damaged(const std::shared_ptr<const pbft::StatementMessage>& message) const {
    const SignedStatement header = damaged(message->header);
    if (const auto p = std::dynamic_pointer_cast<const pbft::PrePrepare>(message)) {
      return std::make_shared<pbft::PrePrepare>(header, p->batch);
    }
    if (const auto p = std::dynamic_pointer_cast<const pbft::Prepare>(message)) {
      return std::make_shared<pbft::Prepare>(header, p->primary, p->primary_signature);
    }
    if (message->kind() == pbft::MessageKind::commit) return std::make_shared<pbft::Commit>(header);
    if (message->kind() == pbft::MessageKind::checkpoint) return std::make_shared<pbft::Checkpoint>(header);
    if (const auto v = std::dynamic_pointer_cast<const pbft::ViewChange>(message)) {
      return std::make_shared<pbft::ViewChange>(header, v->body, v->encoded_body);
    }
    if (const auto v = std::dynamic_pointer_cast<const pbft::NewView>(message)) {
      return std::make_shared<pbft::NewView>(header, v->body, v->encoded_body);
    }
    return message;
  }

  std::uint64_t sent_ = 0;
};

}  // namespace

std::unique_ptr<Engine> make_corrupter(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                       const pbft::Config& config, Signer& signer) {
  return make<Corrupter>(std::move(correct), strategy, config, signer);
}

}  // namespace breakwater::adversary
