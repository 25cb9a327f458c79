// Mutations of protocol messages in the manner of ByzzFuzz (Winter et al., OOPSLA 2023).
#pragma once

#include "adversary/pen.hpp"
#include "replication/random.hpp"

namespace breakwater::adversary {

// small: one field moves a little, or takes a value that it had in another message. any: it takes any value at all.
enum class Scope { small, any };

// The last values of one kind that went by; the oldest gives way.
template <class T>
class Seen {
 public:
  void add(T value) {
    if (values_.size() < kKept) {
      values_.push_back(std::move(value));
    } else {
      values_[next_++ % kKept] = std::move(value);
    }
  }
  // Null when there is none yet.
  const T* any(Random& random) const { return values_.empty() ? nullptr : &values_[random.below(values_.size())]; }

 private:
  static constexpr std::size_t kKept = 32;
  std::vector<T> values_;
  std::size_t next_ = 0;
};

// Changes one message of a replica into another one, signed again where the outer statement is that replica's own:
// what it says then is a lie, not damage. Deterministic: the same messages in the same order, the same mutations.
// One thread; `config` and `signer` must outlive it.
class Mutator {
 public:
  Mutator(const pbft::Config& config, Signer& signer, std::uint64_t seed)
      : config_(config), pen_(config, signer), random_(seed + config.self.value * 0x9e3779b97f4a7c15ull) {}

  // Remembers the values in a message that came in or goes out.
  void see(const Message& message);
  // A changed copy; each of pbft/messages.hpp but decided slots, for which see mutated_slot().
  MessagePtr mutated(const MessagePtr& message, Scope scope);
  Random& random() { return random_; }

 private:
  void see_batch(const BatchPtr& batch);
  std::uint64_t moved(std::uint64_t value, const Seen<std::uint64_t>& others, Scope scope);
  Digest other_digest(Scope scope);
  Statement moved(Statement statement, Scope scope);
  SignedStatement signed_again(const SignedStatement& original, const Statement& changed);
  void move_certificate(Certificate& certificate, Scope scope);
  BatchPtr other_batch(const BatchPtr& batch, Scope scope);
  MessagePtr mutated_proposal(const pbft::PrePrepare& m, Scope scope);
  MessagePtr mutated_prepare(const pbft::Prepare& m, Scope scope);
  MessagePtr mutated_view_change(const pbft::ViewChange& m, Scope scope);
  MessagePtr mutated_new_view(const pbft::NewView& m, Scope scope);
  MessagePtr mutated_status(const pbft::Status& m, Scope scope);
  MessagePtr mutated_request(const pbft::RelayedRequest& m, Scope scope);
  MessagePtr mutated_proof(const pbft::Proof& m, Scope scope);

  const pbft::Config& config_;
  const Pen pen_;
  Random random_;
  Seen<std::uint64_t> views_, sequences_;
  Seen<Digest> digests_;
  Seen<BatchPtr> batches_;
  Seen<RequestPtr> requests_;
  Seen<SignedStatement> statements_, proposals_;
  Seen<pbft::PreparedCertificate> prepared_;
  Seen<pbft::ViewChangePtr> view_changes_;
};

// A decided slot that does not prove itself any more, or that proves another batch. The archive's slots do not pass
// through the engine, and nobody signs them.
MessagePtr mutated_slot(const pbft::DecidedSlot& slot, Random& random);

}  // namespace breakwater::adversary
