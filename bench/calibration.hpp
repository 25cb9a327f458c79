// What this machine takes for the operations that every rung is made of, measured in the same run.
#pragma once

#include <expected>
#include <filesystem>
#include <map>

#include "bench/floor.hpp"

namespace breakwater::bench {

struct Calibration {
  std::uint32_t cores = 1;
  // Ed25519, over a statement's bytes, in processor time: one thread by itself, and a thread on every core. Cores that
  // share their units with each other, or with other machines, are slower when all are busy; floors go by that.
  double sign_us = 0, verify_us = 0;
  double sign_busy_us = 0, verify_busy_us = 0;
  // BLAKE2b-256: a digest of nothing, and what each KiB adds.
  double hash_us = 0, hash_kib_us = 0;
  // A synced LMDB transaction of one small record, until it is durable; by how many stores are written at once.
  std::map<std::uint32_t, double> commit_us;
  double commit_cpu_us = 0;  // processor time of one, alone

  // For a group of `replicas`. The caller guarantees that so many writers were measured.
  UnitCosts unit_costs(std::uint32_t replicas) const { return {sign_busy_us, verify_busy_us, commit_us.at(replicas)}; }
  // Each figure the lower one of two: a disk or a processor that others use is slower for a while, and a floor must not
  // be above what the machine can do.
  void improve(const Calibration& other);
};

// Takes a few seconds. `directory` is on the disk that is to be measured, and exists; what is made in it is removed.
// One writer is always among `writers`. The error is one line.
std::expected<Calibration, std::string> calibrate(const std::filesystem::path& directory,
                                                  const std::vector<std::uint32_t>& writers);

}  // namespace breakwater::bench
