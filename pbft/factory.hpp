// Makes PBFT engines and reads their archive.
#pragma once

#include "pbft/engine.hpp"

namespace breakwater::pbft {

// `signer` must outlive the factory and its engines.
class PbftFactory final : public EngineFactory {
 public:
  PbftFactory(Config config, Signer& signer) : config_(std::move(config)), signer_(signer) {}
  std::expected<std::unique_ptr<Engine>, std::string> create(const Recovered& recovered) override;
  std::optional<Committed> read_archived(ByteView record) const override;
  MessagePtr slot_message(ByteView record) const override;

 private:
  Config config_;
  Signer& signer_;
};

}  // namespace breakwater::pbft
