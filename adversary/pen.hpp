// What a lying replica can write: any statement it likes, signed as itself and as nobody else.
#pragma once

#include <memory>

#include "crypto/signer.hpp"
#include "pbft/config.hpp"
#include "pbft/messages.hpp"

namespace breakwater::adversary {

// One thread. Both parts must outlive it.
class Pen {
 public:
  Pen(const pbft::Config& config, Signer& signer) : config_(config), signer_(signer) {}

  SignedStatement sign(StatementKind kind, ViewNumber view, SequenceNumber n, const Digest& digest) const {
    const Statement s{kind, config_.cluster, config_.signatory(config_.self), view, n, digest};
    return {s, signer_.sign(s)};
  }
  // The bodies are encoded as they are: nothing makes them valid.
  pbft::ViewChangePtr view_change(ViewNumber view, SequenceNumber low, pbft::ViewChange::Body body) const {
    Bytes encoded = pbft::encode_body(body);
    const SignedStatement header = sign(StatementKind::view_change, view, low, pbft::view_change_body_digest(encoded));
    return std::make_shared<pbft::ViewChange>(header, std::move(body), std::move(encoded));
  }
  std::shared_ptr<const pbft::NewView> new_view(ViewNumber view, SequenceNumber min_s, pbft::NewView::Body body) const {
    Bytes encoded = pbft::encode_body(body);
    const SignedStatement header = sign(StatementKind::new_view, view, min_s, pbft::new_view_body_digest(encoded));
    return std::make_shared<pbft::NewView>(header, std::move(body), std::move(encoded));
  }
  // In place of a signature that it cannot make; holds under no key.
  static Signature scribble() {
    Signature signature;
    signature.bytes.fill(0x5a);
    return signature;
  }

 private:
  const pbft::Config& config_;
  Signer& signer_;
};

}  // namespace breakwater::adversary
