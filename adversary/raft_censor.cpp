// A leader to whom one client does not exist, and who serves everybody else (hazard 5).
#include "adversary/options.hpp"
#include "adversary/raft_adversary.hpp"

namespace breakwater::adversary {

namespace {

class RaftCensor final : public RaftAdversary {
 public:
  RaftCensor(std::unique_ptr<Engine> correct, const Strategy& strategy, const raft::Config& config)
      : RaftAdversary(std::move(correct), strategy, config), victim_(censored_client(strategy)) {}

  void propose(Verified<RequestPtr> request, bool relayed) override {
    if (!is_unheard(**request)) RaftAdversary::propose(std::move(request), relayed);
  }
  // Taken, and never answered.
  bool read(const Verified<RequestPtr>& request) override { return is_unheard(**request) || correct_->read(request); }

 protected:
  void rewrite(Outbound outbound, std::vector<Outbound>& out) override { out.push_back(std::move(outbound)); }

 private:
  bool is_unheard(const Request& request) const { return request.client == victim_ && lies_now() && leads(); }

  const ClientId victim_;
};

}  // namespace

std::unique_ptr<Engine> make_raft_censor(std::unique_ptr<Engine> correct, const Strategy& strategy,
                                         const raft::Config& config) {
  return std::make_unique<RaftCensor>(std::move(correct), strategy, config);
}

}  // namespace breakwater::adversary
