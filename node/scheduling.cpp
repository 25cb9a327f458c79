#include "node/scheduling.hpp"

#include <sched.h>

namespace breakwater {

void prefer_throughput() {
  const sched_param no_priority{};
  ::sched_setscheduler(0, SCHED_BATCH, &no_priority);
}

}  // namespace breakwater
