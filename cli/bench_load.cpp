#include "cli/bench_load.hpp"

#include <algorithm>
#include <cmath>

#include "cli/live_group.hpp"

namespace breakwater::cli {

namespace {

constexpr auto kPatience = std::chrono::seconds(20);  // with one request
constexpr auto kWait = std::chrono::milliseconds(5);  // for input, at a time
// Reservations of different clients never meet.
constexpr booking::BookingNumber kBookingsPerClient = std::uint64_t{1} << 40;

}  // namespace

// An open loop has no number in flight: as many as a group that is a second late would owe.
std::uint32_t BenchLoad::clients_of(const bench::Rung& rung, std::optional<double> open_loop_per_s) {
  const double requests = open_loop_per_s ? *open_loop_per_s / rung.bundle : rung.requests_in_flight();
  const auto wanted = static_cast<std::uint32_t>(std::min(std::ceil(requests), 32.0 * kMostPerClient));
  const std::uint32_t least = (wanted + kMostPerClient - 1) / kMostPerClient;
  return std::max(least, std::min(kClients, wanted));
}

BenchLoad::BenchLoad(const Harbor& harbor, const bench::Rung& rung, std::optional<double> open_loop_per_s)
    : rung_(rung), io_(make_client_io()) {
  if (open_loop_per_s) requests_per_s_ = *open_loop_per_s / rung.bundle;
  for (std::uint32_t i = 0; i < clients_of(rung, open_loop_per_s); ++i) {
    const booking::BookingNumber first = 1 + i * kBookingsPerClient;
    auto client = std::make_unique<HarborClient>(harbor, "desk-" + std::to_string(i + 1), io_);
    client->client().greet();
    clients_.push_back(client.get());
    senders_.push_back(std::make_unique<Sender>(std::move(client), bench::Workload(rung.payload_bytes, first)));
  }
  open_voyage(harbor);
  started_ = window_begun_ = Clock::now();
  gauge_.begin(started_, requests_per_s_ ? 0 : rung_.requests_in_flight(), 0);
}

void BenchLoad::open_voyage(const Harbor& harbor) {
  HarborClient first(harbor, "operator", io_);
  first.client().greet();
  bool is_open = false;
  first.client().submit(first.next_number(), {booking::encode(senders_.front()->workload.preparation())}, Clock::now(),
                        kPatience, [&](const Outcome& outcome) { is_open = outcome.status == ReplyStatus::executed; });
  while (first.client().outstanding() > 0) {
    if (was_interrupted()) throw ExperimentFailed("interrupted");
    pump({&first});
  }
  if (!is_open) throw ExperimentFailed("an answer to the opening of a voyage did not come in time");
}

void BenchLoad::run_until(Clock::time_point until, BenchWatch& watch) {
  for (Clock::time_point now = Clock::now(); now < until; now = Clock::now()) {
    if (was_interrupted()) throw ExperimentFailed("interrupted");
    send_what_is_due();
    // Rounded up: a busy wait would take from the replicas what it measures. So an open loop is up to a millisecond
    // late, which its latencies show.
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(std::min(until, next_due()) - Clock::now());
    pump(clients_, std::clamp(left, std::chrono::milliseconds(0), std::chrono::milliseconds(kWait)));
    watch.receive();
  }
}

void BenchLoad::send_what_is_due() {
  if (!requests_per_s_) {
    while (in_flight_ < rung_.requests_in_flight() && send(Clock::now())) {
    }
    return;
  }
  const Clock::time_point now = Clock::now();
  for (Clock::time_point due = next_due(); due <= now && send(due); due = next_due()) ++due_;
}

// When the next request of an open loop is to go; far away in a closed one.
BenchLoad::Clock::time_point BenchLoad::next_due() const {
  if (!requests_per_s_) return Clock::time_point::max();
  return started_ + std::chrono::duration_cast<Clock::duration>(
                        std::chrono::duration<double>(static_cast<double>(due_) / *requests_per_s_));
}

// False when no client may send: all have a full window.
bool BenchLoad::send(Clock::time_point due) {
  for (std::size_t tried = 0; tried < senders_.size(); ++tried) {
    Sender& sender = *senders_[turn_++ % senders_.size()];
    if (!sender.may_send()) continue;
    submit(sender, due);
    return true;
  }
  return false;
}

// Numbers are counted here: the harbor does not outlive this load, so that nothing is gained by making them durable.
void BenchLoad::submit(Sender& sender, Clock::time_point due) {
  std::vector<Bytes> commands;
  std::vector<std::optional<booking::BookingNumber>> reserves;
  for (std::uint32_t i = 0; i < rung_.bundle; ++i) {
    bench::Workload::Issued issued = sender.workload.next();
    commands.push_back(std::move(issued.command));
    reserves.push_back(issued.reserves);
  }
  const RequestNumber number = sender.next_number;
  sender.next_number = number.next();
  sender.in_flight.emplace(number, due);
  gauge_.changed(Clock::now(), ++in_flight_);
  sender.client->client().submit(
      number, commands, Clock::now(), kPatience,
      [this, &sender, due, asked = std::move(reserves)](const Outcome& o) { answered(sender, o, due, asked); });
}

void BenchLoad::answered(Sender& sender, const Outcome& outcome, Clock::time_point due,
                         const std::vector<std::optional<booking::BookingNumber>>& reserves) {
  const Clock::time_point now = Clock::now();
  sender.in_flight.erase(outcome.number);
  gauge_.changed(now, --in_flight_);
  if (!outcome.status) {
    window_.unanswered += reserves.size();
    return;
  }
  window_.commands += reserves.size();
  const auto latency = std::chrono::duration_cast<std::chrono::microseconds>(now - due);
  window_.latency_us.add(static_cast<std::uint64_t>(latency.count()), reserves.size());
  if (observer_) observer_({now, latency, reserves.size(), outcome.sequence});
  for (std::size_t i = 0; i < reserves.size(); ++i) {
    const auto result = i < outcome.results.size() ? booking::decode_result(outcome.results[i]) : std::nullopt;
    if (!result || !sender.workload.is_expected(*result)) ++window_.refused;
    else if (reserves[i]) sender.workload.reserved(*reserves[i]);
  }
}

bench::Histogram BenchLoad::waiting_us(Clock::time_point now) const {
  bench::Histogram waiting;
  for (const auto& sender : senders_) {
    for (const auto& [number, due] : sender->in_flight) {
      const auto waited = std::chrono::duration_cast<std::chrono::microseconds>(now - due);
      waiting.add(static_cast<std::uint64_t>(waited.count()), rung_.bundle);
    }
  }
  return waiting;
}

bench::Window BenchLoad::take_window(Clock::time_point now) {
  bench::Window taken = std::exchange(window_, {});
  taken.seconds = std::chrono::duration<double>(now - window_begun_).count();
  taken.missing_share = gauge_.missing_share(now);
  if (requests_per_s_) taken.intended_commands = taken.seconds * *requests_per_s_ * rung_.bundle;
  window_begun_ = now;
  gauge_.begin(now, requests_per_s_ ? 0 : rung_.requests_in_flight(), in_flight_);
  return taken;
}

}  // namespace breakwater::cli
