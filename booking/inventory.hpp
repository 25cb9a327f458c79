// The suites that there are, by voyage and class, and which booking has which.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "booking/free_places.hpp"
#include "booking/limits.hpp"
#include "replication/look_up.hpp"

namespace breakwater::booking {

// Positions in an Inventory and in a Voyage. They hold for its life, and in copies of it: neither voyages nor suites
// are ever removed.
using VoyageIndex = std::uint32_t;
using SuiteIndex = std::uint32_t;

struct Suite {
  static constexpr std::uint32_t kNoClass = UINT32_MAX;
  std::string name;
  std::uint32_t suite_class = kNoClass;  // position in the voyage; none while only a booking of it was loaded
  std::uint32_t place = 0;               // among the suites of its class
  std::optional<BookingNumber> booking;
};

struct SuiteClass {
  std::vector<SuiteIndex> suites;  // in natural order of their names
  FreePlaces free;                 // places in it
};

// One thread. References and pointers into it hold until the next change.
class Voyage {
 public:
  explicit Voyage(std::string name) : name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  const std::map<std::string, std::uint32_t, std::less<>>& classes() const { return class_at_; }  // positions
  const SuiteClass& suite_class(std::uint32_t position) const { return classes_[position]; }
  const SuiteClass* find_class(std::string_view name) const;
  const Suite& suite(SuiteIndex index) const { return suites_[index]; }
  // Nothing for a name that no class has.
  std::optional<SuiteIndex> find_suite(std::string_view name) const;

  // False, and then the voyage is not to be used any more, when it has the class, or one of the names in another.
  // The caller guarantees distinct names in natural order.
  bool add_class(const std::string& name, const std::vector<std::string>& suites);
  // The suite of this name, which a class may bring later.
  SuiteIndex remember_suite(const std::string& name);

  // The caller guarantees that nobody has it.
  void occupy(SuiteIndex index, BookingNumber booking);
  void vacate(SuiteIndex index);

 private:
  std::string name_;
  std::map<std::string, std::uint32_t, std::less<>> class_at_;
  std::vector<SuiteClass> classes_;
  LookUpByText<SuiteIndex> suite_at_;
  std::vector<Suite> suites_;
};

// One thread. References and pointers into it hold until the next voyage is added.
class Inventory {
 public:
  // By name.
  const std::map<std::string, VoyageIndex, std::less<>>& voyages() const { return voyage_at_; }
  Voyage& voyage(VoyageIndex index) { return voyages_[index]; }
  const Voyage& voyage(VoyageIndex index) const { return voyages_[index]; }
  std::optional<VoyageIndex> find(std::string_view name) const;
  const Voyage* find_voyage(std::string_view name) const;
  VoyageIndex find_or_add(const std::string& name);

 private:
  std::map<std::string, VoyageIndex, std::less<>> voyage_at_;
  std::vector<Voyage> voyages_;
};

}  // namespace breakwater::booking
