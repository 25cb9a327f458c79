#include "node/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>

namespace breakwater {

std::shared_ptr<spdlog::logger> make_log(ReplicaId self) {
  const std::string name = "replica " + std::to_string(self.value);
  auto log = std::make_shared<spdlog::logger>(name, std::make_shared<spdlog::sinks::stderr_sink_mt>());
  log->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ [%n] %l: %v", spdlog::pattern_time_type::utc);
  log->flush_on(spdlog::level::info);
  return log;
}

}  // namespace breakwater
