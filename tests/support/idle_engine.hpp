// An engine that takes everything and does nothing, for tests to override what they ask about.
#pragma once

#include "replication/engine.hpp"

namespace breakwater::testing {

class IdleEngine : public Engine {
 public:
  std::optional<RejectReason> admit(const Message&) const override { return std::nullopt; }
  std::optional<RejectReason> admit(const Request&) const override { return std::nullopt; }
  void step(Verified<MessagePtr>) override {}
  void convict(Verified<Spoiled>) override {}
  void propose(Verified<RequestPtr>, bool) override {}
  void tick(AgreedTime) override {}
  void persisted(PersistToken) override {}
  void executed(const Committed&, const Execution&) override {}
  Ready take_ready() override { return {}; }
  EngineStatus status() const override { return {}; }
};

}  // namespace breakwater::testing
