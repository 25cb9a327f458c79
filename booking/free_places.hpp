// Which suites of a class are free.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "replication/assert.hpp"

namespace breakwater::booking {

// A set of small numbers of which the lowest is asked for: a bit each. One thread.
class FreePlaces {
 public:
  bool empty() const { return lowest_word_ == words_.size(); }
  // The caller guarantees that it is not empty.
  std::uint32_t lowest() const {
    BW_ASSERT(!empty());
    return static_cast<std::uint32_t>(lowest_word_ * 64) +
           static_cast<std::uint32_t>(std::countr_zero(words_[lowest_word_]));
  }
  void insert(std::uint32_t place) {
    const std::size_t word = place / 64;
    if (word >= words_.size()) {
      if (empty()) lowest_word_ = word;
      words_.resize(word + 1, 0);
    }
    words_[word] |= bit_of(place);
    if (word < lowest_word_) lowest_word_ = word;
  }
  void erase(std::uint32_t place) {
    const std::size_t word = place / 64;
    if (word >= words_.size()) return;
    words_[word] &= ~bit_of(place);
    while (lowest_word_ < words_.size() && words_[lowest_word_] == 0) ++lowest_word_;
  }

 private:
  static std::uint64_t bit_of(std::uint32_t place) { return std::uint64_t{1} << (place % 64); }

  std::vector<std::uint64_t> words_;
  std::size_t lowest_word_ = 0;  // the first that is not zero; their number when there is none
};

}  // namespace breakwater::booking
