// SIGTERM and SIGINT as something the event loop asks for.
#pragma once

#include <signal.h>

#include <optional>

namespace breakwater {

// While one exists, SIGTERM and SIGINT no longer end the process: they wait to be taken. Made before any other thread
// of the process, which inherits that; the signals' former treatment returns with its destruction.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // The signal that arrived since the last call, if one did. Never blocks.
  std::optional<int> take();

 private:
  sigset_t signals_{};
  sigset_t before_{};
};

}  // namespace breakwater
