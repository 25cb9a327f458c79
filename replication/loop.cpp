#include "replication/loop.hpp"

#include <iterator>

#include "replication/assert.hpp"

namespace breakwater {

bool Loop::run() {
  for (;;) {
    if (!end_transaction()) return false;
    release();
    Ready ready = engine_.take_ready();
    if (!ready.empty()) {
      take(std::move(ready));
    } else if (records_.empty() || under_way_) {
      return true;
    } else {
      under_way_ = records_token_;
      world_.begin_persist(std::exchange(records_, {}));
    }
  }
}

bool Loop::end_transaction() {
  if (!under_way_) return true;
  switch (world_.persisting()) {
    case World::Persisting::under_way: return true;
    case World::Persisting::failed: return false;
    case World::Persisting::done: break;
  }
  durable_ = *under_way_;
  under_way_.reset();
  engine_.persisted(durable_);
  return true;
}

void Loop::take(Ready ready) {
  for (const Rejected& rejected : ready.rejected) world_.rejected(rejected);
  for (const EvidenceFound& evidence : ready.evidence) world_.found(evidence);
  if (!ready.persist.empty()) {
    records_token_ = ready.token;
    std::ranges::move(ready.persist, std::back_inserter(records_));
  }
  for (Outbound& outbound : ready.send) {
    if (!outbound.after || *outbound.after <= durable_) {
      world_.send(outbound);
      continue;
    }
    BW_ASSERT(*outbound.after <= ready.token);
    waiting_.push_back({*outbound.after, std::move(outbound)});
  }
  for (Committed& slot : ready.execute) waiting_.push_back({ready.token, std::move(slot)});
  for (const ArchiveRead& read : ready.serve) world_.serve(read);
}

void Loop::release() {
  while (!waiting_.empty() && waiting_.front().token <= durable_) {
    const Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    if (const auto* outbound = std::get_if<Outbound>(&next.effect)) {
      world_.send(*outbound);
    } else {
      const auto& slot = std::get<Committed>(next.effect);
      engine_.executed(slot.sequence, world_.execute(slot));
    }
  }
}

}  // namespace breakwater
