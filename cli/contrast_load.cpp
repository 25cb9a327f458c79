#include "cli/contrast_load.hpp"

#include <algorithm>

#include "cli/live_group.hpp"

namespace breakwater::cli {

namespace {

constexpr auto kPace = std::chrono::milliseconds(8);      // between two sends of a desk
constexpr auto kPatience = std::chrono::seconds(60);      // of a desk, with one request
constexpr auto kRacePatience = std::chrono::seconds(20);  // for all answers of a race
constexpr const char* kVoyage = "LOAD";
constexpr const char* kClass = "A";

std::chrono::milliseconds ms(Client::Clock::duration d) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(d);
}

}  // namespace

ContrastLoad::ContrastLoad(const Harbor& harbor) : io_(make_client_io()), operator_(harbor, "operator", io_) {
  for (std::uint32_t d = 0; d < kDesks; ++d) {
    desks_.push_back(std::make_unique<HarborClient>(harbor, "desk-" + std::to_string(d + 1), io_));
    desks_.back()->client().greet();
    clients_.push_back(desks_.back().get());
  }
  clients_.push_back(&operator_);
  operator_.client().greet();
  next_send_.resize(kDesks);
  if (!open(booking::Open{kVoyage, kClass, booking::kMaxSuitesPerClass, {}})) {
    throw ExperimentFailed("an answer to the opening of voyage " + std::string(kVoyage) + " did not come in time");
  }
  reset_gap();
}

void ContrastLoad::serve() {
  if (was_interrupted()) throw ExperimentFailed("interrupted");
  std::vector<HarborClient*> clients = clients_;
  if (companion_ != nullptr) clients.push_back(companion_);
  pump(clients);
}

bool ContrastLoad::open(const std::string& voyage, const std::vector<std::string>& suites) {
  return open(booking::Open{voyage, "S", 0, suites});
}

bool ContrastLoad::open(const booking::Open& command) {
  bool known = false;
  operator_.client().submit(operator_.next_number(), {booking::encode(command)}, Clock::now(), kPatience,
                            [&](const Outcome& outcome) { known = outcome.status.has_value(); });
  while (operator_.client().outstanding() > 0) serve();
  return known;
}

bool ContrastLoad::run_until(const std::function<bool()>& condition, std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  while (!condition()) {
    const auto now = Clock::now();
    if (now >= deadline) return false;
    for (std::size_t d = 0; d < desks_.size(); ++d) {
      if (desks_[d]->client().outstanding() == 0 && now >= next_send_[d]) send_next(d);
    }
    serve();
  }
  return true;
}

bool ContrastLoad::run_for_accepted(std::uint64_t count, std::chrono::milliseconds timeout) {
  const std::uint64_t goal = accepted_ + count;
  return run_until([&] { return accepted_ >= goal; }, timeout);
}

std::optional<std::chrono::milliseconds> ContrastLoad::run_until_back(Clock::time_point since,
                                                                      std::chrono::milliseconds timeout) {
  const auto sent_from = Clock::now();
  if (!run_until([&] { return newest_accepted_send_ >= sent_from; }, timeout)) return std::nullopt;
  return ms(last_accepted_ - since);
}

void ContrastLoad::submit(std::size_t desk, const booking::Reserve& command, Clock::duration timeout,
                          Client::Done done) {
  HarborClient& client = *desks_[desk % desks_.size()];
  client.client().submit(client.next_number(), {booking::encode(command)}, Clock::now(), timeout, std::move(done));
}

std::optional<bool> ContrastLoad::reserve(const std::string& voyage, const std::string& suite, std::uint64_t booking) {
  bool done = false;
  std::optional<bool> accepted;
  submit(0, {{voyage, suite, std::nullopt}, booking}, kRacePatience, [&](const Outcome& outcome) {
    done = true;
    const bool noted = note(outcome, booking);
    if (outcome.status) accepted = noted;
  });
  while (!done) serve();
  return accepted;
}

bool ContrastLoad::race(const std::string& voyage, const std::vector<std::string>& suites,
                        const std::function<std::pair<std::uint64_t, std::uint64_t>(std::size_t)>& bookings_of) {
  std::size_t known = 0, done = 0;
  const auto ask = [&](std::size_t desk, const std::string& suite, std::uint64_t booking) {
    submit(desk, {{voyage, suite, std::nullopt}, booking}, kRacePatience, [&, booking](const Outcome& outcome) {
      ++done;
      known += outcome.status.has_value();
      note(outcome, booking);
    });
  };
  for (std::size_t i = 0; i < suites.size(); ++i) {
    const auto [one, other] = bookings_of(i);
    ask(2 * i, suites[i], one);
    ask(2 * i + 1, suites[i], other);
  }
  while (done < 2 * suites.size()) serve();
  return known == done;
}

std::chrono::milliseconds ContrastLoad::longest_gap() const { return ms(longest_gap_); }

void ContrastLoad::reset_gap() {
  longest_gap_ = {};
  last_accepted_ = Clock::now();
}

void ContrastLoad::send_next(std::size_t desk) {
  const auto now = Clock::now();
  next_send_[desk] = now + kPace;
  const std::uint64_t booking = next_booking_++;
  submit(desk, {{kVoyage, std::nullopt, kClass}, booking}, kPatience, [this, booking, now](const Outcome& outcome) {
    if (note(outcome, booking)) newest_accepted_send_ = std::max(newest_accepted_send_, now);
  });
}

// True when it was accepted.
bool ContrastLoad::note(const Outcome& outcome, std::uint64_t booking) {
  if (outcome.status != ReplyStatus::executed || outcome.results.size() != 1) return false;
  const auto result = booking::decode_result(outcome.results[0]);
  const auto* view = result ? std::get_if<booking::BookingView>(&result->view) : nullptr;
  if (view == nullptr || !result->accepted) return false;
  const auto now = Clock::now();
  longest_gap_ = std::max(longest_gap_, now - last_accepted_);
  last_accepted_ = now;
  ++accepted_;
  acknowledged_[booking] = view->suite;
  return true;
}

}  // namespace breakwater::cli
