// Canonical bytes of results: a flag (accepted), the reason, the view's number, then its fields in the order of their
// declaration.
#include "booking/results.hpp"

#include "booking/fields.hpp"

namespace breakwater::booking {

namespace {

// The index of the view in Result::view.
enum class View : std::uint8_t { none = 0, open = 1, booking = 2, voyage = 3, shard = 4, job = 5, epoch = 6 };

template <class E>
E get_enum(Reader& in, std::size_t count) {
  const std::uint8_t value = in.u8();
  if (value >= count) in.fail();
  return value < count ? static_cast<E>(value) : E{};
}

void put(Writer&, std::monostate) {}

void put(Writer& out, const OpenView& view) { out.text(view.voyage).text(view.suite_class).u32(view.suites); }

void put(Writer& out, const BookingView& view) {
  out.u64(view.booking).text(view.voyage).text(view.suite).u8(view.state ? 1 : 0);
  if (view.state) out.u8(static_cast<std::uint8_t>(*view.state));
  put_optional(out, view.hold_expires_us);
}

void put(Writer& out, const VoyageView& view) {
  out.text(view.voyage).u32(static_cast<std::uint32_t>(view.suites.size()));
  for (const SuiteView& suite : view.suites) {
    out.text(suite.suite).text(suite.suite_class).u8(static_cast<std::uint8_t>(suite.state));
    put_optional(out, suite.booking);
  }
}

void put(Writer& out, const ShardView& view) {
  out.text(view.shard);
  put_optional(out, view.owner);
  out.u64(view.epoch);
}

void put(Writer& out, const JobView& view) {
  out.text(view.job).u64(view.token).u8(view.lease ? 1 : 0);
  if (view.lease) out.text(view.lease->candidate).u64(view.lease->expires_us);
}

void put(Writer& out, const EpochView& view) { out.u64(view.epoch); }

OpenView get_open_view(Reader& in) {
  OpenView view;
  view.voyage = get_name(in);
  view.suite_class = get_name(in);
  view.suites = in.u32();
  return view;
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

ShardView get_shard_view(Reader& in) {
  ShardView view;
  view.shard = get_name(in);
  view.owner = get_optional_name(in);
  view.epoch = in.u64();
  if (view.owner.has_value() != (view.epoch > 0)) in.fail();
  return view;
}

JobView get_job_view(Reader& in) {
  JobView view;
  view.job = get_name(in);
  view.token = in.u64();
  if (get_flag(in)) {
    view.lease.emplace();
    view.lease->candidate = get_name(in);
    view.lease->expires_us = in.u64();
    if (view.token == 0) in.fail();  // a lease without a token
  }
  return view;
}

}  // namespace

Bytes encode(const Result& result) {
  constexpr std::size_t kShortBytes = 64;  // of most results, with their names
  Writer out;
  out.reserve(kShortBytes);
  out.u8(result.accepted ? 1 : 0).u8(static_cast<std::uint8_t>(result.reason));
  out.u8(static_cast<std::uint8_t>(result.view.index()));
  std::visit([&](const auto& view) { put(out, view); }, result.view);
  return out.take();
}

std::optional<Result> decode_result(ByteView bytes) {
  Reader in(bytes);
  Result result;
  result.accepted = get_flag(in);
  result.reason = get_enum<Reason>(in, kReasonCount);
  switch (static_cast<View>(in.u8())) {
    case View::none: break;
    case View::open: result.view = get_open_view(in); break;
    case View::booking: result.view = get_booking_view(in); break;
    case View::voyage: result.view = get_voyage_view(in); break;
    case View::shard: result.view = get_shard_view(in); break;
    case View::job: result.view = get_job_view(in); break;
    case View::epoch: result.view = EpochView{in.u64()}; break;
    default: in.fail();
  }
  if (result.accepted != (result.reason == Reason::none)) in.fail();
  if (!in.finished()) return std::nullopt;
  return result;
}

}  // namespace breakwater::booking
