// Files that people write.
#include <sstream>

#include "cli/app.hpp"
#include "cli/trace_file.hpp"
#include "node/cluster_config.hpp"
#include "replication/assert.hpp"
#include "tests/codec/fuzz/targets.hpp"

namespace breakwater::fuzz {

void cluster_toml(ByteView bytes) {
  const auto config = parse_cluster_config(std::string(as_text(bytes)), "cluster.toml");
  if (!config) {
    BW_ASSERT(!config.error().message.empty() && config.error().message.find('\n') == std::string::npos);
    return;
  }
  const std::string written = to_toml(*config);
  const auto again = parse_cluster_config(written, "cluster.toml");
  BW_ASSERT(again.has_value() && to_toml(*again) == written);
}

void trace_csv(ByteView bytes) {
  std::istringstream in{std::string(as_text(bytes))};
  try {
    for (const cli::TraceEvent& event : cli::read_trace(in, "trace.csv")) {
      BW_ASSERT(booking::decode_command(booking::encode(event.command)) == event.command);
    }
  } catch (const cli::UserError&) {  // a refusal in words
  }
}

}  // namespace breakwater::fuzz
