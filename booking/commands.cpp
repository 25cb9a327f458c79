// Canonical bytes of commands and results: a kind byte, then the fields in the order of their declaration. Names are
// blobs, optionals a flag byte (0 or 1) and the value.
#include "booking/commands.hpp"

#include "booking/names.hpp"

namespace breakwater::booking {

namespace {

enum class Kind : std::uint8_t { open = 1, reserve = 2, hold = 3, confirm = 4, cancel = 5, show = 6 };
enum class View : std::uint8_t { none = 0, open = 1, booking = 2, voyage = 3 };

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

void put_kind(Writer& out, Kind kind) { out.u8(static_cast<std::uint8_t>(kind)); }

void put_optional(Writer& out, const std::optional<std::string>& text) {
  out.u8(text ? 1 : 0);
  if (text) out.text(*text);
}

void put_optional(Writer& out, const std::optional<std::uint64_t>& value) {
  out.u8(value ? 1 : 0);
  if (value) out.u64(*value);
}

void put_target(Writer& out, const Target& target) {
  out.text(target.voyage);
  put_optional(out, target.suite);
  put_optional(out, target.suite_class);
}

std::string get_name(Reader& in) {
  std::string name = in.text(kMaxNameBytes);
  if (!is_name(name)) in.fail();
  return name;
}

bool get_flag(Reader& in) {
  const std::uint8_t flag = in.u8();
  if (flag > 1) in.fail();
  return flag == 1;
}

std::optional<std::string> get_optional_name(Reader& in) {
  return get_flag(in) ? std::optional(get_name(in)) : std::nullopt;
}

std::optional<std::uint64_t> get_optional_u64(Reader& in) {
  return get_flag(in) ? std::optional(in.u64()) : std::nullopt;
}

Target get_target(Reader& in) {
  Target target;
  target.voyage = get_name(in);
  target.suite = get_optional_name(in);
  target.suite_class = get_optional_name(in);
  if (target.suite.has_value() == target.suite_class.has_value()) in.fail();  // exactly one
  return target;
}

template <class E>
E get_enum(Reader& in, std::size_t count) {
  const std::uint8_t value = in.u8();
  if (value >= count) in.fail();
  return value < count ? static_cast<E>(value) : E{};
}

Open get_open(Reader& in) {
  Open open;
  open.voyage = get_name(in);
  open.suite_class = get_name(in);
  open.suites = in.u32();
  const std::uint32_t names = in.count(kMaxNamesPerOpen, 5);
  for (std::uint32_t i = 0; i < names; ++i) open.names.push_back(get_name(in));
  return open;
}

Show get_show(Reader& in) {
  Show show;
  show.voyage = get_optional_name(in);
  show.suite = get_optional_name(in);
  show.booking = get_optional_u64(in);
  if (show.voyage.has_value() == show.booking.has_value() || (show.suite && !show.voyage)) in.fail();
  return show;
}

void put_view(Writer& out, const VoyageView& view) {
  out.text(view.voyage).u32(static_cast<std::uint32_t>(view.suites.size()));
  for (const SuiteView& suite : view.suites) {
    out.text(suite.suite).text(suite.suite_class).u8(static_cast<std::uint8_t>(suite.state));
    put_optional(out, suite.booking);
  }
}

BookingView get_booking_view(Reader& in) {
  BookingView view;
  view.booking = in.u64();
  view.voyage = get_name(in);
  view.suite = get_name(in);
  if (get_flag(in)) view.state = get_enum<SuiteState>(in, kSuiteStateCount);
  view.hold_expires_us = get_optional_u64(in);
  return view;
}

VoyageView get_voyage_view(Reader& in) {
  VoyageView view;
  view.voyage = get_name(in);
  const std::uint32_t count = in.count(kMaxSuitesPerVoyage, 12);
  for (std::uint32_t i = 0; i < count && !in.failed(); ++i) {
    SuiteView suite;
    suite.suite = get_name(in);
    suite.suite_class = get_name(in);
    suite.state = get_enum<SuiteState>(in, kSuiteStateCount);
    suite.booking = get_optional_u64(in);
    view.suites.push_back(std::move(suite));
  }
  return view;
}

}  // namespace

Bytes encode(const Command& command) {
  Writer out;
  std::visit(Overloaded{
                 [&](const Open& c) {
                   put_kind(out, Kind::open);
                   out.text(c.voyage).text(c.suite_class).u32(c.suites).u32(static_cast<std::uint32_t>(c.names.size()));
                   for (const std::string& name : c.names) out.text(name);
                 },
                 [&](const Reserve& c) {
                   put_kind(out, Kind::reserve);
                   put_target(out, c.target);
                   out.u64(c.booking);
                 },
                 [&](const Hold& c) {
                   put_kind(out, Kind::hold);
                   put_target(out, c.target);
                   out.u64(c.booking).u64(c.ttl_seconds);
                 },
                 [&](const Confirm& c) {
                   put_kind(out, Kind::confirm);
                   out.u64(c.booking);
                 },
                 [&](const Cancel& c) {
                   put_kind(out, Kind::cancel);
                   out.u64(c.booking);
                 },
                 [&](const Show& c) {
                   put_kind(out, Kind::show);
                   put_optional(out, c.voyage);
                   put_optional(out, c.suite);
                   put_optional(out, c.booking);
                 },
             },
             command);
  return out.take();
}

std::optional<Command> decode_command(ByteView bytes) {
  Reader in(bytes);
  std::optional<Command> command;
  switch (static_cast<Kind>(in.u8())) {
    case Kind::open: command = get_open(in); break;
    case Kind::reserve: {
      const Target target = get_target(in);
      command = Reserve{target, in.u64()};
      break;
    }
    case Kind::hold: {
      const Target target = get_target(in);
      const BookingNumber booking = in.u64();
      command = Hold{target, booking, in.u64()};
      break;
    }
    case Kind::confirm: command = Confirm{in.u64()}; break;
    case Kind::cancel: command = Cancel{in.u64()}; break;
    case Kind::show: command = get_show(in); break;
  }
  if (!in.finished()) return std::nullopt;
  return command;
}

Bytes encode(const Result& result) {
  Writer out;
  out.u8(result.accepted ? 1 : 0).u8(static_cast<std::uint8_t>(result.reason));
  out.u8(static_cast<std::uint8_t>(result.view.index()));
  if (const auto* open = std::get_if<OpenView>(&result.view)) {
    out.text(open->voyage).text(open->suite_class).u32(open->suites);
  } else if (const auto* booking = std::get_if<BookingView>(&result.view)) {
    out.u64(booking->booking).text(booking->voyage).text(booking->suite).u8(booking->state ? 1 : 0);
    if (booking->state) out.u8(static_cast<std::uint8_t>(*booking->state));
    put_optional(out, booking->hold_expires_us);
  } else if (const auto* voyage = std::get_if<VoyageView>(&result.view)) {
    put_view(out, *voyage);
  }
  return out.take();
}

std::optional<Result> decode_result(ByteView bytes) {
  Reader in(bytes);
  Result result;
  result.accepted = get_flag(in);
  result.reason = get_enum<Reason>(in, kReasonCount);
  switch (static_cast<View>(in.u8())) {
    case View::none: break;
    case View::open: {
      OpenView view;
      view.voyage = get_name(in);
      view.suite_class = get_name(in);
      view.suites = in.u32();
      result.view = view;
      break;
    }
    case View::booking: result.view = get_booking_view(in); break;
    case View::voyage: result.view = get_voyage_view(in); break;
    default: in.fail();
  }
  if (result.accepted != (result.reason == Reason::none)) in.fail();
  if (!in.finished()) return std::nullopt;
  return result;
}

}  // namespace breakwater::booking
