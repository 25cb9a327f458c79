#include "node/scheduling.hpp"

#include <sched.h>

namespace breakwater {

static void choose_class(int policy) {
  const sched_param no_priority{};
  ::sched_setscheduler(0, policy, &no_priority);
}

void prefer_throughput() { choose_class(SCHED_BATCH); }

void prefer_response() { choose_class(SCHED_OTHER); }

}  // namespace breakwater
