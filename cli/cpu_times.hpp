// Processor time, as the kernel counts it.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace breakwater::cli {

// Of one process, in microseconds, since it began. Both zero for a process that is gone.
struct CpuTime {
  double all_us = 0;
  double io_us = 0;  // of it, in ZeroMQ's own threads: sockets, CURVE, framing

  CpuTime& operator+=(const CpuTime& other);
  CpuTime operator-(const CpuTime& other) const { return {all_us - other.all_us, io_us - other.io_us}; }
};
CpuTime cpu_time_of(pid_t pid);

// Of the whole machine, in the kernel's ticks since it started: all its processors together.
struct MachineTime {
  std::uint64_t all = 0, idle = 0, stolen = 0;  // stolen: taken by other machines on the same host
};
MachineTime machine_time();

}  // namespace breakwater::cli
