#include "cli/cpu_times.hpp"

#include <filesystem>
#include <fstream>
#include <string>

namespace breakwater::cli {

CpuTime& CpuTime::operator+=(const CpuTime& other) {
  all_us += other.all_us;
  io_us += other.io_us;
  return *this;
}

// schedstat counts in nanoseconds, where stat counts in ticks of ten milliseconds. A thread that ends is not counted
// any more: none does while a replica runs.
CpuTime cpu_time_of(pid_t pid) {
  CpuTime sum;
  std::error_code gone;
  const std::filesystem::path tasks = "/proc/" + std::to_string(pid) + "/task";
  std::filesystem::directory_iterator task(tasks, gone);
  for (; !gone && task != std::filesystem::directory_iterator(); task.increment(gone)) {
    std::ifstream schedstat(task->path() / "schedstat"), comm(task->path() / "comm");
    std::uint64_t ran_ns = 0;
    std::string name;
    if (!(schedstat >> ran_ns)) continue;
    std::getline(comm, name);
    const double us = static_cast<double>(ran_ns) / 1000;
    sum.all_us += us;
    if (name.starts_with("ZMQbg")) sum.io_us += us;
  }
  return sum;
}

// user, nice, system, idle, iowait, irq, softirq, steal.
MachineTime machine_time() {
  std::ifstream stat("/proc/stat");
  std::string word;
  stat >> word;
  MachineTime time;
  std::uint64_t ticks = 0;
  for (int field = 0; field < 8 && stat >> ticks; ++field) {
    time.all += ticks;
    if (field == 3 || field == 4) time.idle += ticks;
    if (field == 7) time.stolen += ticks;
  }
  return time;
}

}  // namespace breakwater::cli
