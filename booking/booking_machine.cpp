#include "booking/booking_machine.hpp"

#include <algorithm>

#include "replication/assert.hpp"

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
    inventory_.voyage(booking.voyage).vacate(booking.suite);
    booking.state = BookingState::expired;
    expired_.insert(*holds_.begin());
    holds_.erase(holds_.begin());
    note_change(number, booking);
    if (expired_.size() > kExpiredHoldsKept) forget(expired_.begin()->second);
  }
}

Result BookingMachine::on(const Open& open, const CommandContext& context) {
  if (context.role != ClientRole::operator_role) return refused(Reason::not_permitted);
  std::vector<std::string> names = names_of(open);
  if (names.empty()) return refused(Reason::malformed);
  if (const Voyage* const voyage = inventory_.find_voyage(open.voyage)) {
    const auto own = voyage->classes().find(open.suite_class);
    const bool clash = std::ranges::any_of(names, [&](const std::string& name) {
      const std::optional<SuiteIndex> suite = voyage->find_suite(name);
      return suite && (own == voyage->classes().end() || voyage->suite(*suite).suite_class != own->second);
    });
    if (clash) return refused(Reason::malformed);
    if (own != voyage->classes().end()) return refused(Reason::voyage_exists);
    std::size_t suites = names.size();
    for (const auto& [name, position] : voyage->classes()) suites += voyage->suite_class(position).suites.size();
    if (suites > kMaxSuitesPerVoyage) return refused(Reason::malformed);
  }
  std::ranges::sort(names, NaturalLess{});
  const bool added = inventory_.voyage(inventory_.find_or_add(open.voyage)).add_class(open.suite_class, names);
  BW_ASSERT(added);  // the names are distinct, and no class has one
  changed_.insert(class_key(open.voyage, open.suite_class));
  return accepted(OpenView{open.voyage, open.suite_class, static_cast<std::uint32_t>(names.size())});
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
  const std::optional<VoyageIndex> at = inventory_.find(target.voyage);
  if (!at) return refused(Reason::unknown_voyage);
  Voyage& voyage = inventory_.voyage(*at);
  std::optional<SuiteIndex> index;
  const SuiteClass* suite_class = nullptr;
  if (target.suite) {
    index = voyage.find_suite(*target.suite);
    if (!index) return refused(Reason::unknown_suite);
  } else {
    suite_class = voyage.find_class(*target.suite_class);
    if (suite_class == nullptr) return refused(Reason::unknown_suite);
  }
  const Booking* held = bookings_.find(number);
  if (held != nullptr && held->state != BookingState::expired) return refused(Reason::booking_exists);
  if (suite_class != nullptr) {
    if (suite_class->free.empty()) return refused(Reason::sold_out);
    index = suite_class->suites[suite_class->free.lowest()];
  }
  if (voyage.suite(*index).booking) return refused(Reason::suite_taken);
  if (stale != Reason::none) return refused(stale);
  if (held != nullptr) forget(number);
  voyage.occupy(*index, number);
  Booking& booking = bookings_[number];
  booking = {*at, *index, state, expires_us};
  note_creation(number, booking);
  if (state == BookingState::held) holds_.emplace(expires_us, number);
  BookingView view = view_of(number, booking);
  if (state == BookingState::held) view.hold_expires_us = expires_us;
  return accepted(std::move(view));
}

BookingView BookingMachine::view_of(BookingNumber number, const Booking& booking) const {
  return {number, inventory_.voyage(booking.voyage).name(), suite_of(booking).name, std::nullopt, std::nullopt};
}

Result BookingMachine::on(const Confirm& confirm, const CommandContext& context) {
  Booking* const found = bookings_.find(confirm.booking);
  if (found == nullptr) return refused(Reason::unknown_booking);
  Booking& booking = *found;
  if (booking.state == BookingState::expired) return refused(Reason::hold_expired);
  if (const Reason stale = control_.judge(confirm.guard, context.now); stale != Reason::none) return refused(stale);
  if (booking.state == BookingState::held) holds_.erase({booking.expires_us, confirm.booking});
  if (booking.state != BookingState::confirmed) note_change(confirm.booking, booking);
  booking.state = BookingState::confirmed;
  booking.expires_us = 0;
  return accepted(view_of(confirm.booking, booking));
}

