#include "cli/bench_watch.hpp"

namespace breakwater::cli {

std::size_t BenchWatch::ask() {
  answers_.emplace_back();
  const Bytes question = encode_frame(StatusQuery{false});
  for (std::size_t id = 0; id < replicas_; ++id) {
    client_.transport().send(ReplicaId(static_cast<std::uint32_t>(id)), question);
  }
  return answers_.size() - 1;
}

void BenchWatch::receive() {
  if (answers_.empty() || has_all(answers_.size() - 1)) return;
  constexpr auto kNoWait = std::chrono::milliseconds(0);
  if (ClientTransport::wait_any({&client_.transport()}, kNoWait).empty()) return;
  client_.transport().poll(kNoWait, [&](ReplicaId from, ByteView frame) {
    auto answer = decode_answer_frame(frame);
    auto* report = answer ? std::get_if<StatusReport>(&*answer) : nullptr;
    if (report != nullptr && report->replica == from) answers_.back().insert_or_assign(from, std::move(*report));
  });
}

}  // namespace breakwater::cli
