#include "client/guide.hpp"

namespace breakwater {

namespace {

class PbftGuide final : public Guide {
 public:
  explicit PbftGuide(std::uint32_t replicas) : quorums_(Quorums::byzantine(replicas)) {}

  Quorums quorums() const override { return quorums_; }
  bool signs_requests() const override { return true; }
  std::optional<ReplicaId> first_choice(ViewNumber view) const override {
    return ReplicaId(static_cast<std::uint32_t>(view.value % quorums_.n));
  }
  bool is_looking() const override { return false; }
  bool heard(ReplicaId, const Reply&) override { return false; }
  bool heard(ReplicaId, const StatusReport&) override { return false; }

 private:
  Quorums quorums_;
};

}  // namespace

std::unique_ptr<Guide> pbft_guide(std::uint32_t replicas) { return std::make_unique<PbftGuide>(replicas); }

}  // namespace breakwater
