#include "booking/inventory.hpp"

#include "replication/assert.hpp"

namespace breakwater::booking {

const SuiteClass* Voyage::find_class(std::string_view name) const {
  const auto found = class_at_.find(name);
  return found == class_at_.end() ? nullptr : &classes_[found->second];
}

std::optional<SuiteIndex> Voyage::find_suite(std::string_view name) const {
  const SuiteIndex* const found = suite_at_.find(name);
  if (found == nullptr || suites_[*found].suite_class == Suite::kNoClass) return std::nullopt;
  return *found;
}

bool Voyage::add_class(const std::string& name, const std::vector<std::string>& suites) {
  const auto position = static_cast<std::uint32_t>(classes_.size());
  if (!class_at_.emplace(name, position).second) return false;
  SuiteClass& suite_class = classes_.emplace_back();
  for (const std::string& suite_name : suites) {
    const SuiteIndex index = remember_suite(suite_name);
    Suite& suite = suites_[index];
    if (suite.suite_class != Suite::kNoClass) return false;
    suite.suite_class = position;
    suite.place = static_cast<std::uint32_t>(suite_class.suites.size());
    if (!suite.booking) suite_class.free.insert(suite.place);
    suite_class.suites.push_back(index);
  }
  return true;
}

SuiteIndex Voyage::remember_suite(const std::string& name) {
  if (const SuiteIndex* const known = suite_at_.find(name)) return *known;
  const auto index = static_cast<SuiteIndex>(suites_.size());
  suites_.emplace_back().name = name;
  suite_at_[name] = index;
  return index;
}

void Voyage::occupy(SuiteIndex index, BookingNumber booking) {
  Suite& suite = suites_[index];
  BW_ASSERT(!suite.booking);
  suite.booking = booking;
  if (suite.suite_class != Suite::kNoClass) classes_[suite.suite_class].free.erase(suite.place);
}

void Voyage::vacate(SuiteIndex index) {
  Suite& suite = suites_[index];
  suite.booking.reset();
  if (suite.suite_class != Suite::kNoClass) classes_[suite.suite_class].free.insert(suite.place);
}

std::optional<VoyageIndex> Inventory::find(std::string_view name) const {
  const auto found = voyage_at_.find(name);
  if (found == voyage_at_.end()) return std::nullopt;
  return found->second;
}

const Voyage* Inventory::find_voyage(std::string_view name) const {
  const std::optional<VoyageIndex> index = find(name);
  return index ? &voyages_[*index] : nullptr;
}

VoyageIndex Inventory::find_or_add(const std::string& name) {
  const auto [place, is_new] = voyage_at_.emplace(name, static_cast<VoyageIndex>(voyages_.size()));
  if (is_new) voyages_.emplace_back(name);
  return place->second;
}

}  // namespace breakwater::booking
