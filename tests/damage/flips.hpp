// Flips bytes of a file one at a time, each in processes that may die of it.
#pragma once

#include "tests/damage/restart.hpp"

namespace breakwater::damage {

enum class Verdict : std::uint8_t {
  untried,
  no_effect,  // the same start as without the flip
  repaired,
  clean_stop,
  died,   // the check itself did: the replica takes that for damage, too
  wrong,  // anything else
};
inline constexpr std::size_t kVerdicts = 6;

struct Flips {
  std::vector<Verdict> verdicts;        // of each offset tried, in its order
  std::vector<std::string> complaints;  // of those that are wrong
};

// At each offset one bit, chosen by the offset and the seed, or all of its byte's. `jobs`: processes at a time. The
// caller guarantees that `restart` makes a sound start of `file`, and that `scratch` is an empty directory.
Flips flip_each(const std::filesystem::path& harbor, ReplicaId id, const std::filesystem::path& scratch, ByteView file,
                const std::vector<std::size_t>& offsets, std::uint64_t seed, std::uint32_t jobs);

std::uint8_t mask_at(std::size_t offset, std::uint64_t seed);

}  // namespace breakwater::damage
