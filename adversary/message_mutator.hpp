// Mutations of protocol messages in the manner of ByzzFuzz (Winter et al., OOPSLA 2023), whatever the protocol.
#pragma once

#include <algorithm>
#include <vector>

#include "replication/engine.hpp"
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

// Takes one out, puts one in twice, or swaps two.
template <class T>
void rearrange(std::vector<T>& list, Random& random) {
  if (list.empty()) return;
  const auto at = list.begin() + static_cast<std::ptrdiff_t>(random.below(list.size()));
  switch (random.below(3)) {
    case 0: list.erase(at); break;
    case 1: list.push_back(T(*at)); break;
    default: std::iter_swap(list.begin(), at); break;
  }
}

Digest random_digest(Random& random);

// Changes one message of a replica into another one. Deterministic: the same messages in the same order, the same
// mutations. One thread.
class MessageMutator {
 public:
  MessageMutator(ReplicaId self, std::uint64_t seed) : random_(seed + self.value * 0x9e3779b97f4a7c15ull) {}
  virtual ~MessageMutator() = default;

  // Remembers the values in a message that came in or goes out.
  virtual void see(const Message& message) = 0;
  // A changed copy; `message` itself when it is of another protocol.
  virtual MessagePtr mutated(const MessagePtr& message, Scope scope) = 0;
  Random& random() { return random_; }

 protected:
  void see_batch(const BatchPtr& batch);
  std::uint64_t moved(std::uint64_t value, const Seen<std::uint64_t>& others, Scope scope);
  BatchPtr other_batch(const BatchPtr& batch, Scope scope);

  Random random_;
  Seen<BatchPtr> batches_;
  Seen<RequestPtr> requests_;
};

}  // namespace breakwater::adversary
