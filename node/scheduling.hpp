// How the kernel schedules this process.
#pragma once

namespace breakwater {

// A process that handles many small messages serves more of them when each wake-up does not preempt whoever runs: fewer
// context switches, fuller batches. Call before any thread is started, since threads inherit it. Where the system does
// not allow it, nothing changes.
void prefer_throughput();

// The usual class again: a wake-up does not wait until others have used up their time. For this thread and those that
// it starts from now on.
void prefer_response();

}  // namespace breakwater
