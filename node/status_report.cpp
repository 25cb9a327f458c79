#include "node/status_report.hpp"

#include <unistd.h>

#include <fstream>

namespace breakwater {

namespace {

using Counters = std::vector<std::pair<std::string, std::uint64_t>>;

void add_replica(Counters& out, const ReplicaCounters& c) {
  out.emplace_back("transactions", c.transactions);
  out.emplace_back("records", c.records);
  out.emplace_back("slots", c.slots);
  out.emplace_back("requests", c.requests);
  out.emplace_back("commands", c.commands);
  out.emplace_back("messages_sent", c.messages_sent);
  out.emplace_back("replies", c.replies);
  out.emplace_back("evidence", c.evidence);
}

void add_transport(Counters& out, const TransportCounters& c) {
  out.emplace_back("frames_in", c.frames_in);
  out.emplace_back("frames_out", c.frames_out);
  out.emplace_back("bytes_in", c.bytes_in);
  out.emplace_back("bytes_out", c.bytes_out);
  out.emplace_back("refused_handshakes", c.refused_handshakes);
  out.emplace_back("malformed_frames", c.malformed_frames);
  out.emplace_back("dropped_sends", c.dropped_sends);
}

void add_rejections(Counters& out, const ReplicaCounters& c) {
  for (std::size_t reason = 0; reason < kRejectReasonCount; ++reason) {
    if (c.rejected[reason] == 0) continue;
    out.emplace_back("rejected_" + std::string(kRejectReasonNames[reason]), c.rejected[reason]);
  }
}

}  // namespace

StatusReport make_status_report(const ReportSources& sources, bool with_state_digest) {
  EngineStatus status = sources.replica.status();
  StatusReport report;
  report.replica = sources.self;
  report.engine = sources.engine;
  report.role = std::move(status.role);
  report.view = status.view;
  report.chosen = status.chosen;
  report.executed = sources.replica.executed();
  report.stable_checkpoint = status.stable_checkpoint;
  if (with_state_digest) report.state_digest = sources.replica.state_digest();
  report.suspects = std::move(status.suspects);
  report.byzantine = sources.byzantine;
  report.waiting_for = std::move(status.waiting_for);
  const auto uptime = std::chrono::steady_clock::now() - sources.started;
  report.uptime_s = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(uptime).count());
  report.rss_bytes = resident_bytes();
  report.cut_off = sources.partition.peers();
  add_replica(report.counters, sources.replica.counters());
  const EngineKit::SignatureCounts signatures = sources.kit.signatures();
  report.counters.emplace_back("signatures_made", signatures.made);
  report.counters.emplace_back("verifications_done", signatures.verified);
  add_transport(report.counters, sources.transport.counters());
  add_rejections(report.counters, sources.replica.counters());
  return report;
}

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total_pages = 0, resident_pages = 0;
  if (!(statm >> total_pages >> resident_pages)) return 0;
  return resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace breakwater
