#include "tests/damage/flips.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "replication/assert.hpp"

namespace breakwater::damage {

namespace {

constexpr std::size_t kComplaints = 64;

// What the processes share. Each works on the offsets whose index is its own modulo their number.
struct Shared {
  struct Worker {
    std::size_t next;  // index of the offset at work
    bool checking;     // not yet past the check
  };
  Worker workers[16];
  char complaints[kComplaints][200];
  std::size_t complained;
};

template <class T>
T* share(std::size_t count) {
  void* const at = ::mmap(nullptr, sizeof(T) * count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  BW_ASSERT(at != MAP_FAILED);
  return static_cast<T*>(at);
}

struct Task {
  const std::filesystem::path& harbor;
  ReplicaId id;
  std::filesystem::path scratch;
  ByteView file;
  const std::vector<std::size_t>& offsets;
  std::uint64_t seed;
  std::uint32_t jobs;
};

Verdict try_one(Restart& restart, const Bytes& flipped, const Restart::Outcome& sound, Shared::Worker& worker,
                std::string& complaint) {
  worker.checking = true;
  const FileCheck check = check_file(flipped);
  worker.checking = false;
  if (check.fault) return Verdict::clean_stop;
  const auto outcome = restart.run(flipped, check);
  if (!outcome) complaint = outcome.error();
  if (!outcome) return Verdict::wrong;
  if (!*outcome) return Verdict::clean_stop;
  if (!(*outcome)->like(sound)) {
    complaint = "it starts, and is not what it was";
    return Verdict::wrong;
  }
  return (*outcome)->repaired ? Verdict::repaired : Verdict::no_effect;
}

[[noreturn]] void work(const Task& task, std::uint32_t self, Shared& shared, Verdict* verdicts) {
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  const std::filesystem::path scratch = task.scratch / std::to_string(self);
  std::filesystem::create_directories(scratch);
  Restart restart(task.harbor, task.id, scratch);
  const Restart::Outcome sound = restart.run(task.file, check_file(task.file)).value().value();
  Bytes flipped(task.file.begin(), task.file.end());
  Shared::Worker& worker = shared.workers[self];
  for (; worker.next < task.offsets.size(); worker.next += task.jobs) {
    const std::size_t offset = task.offsets[worker.next];
    const std::uint8_t mask = mask_at(offset, task.seed);
    std::string complaint;
    flipped[offset] ^= mask;
    verdicts[worker.next] = try_one(restart, flipped, sound, worker, complaint);
    flipped[offset] ^= mask;
    if (complaint.empty()) continue;
    const std::size_t n = __atomic_fetch_add(&shared.complained, 1, __ATOMIC_RELAXED);
    if (n >= kComplaints) continue;
    std::snprintf(shared.complaints[n], sizeof shared.complaints[n], "offset %zu (page %zu, byte %zu), mask %#x: %s",
                  offset, offset / 4096, offset % 4096, mask, complaint.c_str());
  }
  ::_exit(0);
}

}  // namespace

std::uint8_t mask_at(std::size_t offset, std::uint64_t seed) {
  std::uint64_t x = (offset + 1) * 0x9E3779B97F4A7C15ull ^ seed * 0xD1B54A32D192ED03ull;
  x ^= x >> 29;
  x *= 0xBF58476D1CE4E5B9ull;
  x ^= x >> 32;
  const std::uint64_t choice = x % 9;
  return choice == 8 ? 0xff : static_cast<std::uint8_t>(1u << choice);
}

Flips flip_each(const std::filesystem::path& harbor, ReplicaId id, const std::filesystem::path& scratch, ByteView file,
                const std::vector<std::size_t>& offsets, std::uint64_t seed, std::uint32_t jobs) {
  BW_ASSERT(jobs >= 1 && jobs <= std::size(Shared{}.workers));
  const Task task{harbor, id, scratch, file, offsets, seed, jobs};
  auto* const shared = share<Shared>(1);
  auto* const verdicts = share<Verdict>(offsets.size());
  std::vector<pid_t> pids(jobs);
  const auto begin = [&](std::uint32_t self) {
    pids[self] = ::fork();
    BW_ASSERT(pids[self] >= 0);
    if (pids[self] == 0) work(task, self, *shared, verdicts);
  };
  for (std::uint32_t self = 0; self < jobs; ++self) {
    shared->workers[self].next = self;
    begin(self);
  }
  Flips flips;
  for (std::uint32_t self = 0; self < jobs;) {
    int status = 0;
    ::waitpid(pids[self], &status, 0);
    Shared::Worker& worker = shared->workers[self];
    if ((WIFEXITED(status) && WEXITSTATUS(status) == 0) || worker.next >= offsets.size()) {
      ++self;
      continue;
    }
    // It died of this flip. The rest is for another process.
    verdicts[worker.next] = worker.checking ? Verdict::died : Verdict::wrong;
    if (!worker.checking) {
      flips.complaints.push_back("offset " + std::to_string(offsets[worker.next]) + ": the start died");
    }
    worker.next += jobs;
    begin(self);
  }
  flips.verdicts.assign(verdicts, verdicts + offsets.size());
  for (std::size_t n = 0; n < std::min(shared->complained, kComplaints); ++n) {
    flips.complaints.emplace_back(shared->complaints[n]);
  }
  ::munmap(shared, sizeof(Shared));
  ::munmap(verdicts, offsets.size());
  return flips;
}

}  // namespace breakwater::damage
