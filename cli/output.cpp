#include "cli/output.hpp"

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

Json suite_json(const booking::SuiteView& suite) {
  return {{"suite", suite.suite},
          {"class", suite.suite_class},
          {"state", name_of(suite.state)},
          {"booking", suite.booking ? Json(*suite.booking) : Json(nullptr)}};
}

}  // namespace

void print_json(const Json& json) {
  // Names are free text within limits; anything that is no UTF-8 was refused as malformed long before.
  std::cout << json.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
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
             },
             *command);
  return json;
}

Json result_json(const booking::Result& result) {
  return std::visit(Overloaded{
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
                    },
                    result.view);
}

Json reason_json(const booking::Result& result) {
  return result.accepted ? Json(nullptr) : Json(name_of(result.reason));
}

std::string_view outcome_name(const booking::Result& result) { return result.accepted ? "accepted" : "refused"; }

}  // namespace breakwater::cli
