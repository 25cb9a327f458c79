// A hash map without an order to depend on.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace breakwater {

// Values by key, for looking up alone: it cannot be iterated, since the order would differ from one replica to the
// next. This file alone of the pure folders may use an unordered container (tests/structure).
template <class Key, class Value, class Hash = std::hash<Key>>
class LookUp {
 public:
  // Null when there is none. Valid until that key is erased.
  template <class K>
  Value* find(const K& key) {
    const auto it = values_.find(key);
    return it == values_.end() ? nullptr : &it->second;
  }
  template <class K>
  const Value* find(const K& key) const {
    const auto it = values_.find(key);
    return it == values_.end() ? nullptr : &it->second;
  }
  template <class K>
  bool contains(const K& key) const {
    return values_.contains(key);
  }
  Value& operator[](const Key& key) { return values_[key]; }
  void erase(const Key& key) { values_.erase(key); }

 private:
  std::unordered_map<Key, Value, Hash, std::equal_to<>> values_;
};

// Strings by any view of them.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
template <class Value>
using LookUpByText = LookUp<std::string, Value, TextHash>;

}  // namespace breakwater
