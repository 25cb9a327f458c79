#include "cli/bench_flood.hpp"

#include <algorithm>
#include <ctime>

#include "booking/commands.hpp"
#include "crypto/batch.hpp"
#include "crypto/statement.hpp"

namespace breakwater::cli {

namespace {

constexpr auto kWait = std::chrono::milliseconds(2);      // for an answer, at a time
constexpr auto kLost = std::chrono::milliseconds(1000);   // without an answer of anybody: it was lost on the way
constexpr booking::BookingNumber kNobodys = 1ULL << 62U;  // no workload has it

Ed25519Signer signer_of(const Harbor& harbor, const std::string& name) {
  const ClientConfigEntry* entry = harbor.config.client_named(name);
  if (entry == nullptr) throw UserError("no client '" + name + "' in " + harbor.cluster_file().string());
  const auto keys = load_secret_keys(harbor.client_dir(name) / "key");
  if (!keys) throw UserError(keys.error().message);
  return {SigningKey::from_seed(keys->seed), Signatory{SignerRole::client, entry->id.value, {}}};
}

double thread_cpu_s() {
  std::timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

// The command is ordered and executed like any other, and refused: it leaves the honest load's suites alone.
ClientFlood::ClientFlood(const Harbor& harbor, const std::string& client, bench::FloodKind kind)
    : client_(harbor, client),
      identity_{harbor.config.client_named(client)->id, harbor.config.cluster},
      signer_(signer_of(harbor, client)),
      kind_(kind),
      body_(encode_commands({booking::encode(booking::Cancel{kNobodys})})) {
  const Request first = make_request(identity_.id, next_, body_, {});
  first_signature_ = signer_.sign(request_statement(identity_.cluster, first));
  for (const auto& [id, replica] : harbor.config.replicas) owed_[id] = 0;
  started_ = heard_ = Clock::now();
  thread_ = std::jthread([this](const std::stop_token& stopped) { run(stopped); });
}

void ClientFlood::end() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

bench::FloodFigures ClientFlood::stop() {
  end();
  const double seconds = std::chrono::duration<double>(Clock::now() - started_).count();
  return {static_cast<double>(requests_) / seconds, cpu_s_ / seconds};
}

void ClientFlood::run(const std::stop_token& stopped) {
  while (!stopped.stop_requested()) {
    if (has_room()) send_round();
    receive();
  }
  cpu_s_ = thread_cpu_s();
}

bool ClientFlood::has_room() const {
  return std::ranges::all_of(owed_, [](const auto& replica) { return replica.second < kMostOwed; });
}

void ClientFlood::send_round() {
  for (std::uint32_t i = 0; i < kRound; ++i) {
    const Bytes frame = next_frame();
    for (const auto& [id, owed] : owed_) client_.transport().send(id, frame);
  }
  requests_ += kRound;
  const Bytes question = encode_frame(StatusQuery{false});
  for (auto& [id, owed] : owed_) {
    client_.transport().send(id, question);
    ++owed;
  }
}

Bytes ClientFlood::next_frame() {
  next_ = next_.next();
  Request request = make_request(identity_.id, next_, body_, first_signature_);
  if (kind_ == bench::FloodKind::good_signatures) {
    request.signature = signer_.sign(request_statement(identity_.cluster, request));
  }
  return encode_frame(request);
}

void ClientFlood::receive() {
  const auto wait = has_room() ? std::chrono::milliseconds(0) : kWait;
  ClientTransport::wait_any({&client_.transport()}, wait);
  client_.transport().poll(std::chrono::milliseconds(0), [&](ReplicaId from, ByteView frame) {
    const auto answer = decode_answer_frame(frame);
    if (!answer || !std::holds_alternative<StatusReport>(*answer)) return;
    std::uint32_t& owed = owed_.at(from);
    owed -= owed > 0 ? 1 : 0;
    heard_ = Clock::now();
  });
  if (Clock::now() - heard_ < kLost) return;
  for (auto& [id, owed] : owed_) owed = 0;
  heard_ = Clock::now();
}

}  // namespace breakwater::cli
