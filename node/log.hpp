// A replica's log: one line an event, to stderr.
#pragma once

#include <spdlog/logger.h>

#include <memory>

#include "replication/ids.hpp"

namespace breakwater {

// Lines of the form "2026-01-31T12:00:00.123Z [replica 2] info: ...". Any thread may log. The caller owns it: there is
// no global logger, so that two replicas of one process never mix.
std::shared_ptr<spdlog::logger> make_log(ReplicaId self);

}  // namespace breakwater
