// A replica that orders honestly and lies in its answers.
#pragma once

#include "replica/replica.hpp"

namespace breakwater::adversary {

// Alters results, the slot and the view of every answer from slot `from` on, in turn. Its proof part is kept, and does not
// fit any more.
class LieToClients final : public Outlet {
 public:
  LieToClients(Outlet& honest, SequenceNumber from) : honest_(honest), from_(from) {}
  void send(std::optional<ReplicaId> to, const MessagePtr& message) override { honest_.send(to, message); }
  void reply(const Reply& honest) override {
    Reply lie = honest;
    if (lie.sequence >= from_) {
      const std::uint64_t turn = lies_++ % 3;
      if (turn == 0) lie.sequence = lie.sequence.next();
      if (turn == 1) lie.status = ReplyStatus::expired;
      // Another outcome: the first byte of an encoded result says whether it was accepted.
      if (turn == 2) for (Bytes& result : lie.results) result.front() ^= 1;
      lie.view = ViewNumber(lie.view.value + 1'000'003);
    }
    honest_.reply(lie);
  }

 private:
  Outlet& honest_;
  SequenceNumber from_;
  std::uint64_t lies_ = 0;
};

}  // namespace breakwater::adversary
