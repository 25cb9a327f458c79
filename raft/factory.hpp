// Makes Raft engines and reads their archive.
#pragma once

#include "raft/config.hpp"
#include "raft/messages.hpp"
#include "replication/engine.hpp"

namespace breakwater::raft {

class RaftFactory final : public EngineFactory {
 public:
  explicit RaftFactory(const Config& config) : config_(config) {}
  std::expected<std::unique_ptr<Engine>, std::string> create(const Recovered& recovered) override;
  std::optional<Committed> read_archived(ByteView record) const override;
  MessagePtr slot_message(ByteView record) const override;

 private:
  Config config_;
};

}  // namespace breakwater::raft
