#include "booking/booking_machine.hpp"

#include <algorithm>

namespace breakwater::booking {

namespace {

Bytes class_key(const std::string& voyage, const std::string& suite_class) {
  return Writer().u8('b').u8('c').text(voyage).text(suite_class).take();
}

// The names that `open` asks for; empty when they are not well-formed.
std::vector<std::string> names_of(const Open& open) {
  if (!open.names.empty()) {
    std::set<std::string> distinct(open.names.begin(), open.names.end());
    return open.suites == 0 && distinct.size() == open.names.size() ? open.names : std::vector<std::string>{};
  }
  std::vector<std::string> names;
  if (open.suites > kMaxSuitesPerClass) return names;
  for (std::uint32_t i = 1; i <= open.suites; ++i) names.push_back(open.suite_class + "-" + std::to_string(i));
  if (!names.empty() && !is_name(names.back())) names.clear();  // the number made it too long
  return names;
}

template <class C>
constexpr bool kOnlyReads = std::is_same_v<C, Show> || std::is_same_v<C, ShowShard> || std::is_same_v<C, ShowJob> ||
                            std::is_same_v<C, ShowEpoch>;

}  // namespace

Bytes BookingMachine::apply(ByteView bytes, const CommandContext& context) {
  expire_holds(context.now);
  const std::optional<Command> command = decode_command(bytes);
  return encode(command ? apply_command(*command, context) : refused(Reason::malformed));
}

bool BookingMachine::only_reads(ByteView bytes) const {
  const std::optional<Command> command = decode_command(bytes);
  return command && std::visit([]<class C>(const C&) { return kOnlyReads<C>; }, *command);
}

// Holds that are over free their suites when the next command is applied, which changes leaves: a read must not.
Bytes BookingMachine::read(ByteView bytes, const CommandContext& context) const {
  if (!holds_.empty() && holds_.begin()->first <= context.now.value) {
    BookingMachine later = *this;
    return later.apply(bytes, context);
  }
  const std::optional<Command> command = decode_command(bytes);
  if (!command) return encode(refused(Reason::malformed));
  return encode(std::visit(
      [&]<class C>(const C& c) {
        if constexpr (std::is_same_v<C, Show>) return on(c, context);
        else if constexpr (kOnlyReads<C>) return control_.on(c, context.now);
        else return refused(Reason::malformed);
      },
      *command));
}

Result BookingMachine::apply_command(const Command& command, const CommandContext& context) {
  expire_holds(context.now);
  return std::visit(
      [&](const auto& c) {
        if constexpr (requires { control_.on(c, context.now); }) return control_.on(c, context.now);
        else return on(c, context);
      },
      command);
}

void BookingMachine::expire_holds(AgreedTime now) {
  while (!holds_.empty() && holds_.begin()->first <= now.value) {
    const BookingNumber number = holds_.begin()->second;
    Booking& booking = *bookings_.find(number);
    vacate(booking);
    booking.state = BookingState::expired;
    expired_.insert(*holds_.begin());
    holds_.erase(holds_.begin());
    changed(number);
    if (expired_.size() > kExpiredHoldsKept) forget(expired_.begin()->second);
  }
}

Result BookingMachine::on(const Open& open, const CommandContext& context) {
  if (context.role != ClientRole::operator_role) return refused(Reason::not_permitted);
  std::vector<std::string> names = names_of(open);
  if (names.empty()) return refused(Reason::malformed);
  const auto known = voyages_.find(open.voyage);
  if (known != voyages_.end()) {
    const Voyage& voyage = known->second;
    const bool clash = std::ranges::any_of(names, [&](const std::string& name) {
      const Suite* suite = voyage.suites.find(name);
      return suite != nullptr && suite->suite_class != open.suite_class;
    });
    if (clash) return refused(Reason::malformed);
    if (voyage.classes.contains(open.suite_class)) return refused(Reason::voyage_exists);
    std::size_t suites = names.size();
    for (const auto& [name, suite_class] : voyage.classes) suites += suite_class.suites.size();
    if (suites > kMaxSuitesPerVoyage) return refused(Reason::malformed);
  }
  Voyage& voyage = voyages_[open.voyage];
  Class& suite_class = voyage.classes[open.suite_class];
  std::ranges::sort(names, NaturalLess{});
  const auto suites = static_cast<std::uint32_t>(names.size());
  for (std::uint32_t place = 0; place < suites; ++place) {
    voyage.suites[names[place]] = {open.suite_class, place, std::nullopt};
    suite_class.free.insert(suite_class.free.end(), place);
  }
  suite_class.suites = std::move(names);
  changed_.insert(class_key(open.voyage, open.suite_class));
  return accepted(OpenView{open.voyage, open.suite_class, suites});
}

Result BookingMachine::on(const Reserve& reserve, const CommandContext& context) {
  return take(reserve.target, reserve.booking, BookingState::reserved, 0, control_.judge(reserve.guard, context.now));
}

Result BookingMachine::on(const Hold& hold, const CommandContext& context) {
  if (hold.ttl_seconds == 0 || hold.ttl_seconds > kMaxTtlSeconds) return refused(Reason::malformed);
  const std::uint64_t expires_us = context.now.value + hold.ttl_seconds * 1'000'000;
  return take(hold.target, hold.booking, BookingState::held, expires_us, control_.judge(hold.guard, context.now));
}

// `stale`: what the guard is refused for, the last of the reasons; none when it holds.
Result BookingMachine::take(const Target& target, BookingNumber number, BookingState state, std::uint64_t expires_us,
                            Reason stale) {
  const auto v = voyages_.find(target.voyage);
  if (v == voyages_.end()) return refused(Reason::unknown_voyage);
  Voyage& voyage = v->second;
  std::string name;
  const Class* suite_class = nullptr;
  if (target.suite) {
    name = *target.suite;
    if (!voyage.suites.contains(name)) return refused(Reason::unknown_suite);
  } else {
    const auto found = voyage.classes.find(*target.suite_class);
    if (found == voyage.classes.end()) return refused(Reason::unknown_suite);
    suite_class = &found->second;
  }
  const Booking* held = bookings_.find(number);
  if (held != nullptr && held->state != BookingState::expired) return refused(Reason::booking_exists);
  if (suite_class != nullptr) {
    if (suite_class->free.empty()) return refused(Reason::sold_out);
    name = suite_class->suites[*suite_class->free.begin()];
  }
  Suite& suite = *voyage.suites.find(name);
  if (suite.booking) return refused(Reason::suite_taken);
  if (stale != Reason::none) return refused(stale);
  if (held != nullptr) forget(number);
  occupy(voyage, suite, number);
  bookings_[number] = {target.voyage, name, state, expires_us};
  if (state == BookingState::held) holds_.emplace(expires_us, number);
  created(number);
  BookingView view{number, target.voyage, name, std::nullopt, std::nullopt};
  if (state == BookingState::held) view.hold_expires_us = expires_us;
  return accepted(std::move(view));
}

Result BookingMachine::on(const Confirm& confirm, const CommandContext& context) {
  Booking* const found = bookings_.find(confirm.booking);
  if (found == nullptr) return refused(Reason::unknown_booking);
  Booking& booking = *found;
  if (booking.state == BookingState::expired) return refused(Reason::hold_expired);
  if (const Reason stale = control_.judge(confirm.guard, context.now); stale != Reason::none) return refused(stale);
  if (booking.state == BookingState::held) holds_.erase({booking.expires_us, confirm.booking});
  if (booking.state != BookingState::confirmed) changed(confirm.booking);
  booking.state = BookingState::confirmed;
  booking.expires_us = 0;
  return accepted(BookingView{confirm.booking, booking.voyage, booking.suite, std::nullopt, std::nullopt});
}

Result BookingMachine::on(const Cancel& cancel, const CommandContext& context) {
  const Booking* booking = bookings_.find(cancel.booking);
  if (booking == nullptr) return refused(Reason::unknown_booking);
  if (booking->state == BookingState::expired) return refused(Reason::hold_expired);
  if (const Reason stale = control_.judge(cancel.guard, context.now); stale != Reason::none) return refused(stale);
  const BookingView view{cancel.booking, booking->voyage, booking->suite, std::nullopt, std::nullopt};
  vacate(*booking);
  forget(cancel.booking);
  return accepted(view);
}

Result BookingMachine::on(const Show& show, const CommandContext& context) const {
  if (show.voyage) return show_voyage(show, context.room);
  const Booking* const found = bookings_.find(*show.booking);
  if (found == nullptr) return refused(Reason::unknown_booking);
  const Booking& booking = *found;
  if (booking.state == BookingState::expired) return refused(Reason::hold_expired);
  BookingView view{*show.booking, booking.voyage, booking.suite, static_cast<SuiteState>(booking.state), std::nullopt};
  if (booking.state == BookingState::held) view.hold_expires_us = booking.expires_us;
  return accepted(std::move(view));
}

Result BookingMachine::show_voyage(const Show& show, std::size_t room) const {
  const auto v = voyages_.find(*show.voyage);
  if (v == voyages_.end()) return refused(Reason::unknown_voyage);
  if (show.suite && !v->second.suites.contains(*show.suite)) return refused(Reason::unknown_suite);
  constexpr std::size_t kLineBytes = 4 + 4 + 1 + 1 + 8;  // of an encoded SuiteView, besides its names
  VoyageView view{*show.voyage, {}};
  std::size_t bytes = show.voyage->size() + 64;
  for (const auto& [class_name, suite_class] : v->second.classes) {
    for (const std::string& name : suite_class.suites) {
      if (show.suite && name != *show.suite) continue;
      bytes += name.size() + class_name.size() + kLineBytes;
      if (bytes > room) return refused(Reason::malformed);
      const std::optional<BookingNumber> booking = v->second.suites.find(name)->booking;
      SuiteView line{name, class_name, SuiteState::free, booking};
      if (booking) line.state = static_cast<SuiteState>(bookings_.find(*booking)->state);
      view.suites.push_back(std::move(line));
    }
  }
  return accepted(std::move(view));
}

void BookingMachine::occupy(Voyage& voyage, Suite& suite, BookingNumber number) {
  suite.booking = number;
  voyage.classes.find(suite.suite_class)->second.free.erase(suite.place);
}

void BookingMachine::vacate(const Booking& booking) {
  Voyage& voyage = voyages_.find(booking.voyage)->second;
  Suite& suite = *voyage.suites.find(booking.suite);
  suite.booking.reset();
  voyage.classes.find(suite.suite_class)->second.free.insert(suite.place);
}

// Removes the record of a booking whose suite is free already. One that came and went between two checkpoints has
// changed nothing.
void BookingMachine::forget(BookingNumber number) {
  const std::uint64_t expires_us = bookings_.find(number)->expires_us;
  holds_.erase({expires_us, number});
  expired_.erase({expires_us, number});
  bookings_.erase(number);
  const auto [change, is_first] = changed_bookings_.try_emplace(number, false);
  if (!is_first && change->second) changed_bookings_.erase(change);
}

std::vector<BookingMachine::Occupied> BookingMachine::occupied() const {
  std::vector<Occupied> out;
  for (const auto& [voyage_name, voyage] : voyages_) {
    const auto first = static_cast<std::ptrdiff_t>(out.size());
    for (const auto& [class_name, suite_class] : voyage.classes) {
      for (const std::string& name : suite_class.suites) {
        const std::optional<BookingNumber> booking = voyage.suites.find(name)->booking;
        if (!booking) continue;
        out.push_back({voyage_name, name, *booking, static_cast<SuiteState>(bookings_.find(*booking)->state)});
      }
    }
    std::ranges::sort(out.begin() + first, out.end(), NaturalLess{}, &Occupied::suite);
  }
  return out;
}

}  // namespace breakwater::booking
