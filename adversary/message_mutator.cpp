#include "adversary/message_mutator.hpp"

#include "crypto/batch.hpp"

namespace breakwater::adversary {

Digest random_digest(Random& random) {
  Digest digest;
  for (std::uint8_t& byte : digest.bytes) byte = static_cast<std::uint8_t>(random.next());
  return digest;
}

void MessageMutator::see_batch(const BatchPtr& batch) {
  if (batch == nullptr) return;
  batches_.add(batch);
  if (!batch->requests.empty()) requests_.add(batch->requests.front());
}

std::uint64_t MessageMutator::moved(std::uint64_t value, const Seen<std::uint64_t>& others, Scope scope) {
  if (scope == Scope::any) return random_.percent(50) ? random_.next() : random_.below(1000);
  const std::uint64_t* other = others.any(random_);
  switch (random_.below(3)) {
    case 0: return value + 1;
    case 1: return value - 1;
    default: return other != nullptr ? *other : value + 1;
  }
}

BatchPtr MessageMutator::other_batch(const BatchPtr& batch, Scope scope) {
  const BatchPtr* seen = batches_.any(random_);
  if (batch == nullptr || (seen != nullptr && random_.percent(30))) return seen == nullptr ? batch : *seen;
  std::vector<RequestPtr> requests = batch->requests;
  std::uint64_t time = batch->time.value;
  if (random_.percent(40)) {
    time = scope == Scope::any ? random_.next() : random_.percent(50) ? time + 1 : time - 1;
  } else {
    rearrange(requests, random_);
  }
  return make_batch(AgreedTime(time), std::move(requests));
}

}  // namespace breakwater::adversary
