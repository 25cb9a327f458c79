// Runs a story: a text file with a world, what happens in it, and the golden trace of that.
//
//   # comment
//   replicas 4 | seed 1 | delay 1 4 | byzantine 0 equivocate     (first: the world)
//   open V A 3 | reserve CLIENT V A BOOKING | hold CLIENT V A BOOKING TTL | confirm CLIENT BOOKING | cancel CLIENT
//   BOOKING run MS | answered MS (until all calls are) | converge MS (until all replicas up agree on slots, state and
//   view) isolate R | partition 0,1 2,3 | heal | loss DROP DUPLICATE | skew R SECONDS crash R | restart R |
//   crash-before-send R K | crash-at-commit R K | drop KIND FROM expect accepted N | refused REASON N | accused R |
//   nobody-accused | view R N | unanswered N
//
// After each line the oracles are asked. The trace says per line what messages were sent, and how each replica stands.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace breakwater::testing {

struct Story {
  std::vector<std::string> lines;  // commands and comments
  std::string golden;              // the trace below the line "--- trace"
};

Story read_story(const std::filesystem::path& file);
void write_story(const std::filesystem::path& file, const Story& story, const std::string& trace);

struct Told {
  std::string trace;
  std::vector<std::string> problems;  // failed expectations and oracle violations, each with its line
};
Told tell(const Story& story);

}  // namespace breakwater::testing
