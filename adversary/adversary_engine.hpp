// What the lying engines of PBFT share: messages of that protocol, signed as this replica.
#pragma once

#include "adversary/lying_engine.hpp"
#include "adversary/pen.hpp"
#include "pbft/messages.hpp"

namespace breakwater::adversary {

class AdversaryEngine : public LyingEngine {
 public:
  AdversaryEngine(std::unique_ptr<Engine> correct, const Strategy& strategy, pbft::Config config, Signer& signer)
      : LyingEngine(std::move(correct), strategy, config.self, config.quorums.n),
        config_(std::move(config)),
        pen_(config_, signer) {}

 protected:
  // This replica's own proposal of a batch, for a slot to lie about; else null.
  std::shared_ptr<const pbft::PrePrepare> own_proposal(const Outbound& outbound) const {
    const auto proposal = own<pbft::PrePrepare>(outbound);
    return proposal != nullptr && proposal->batch != nullptr && lies_at(proposal->sequence()) ? proposal : nullptr;
  }
  // The same statement over another digest, signed as this replica.
  SignedStatement sign(StatementKind kind, const pbft::StatementMessage& like, const Digest& digest) const {
    return pen_.sign(kind, like.view(), like.sequence(), digest);
  }

  const pbft::Config config_;
  const Pen pen_;
};

using EngineMaker = std::unique_ptr<Engine> (*)(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_equivocator(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_silent(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_forger(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_double_voter(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_corrupter(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_replayer(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_slow(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_censor(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_bad_checkpointer(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_bad_view_changer(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_bad_new_viewer(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_view_flooder(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_colluder(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);
std::unique_ptr<Engine> make_random(std::unique_ptr<Engine>, const Strategy&, const pbft::Config&, Signer&);

using OutletMaker = std::unique_ptr<Outlet> (*)(Outlet&, const Strategy&);
std::unique_ptr<Outlet> make_lying_outlet(Outlet&, const Strategy&);
std::unique_ptr<Outlet> make_silent_outlet(Outlet&, const Strategy&);
std::unique_ptr<Outlet> make_random_outlet(Outlet&, const Strategy&);
std::unique_ptr<Outlet> make_bad_donor_outlet(Outlet&, const Strategy&);

}  // namespace breakwater::adversary
