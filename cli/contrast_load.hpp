// The bookings that go on while a group is broken, and what they were told.
#pragma once

#include <functional>

#include "booking/commands.hpp"
#include "cli/harbor.hpp"

namespace breakwater::cli {

// Desks that each reserve a suite, wait for the answer, and reserve the next; paced, so that both engines carry the
// same load. One thread.
class ContrastLoad {
 public:
  using Clock = Client::Clock;
  static constexpr std::uint32_t kDesks = 8;

  // Opens the voyage that the desks book. Throws ExperimentFailed when that is not answered.
  explicit ContrastLoad(const Harbor& harbor);

  // Until `condition`; false when it did not come in time. Throws ExperimentFailed when interrupted.
  bool run_until(const std::function<bool()>& condition, std::chrono::milliseconds timeout);
  // Until `count` more writes are accepted; false when they are not in time.
  bool run_for_accepted(std::uint64_t count, std::chrono::milliseconds timeout);
  // Until a write that was sent from now on is accepted: how long after `since`. Nothing when none is in time.
  std::optional<std::chrono::milliseconds> run_until_back(Clock::time_point since, std::chrono::milliseconds timeout);

  // A voyage with suites of these names. False when that is not answered in time.
  [[nodiscard]] bool open(const std::string& voyage, const std::vector<std::string>& suites);
  // One suite for one booking, beside the load: accepted, refused, or nothing when there was no answer in time.
  std::optional<bool> reserve(const std::string& voyage, const std::string& suite, std::uint64_t booking);
  // Two desks ask for one suite at once, for each of the suites; returns when both know what came of it. False when one
  // does not in time. `bookings_of` names the two bookings of the suite in that place.
  bool race(const std::string& voyage, const std::vector<std::string>& suites,
            const std::function<std::pair<std::uint64_t, std::uint64_t>(std::size_t)>& bookings_of);
  // Another client that is served while the load runs; null: none. It must stay until then.
  void accompany(HarborClient* other) { companion_ = other; }

  std::uint64_t accepted() const { return accepted_; }
  // The longest time between two accepted writes since the last reset.
  std::chrono::milliseconds longest_gap() const;
  void reset_gap();
  // Every booking that was acknowledged, with its suite's name.
  const std::map<std::uint64_t, std::string>& acknowledged() const { return acknowledged_; }

 private:
  [[nodiscard]] bool open(const booking::Open& command);
  void serve();
  void submit(std::size_t desk, const booking::Reserve& command, Clock::duration timeout, Client::Done done);
  void send_next(std::size_t desk);
  bool note(const Outcome& outcome, std::uint64_t booking);

  std::shared_ptr<ClientIo> io_;
  HarborClient operator_;
  std::vector<std::unique_ptr<HarborClient>> desks_;
  std::vector<HarborClient*> clients_;
  HarborClient* companion_ = nullptr;
  std::vector<Clock::time_point> next_send_;
  std::uint64_t next_booking_ = 1'000'000;
  std::uint64_t accepted_ = 0;
  Clock::time_point last_accepted_;
  Clock::duration longest_gap_{};
  Clock::time_point newest_accepted_send_;  // when the latest of the accepted writes was sent
  std::map<std::uint64_t, std::string> acknowledged_;
};

}  // namespace breakwater::cli
