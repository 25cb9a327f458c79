// The load of a measurement: a few clients in one thread, over real sockets.
#pragma once

#include "bench/rung.hpp"
#include "bench/window.hpp"
#include "bench/workload.hpp"
#include "cli/bench_watch.hpp"

namespace breakwater::cli {

// Closed loop: as many requests in flight as the rung says, a new one for each that is answered. Open loop: a request
// is due every so often, whatever became of those before it, and its latency counts from when it was due, so that a
// group that stalls is not asked less. One thread.
class BenchLoad {
 public:
  using Clock = Client::Clock;
  // A client has at most this many requests in flight, and none whose number is further beyond its oldest: what a
  // group remembers of a client is a window of twice as many (replication/sessions.hpp, node/client_routes.hpp).
  static constexpr std::uint32_t kMostPerClient = 128;
  static constexpr std::uint32_t kClients = 4;  // where so many suffice

  static std::uint32_t clients_of(const bench::Rung& rung, std::optional<double> open_loop_per_s);

  // `harbor` has desks for clients_of(), which may send what the rung's payload takes. Opens the voyage. Throws
  // UserError, ExperimentFailed.
  BenchLoad(const Harbor& harbor, const bench::Rung& rung, std::optional<double> open_loop_per_s);

  // Goes on until then; meanwhile `watch` receives. Throws ExperimentFailed when interrupted.
  void run_until(Clock::time_point until, BenchWatch& watch);

  // A request that was answered.
  struct Answer {
    Clock::time_point at;
    std::chrono::microseconds latency;
    std::uint64_t commands;
    SequenceNumber slot;
  };
  // `observer` is told of each from now on.
  void observe(std::function<void(const Answer&)> observer) { observer_ = std::move(observer); }

  // How long the commands that are not answered yet have waited, one value per command of a request.
  bench::Histogram waiting_us(Clock::time_point now) const;

  // What came since the last call goes into the window: its commands, latencies and gaps. The clients' part of it.
  bench::Window take_window(Clock::time_point now);

 private:
  struct Sender {
    std::unique_ptr<HarborClient> client;
    bench::Workload workload;
    RequestNumber next_number{1};
    std::map<RequestNumber, Clock::time_point> in_flight;  // since when: when it was due

    bool may_send() const {
      return in_flight.size() < kMostPerClient &&
             (in_flight.empty() || next_number.value - in_flight.begin()->first.value < kMostPerClient);
    }
  };
  void open_voyage(const Harbor& harbor);
  void send_what_is_due();
  bool send(Clock::time_point due);
  void submit(Sender& sender, Clock::time_point due);
  void answered(Sender& sender, const Outcome& outcome, Clock::time_point due,
                const std::vector<std::optional<booking::BookingNumber>>& reserves);
  Clock::time_point next_due() const;

  bench::Rung rung_;
  std::optional<double> requests_per_s_;  // open loop
  std::shared_ptr<ClientIo> io_;
  std::vector<std::unique_ptr<Sender>> senders_;
  std::vector<HarborClient*> clients_;
  std::size_t turn_ = 0;  // whose it is to send
  std::uint64_t in_flight_ = 0;
  Clock::time_point started_;
  std::uint64_t due_ = 0;  // open loop: requests sent since then
  std::function<void(const Answer&)> observer_;
  bench::Window window_;
  Clock::time_point window_begun_;
  bench::InFlightGauge gauge_;
};

}  // namespace breakwater::cli
