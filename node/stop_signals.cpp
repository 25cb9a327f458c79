#include "node/stop_signals.hpp"

#include <pthread.h>

#include <ctime>

namespace breakwater {

StopSignals::StopSignals() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGTERM);
  sigaddset(&signals_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
}

StopSignals::~StopSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

std::optional<int> StopSignals::take() {
  const timespec no_wait{};
  const int signal = sigtimedwait(&signals_, nullptr, &no_wait);
  return signal > 0 ? std::optional(signal) : std::nullopt;
}

}  // namespace breakwater
