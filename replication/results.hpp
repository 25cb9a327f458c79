// What the commands of one request came to.
#pragma once

#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

#include "replication/bytes.hpp"

namespace breakwater {

// Encoded results, one per command, in order. Never changed once made, and shared by whoever holds a copy: a session
// keeps them, and every answer gives them back. Any thread.
class Results {
 public:
  Results() : Results(std::vector<Bytes>{}) {}
  Results(std::vector<Bytes> results) : list_(std::make_shared<const std::vector<Bytes>>(std::move(results))) {}
  Results(std::initializer_list<Bytes> results) : Results(std::vector<Bytes>(results)) {}

  const std::vector<Bytes>& list() const { return *list_; }
  std::size_t size() const { return list_->size(); }
  bool empty() const { return list_->empty(); }
  const Bytes& operator[](std::size_t i) const { return (*list_)[i]; }
  auto begin() const { return list_->begin(); }
  auto end() const { return list_->end(); }
  bool operator==(const Results& other) const { return *list_ == *other.list_; }

 private:
  std::shared_ptr<const std::vector<Bytes>> list_;
};

}  // namespace breakwater
