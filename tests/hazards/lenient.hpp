// What a replica would do if one of its checks were missing: how a test shows that the check matters.
#pragma once

#include "tests/support/engine_rig.hpp"

namespace breakwater::hazards {

// Believes every signature.
class CredulousChecker final : public SignatureChecker {
 public:
  bool holds(const SignedStatement&) const override { return true; }
};

// Hands a message to the engine as if its signatures had been checked.
inline void step_unchecked(testing::EngineRig& rig, MessagePtr message) {
  const CredulousChecker checker;
  const SignatureAuthenticator authenticator(checker, rig.config.cluster);
  const ReplicaId sender = message->sender();
  rig.engine->step(std::move(*authenticator.authenticate(std::move(message), sender).good));
  rig.perform();
}

// Starts the rig's engine again with other quorums. Call it before any message.
inline void weaken(testing::EngineRig& rig, std::uint32_t quorum) {
  rig.config.quorums.quorum = quorum;
  rig.config.quorums.weak = std::min(rig.config.quorums.weak, quorum);
  rig.restart();
}

}  // namespace breakwater::hazards
