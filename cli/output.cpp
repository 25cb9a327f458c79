#include "cli/output.hpp"

#include <cmath>
#include <iostream>

namespace breakwater::cli {

namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

void put_target(Json& json, const booking::Target& target) {
  json["voyage"] = target.voyage;
  if (target.suite) json["suite"] = *target.suite;
  if (target.suite_class) json["class"] = *target.suite_class;
}

void put_guard(Json& json, const booking::Guard& guard) {
  if (guard.fence) json["fence"] = guard.fence->job + ":" + std::to_string(guard.fence->token);
  if (guard.epoch) json["epoch"] = *guard.epoch;
}

Json suite_json(const booking::SuiteView& suite) {
  return {{"suite", suite.suite},
          {"class", suite.suite_class},
          {"state", name_of(suite.state)},
          {"booking", suite.booking ? Json(*suite.booking) : Json(nullptr)}};
}

}  // namespace

Json rounded(double value) { return std::round(value * 1000) / 1000; }
Json rounded(const std::optional<double>& value) { return value ? rounded(*value) : Json(nullptr); }

void print_json(const Json& json) {
  // Names are free text within limits; anything that is no UTF-8 was refused as malformed long before.
  std::cout << json.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
}

Json command_json(ByteView encoded) {
  if (!is_group_command(encoded)) return command_json(booking::decode_command(encoded));
  const auto command = decode_group_command(encoded);
  if (!command) return {{"kind", "malformed"}};
  const auto* readmit = std::get_if<Readmit>(&*command);
  if (readmit == nullptr) return {{"kind", "advance"}};
  return {{"kind", "readmit"},
          {"replica", readmit->replica.value},
          {"incarnation", readmit->incarnation.value},
          {"key", to_hex(readmit->key.view())}};
}

Json outcome_json(ByteView encoded) {
  if (const auto result = booking::decode_result(encoded)) {
    return {{"outcome", outcome_name(*result)}, {"reason", reason_json(*result)}, {"result", result_json(*result)}};
  }
  const auto result = decode_group_result(encoded);
  if (!result) return nullptr;
  const bool accepted = result->reason == GroupReason::none;
  Json view = nullptr;
  if (result->era) {
    view = {{"incarnation", result->era->incarnation.value},
            {"readmitted_at", result->era->readmitted.value},
            {"effective_from", result->era->effective.value}};
  }
  return {{"outcome", accepted ? "accepted" : "refused"},
          {"reason", accepted ? Json(nullptr) : Json(name_of(result->reason))},
          {"result", std::move(view)}};
}

Json command_json(const std::optional<booking::Command>& command) {
  if (!command) return {{"kind", "malformed"}};
  Json json = {{"kind", booking::kind_of(*command)}};
  std::visit(Overloaded{
                 [&](const booking::Open& c) {
                   json["voyage"] = c.voyage;
                   json["class"] = c.suite_class;
                   if (c.names.empty()) json["suites"] = c.suites;
                   else json["names"] = c.names;
                 },
                 [&](const booking::Reserve& c) {
                   put_target(json, c.target);
                   json["booking"] = c.booking;
                 },
                 [&](const booking::Hold& c) {
                   put_target(json, c.target);
                   json["booking"] = c.booking;
                   json["ttl"] = c.ttl_seconds;
                 },
                 [&](const booking::Confirm& c) { json["booking"] = c.booking; },
                 [&](const booking::Cancel& c) { json["booking"] = c.booking; },
                 [&](const booking::Show& c) {
                   if (c.voyage) json["voyage"] = *c.voyage;
                   if (c.suite) json["suite"] = *c.suite;
                   if (c.booking) json["booking"] = *c.booking;
                 },
                 [&](const booking::AssignShard& c) {
                   json["shard"] = c.shard;
                   json["owner"] = c.owner;
                   json["expect_epoch"] = c.expect_epoch;
                 },
                 [&](const booking::Acquire& c) {
                   json["job"] = c.job;
                   json["candidate"] = c.candidate;
                   json["ttl"] = c.ttl_seconds;
                 },
                 [&](const booking::Renew& c) {
                   json["job"] = c.job;
                   json["token"] = c.token;
                   if (c.ttl_seconds) json["ttl"] = *c.ttl_seconds;
                 },
                 [&](const booking::Release& c) {
                   json["job"] = c.job;
                   json["token"] = c.token;
                 },
                 [&](const booking::CheckFence& c) {
                   json["job"] = c.job;
                   json["token"] = c.token;
                 },
                 [&](const booking::BumpEpoch& c) { json["expect"] = c.expect; },
                 [&](const booking::ShowShard& c) { json["shard"] = c.shard; },
                 [&](const booking::ShowJob& c) { json["job"] = c.job; },
                 [&](const booking::ShowEpoch&) { json["epoch"] = true; },
             },
             *command);
  put_guard(json, guard_of(*command));
  return json;
}

Json result_json(const booking::Result& result) {
  return std::visit(
      Overloaded{
          [](std::monostate) { return Json(nullptr); },
          [](const booking::OpenView& v) {
            return Json{{"voyage", v.voyage}, {"class", v.suite_class}, {"suites", v.suites}};
          },
          [](const booking::BookingView& v) {
            Json json = {{"booking", v.booking}, {"voyage", v.voyage}, {"suite", v.suite}};
            if (v.state) json["state"] = name_of(*v.state);
            if (v.hold_expires_us) json["hold_expires_us"] = *v.hold_expires_us;
            return json;
          },
          [](const booking::VoyageView& v) {
            Json suites = Json::array();
            for (const booking::SuiteView& suite : v.suites) suites.push_back(suite_json(suite));
            return Json{{"voyage", v.voyage}, {"suites", std::move(suites)}};
          },
          [](const booking::ShardView& v) {
            return Json{{"shard", v.shard}, {"owner", v.owner ? Json(*v.owner) : Json(nullptr)}, {"epoch", v.epoch}};
          },
          [](const booking::JobView& v) {
            return Json{{"job", v.job},
                        {"token", v.token},
                        {"candidate", v.lease ? Json(v.lease->candidate) : Json(nullptr)},
                        {"lease_expires_us", v.lease ? Json(v.lease->expires_us) : Json(nullptr)}};
          },
          [](const booking::EpochView& v) { return Json{{"epoch", v.epoch}}; },
      },
      result.view);
}

Json reason_json(const booking::Result& result) {
  return result.accepted ? Json(nullptr) : Json(name_of(result.reason));
}

std::string_view outcome_name(const booking::Result& result) { return result.accepted ? "accepted" : "refused"; }

}  // namespace breakwater::cli
