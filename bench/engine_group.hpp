// Engines that hand their messages to each other at once, with nothing around them: no loop, store, network or state.
#pragma once

#include <deque>

#include "sim/protocol.hpp"

namespace breakwater::bench {

// Signatures are stand-ins; every transaction is durable at once. One thread.
class EngineGroup {
 public:
  // `replicas` of one engine, the first of which leads, or will.
  EngineGroup(sim::Engines engine, std::uint32_t replicas);
  ~EngineGroup();

  // What the next `count` requests are, each of a desk of its own; made apart, since that costs no engine anything.
  std::vector<RequestPtr> make_requests(std::uint32_t count);
  // Orders them in one slot or more: until every replica has executed them.
  void order(const std::vector<RequestPtr>& requests);

  struct Spent {
    std::uint64_t steps = 0, readies = 0;  // calls of step() and propose(), and of take_ready() with something in it
    std::uint64_t step_ns = 0, ready_ns = 0;
  };
  const Spent& spent() const { return spent_; }

 private:
  struct Member;
  void run();
  void take(Member& member);

  sim::ClusterOptions options_;
  Digest cluster_;
  sim::StandInCrypto crypto_;
  sim::Rosters rosters_;
  std::unique_ptr<sim::Protocol> protocol_;
  std::vector<std::unique_ptr<Member>> members_;
  struct Letter {
    ReplicaId from, to;
    MessagePtr message;
  };
  std::deque<Letter> letters_;
  std::uint64_t next_request_ = 1;
  std::uint64_t now_us_ = 1'700'000'000'000'000;
  Spent spent_;
};

}  // namespace breakwater::bench