Result BookingMachine::on(const Cancel& cancel, const CommandContext& context) {
  const Booking* booking = bookings_.find(cancel.booking);
  if (booking == nullptr) return refused(Reason::unknown_booking);
  if (booking->state == BookingState::expired) return refused(Reason::hold_expired);
  if (const Reason stale = control_.judge(cancel.guard, context.now); stale != Reason::none) return refused(stale);
  BookingView view = view_of(cancel.booking, *booking);
  inventory_.voyage(booking->voyage).vacate(booking->suite);
  forget(cancel.booking);
  return accepted(std::move(view));
}

Result BookingMachine::on(const Show& show, const CommandContext& context) const {
  if (show.voyage) return show_voyage(show, context.room);
  const Booking* const found = bookings_.find(*show.booking);
  if (found == nullptr) return refused(Reason::unknown_booking);
  const Booking& booking = *found;
  if (booking.state == BookingState::expired) return refused(Reason::hold_expired);
  BookingView view = view_of(*show.booking, booking);
  view.state = static_cast<SuiteState>(booking.state);
  if (booking.state == BookingState::held) view.hold_expires_us = booking.expires_us;
  return accepted(std::move(view));
}

Result BookingMachine::show_voyage(const Show& show, std::size_t room) const {
  const Voyage* const voyage = inventory_.find_voyage(*show.voyage);
  if (voyage == nullptr) return refused(Reason::unknown_voyage);
  if (show.suite && !voyage->find_suite(*show.suite)) return refused(Reason::unknown_suite);
  constexpr std::size_t kLineBytes = 4 + 4 + 1 + 1 + 8;  // of an encoded SuiteView, besides its names
  VoyageView view{*show.voyage, {}};
  std::size_t bytes = show.voyage->size() + 64;
  for (const auto& [class_name, position] : voyage->classes()) {
    for (const SuiteIndex index : voyage->suite_class(position).suites) {
      const Suite& suite = voyage->suite(index);
      if (show.suite && suite.name != *show.suite) continue;
      bytes += suite.name.size() + class_name.size() + kLineBytes;
      if (bytes > room) return refused(Reason::malformed);
      SuiteView line{suite.name, class_name, SuiteState::free, suite.booking};
      if (suite.booking) line.state = static_cast<SuiteState>(bookings_.find(*suite.booking)->state);
      view.suites.push_back(std::move(line));
    }
  }
  return accepted(std::move(view));
}

// Removes the record of a booking whose suite is free already. One that came and went between two checkpoints has
// changed nothing.
void BookingMachine::forget(BookingNumber number) {
  const Booking& booking = *bookings_.find(number);
  holds_.erase({booking.expires_us, number});
  expired_.erase({booking.expires_us, number});
  if (booking.change != Change::none) --changes_;
  if (booking.change != Change::created) gone_.insert(number);
  bookings_.erase(number);
}

void BookingMachine::note_change(BookingNumber number, Booking& booking) {
  if (booking.change != Change::none) return;
  booking.change = Change::changed;
  noted_.push_back(number);
  ++changes_;
}

void BookingMachine::note_creation(BookingNumber number, Booking& booking) {
  constexpr std::size_t kNotedBesides = 16384;
  if (noted_.size() >= 2 * changes_ + kNotedBesides) sweep_noted();
  booking.change = gone_.erase(number) > 0 ? Change::changed : Change::created;
  noted_.push_back(number);
  ++changes_;
}

// In order, each once, and without those that have not changed or are gone.
void BookingMachine::sweep_noted() {
  std::ranges::sort(noted_);
  const auto repeated = std::ranges::unique(noted_);
  noted_.erase(repeated.begin(), repeated.end());
  std::erase_if(noted_, [&](BookingNumber number) {
    const Booking* const booking = bookings_.find(number);
    return booking == nullptr || booking->change == Change::none;
  });
}

std::vector<BookingMachine::Occupied> BookingMachine::occupied() const {
  std::vector<Occupied> out;
  for (const auto& [voyage_name, at] : inventory_.voyages()) {
    const Voyage& voyage = inventory_.voyage(at);
    const auto first = static_cast<std::ptrdiff_t>(out.size());
    for (const auto& [class_name, position] : voyage.classes()) {
      for (const SuiteIndex index : voyage.suite_class(position).suites) {
        const Suite& suite = voyage.suite(index);
        if (!suite.booking) continue;
        const auto state = static_cast<SuiteState>(bookings_.find(*suite.booking)->state);
        out.push_back({voyage_name, suite.name, *suite.booking, state});
      }
    }
    std::ranges::sort(out.begin() + first, out.end(), NaturalLess{}, &Occupied::suite);
  }
  return out;
}

}  // namespace breakwater::booking
