// A client that attacks: it sends requests as fast as the replicas take them, and cares for no answer.
#pragma once

#include <thread>

#include "bench/attack.hpp"
#include "cli/harbor.hpp"

namespace breakwater::cli {

// Owns a thread, from its beginning to stop(). Each request is new, and goes to all replicas: well signed, or with the
// signature of another request, which takes a whole verification to be found out. What makes it as fast as it can be,
// and no faster: behind each round of requests every replica is asked for its status, and there are never more than
// kMostOwed rounds that one of them has not answered: enough that none waits for input. So what is counted as sent was
// read by the slowest replica, but for these.
class ClientFlood {
 public:
  static constexpr std::uint32_t kRound = 64;  // requests
  static constexpr std::uint32_t kMostOwed = 16;

  // `client` is nobody else's. Throws UserError.
  ClientFlood(const Harbor& harbor, const std::string& client, bench::FloodKind kind);
  ~ClientFlood() { end(); }
  ClientFlood(const ClientFlood&) = delete;
  ClientFlood& operator=(const ClientFlood&) = delete;

  // Since it was made. To be called once.
  bench::FloodFigures stop();

 private:
  using Clock = Client::Clock;
  void run(const std::stop_token& stopped);
  void end();
  bool has_room() const;
  void send_round();
  Bytes next_frame();
  void receive();

  HarborClient client_;
  ClientIdentity identity_;
  Ed25519Signer signer_;
  const bench::FloodKind kind_;
  const Bytes body_;
  RequestNumber next_{1};
  Signature first_signature_;
  std::map<ReplicaId, std::uint32_t> owed_;  // rounds that it has not answered
  Clock::time_point heard_;                  // from anybody
  // Of the thread until it has ended.
  std::uint64_t requests_ = 0;
  double cpu_s_ = 0;
  Clock::time_point started_;
  std::jthread thread_;  // last: it uses all of these
};

}  // namespace breakwater::cli
