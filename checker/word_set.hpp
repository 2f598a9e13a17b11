// word_set.hpp: a set of atomic words, by their number in this execution.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "checker/limits.hpp"

namespace faultline::checker {

class WordSet {
 public:
  WordSet() = default;
  explicit WordSet(unsigned word) { add(word); }

  void add(unsigned word) { bits_[word / 64] |= std::uint64_t{1} << (word % 64); }
  bool has(unsigned word) const { return ((bits_[word / 64] >> (word % 64)) & 1u) != 0; }
  bool meets(const WordSet& other) const {
    return ((bits_[0] & other.bits_[0]) | (bits_[1] & other.bits_[1])) != 0;
  }
  bool empty() const { return (bits_[0] | bits_[1]) == 0; }

  friend WordSet operator|(WordSet a, const WordSet& b) {
    a.bits_[0] |= b.bits_[0];
    a.bits_[1] |= b.bits_[1];
    return a;
  }

  template <class Visit>
  void each(Visit visit) const {
    for (unsigned half = 0; half < 2; ++half) {
      for (std::uint64_t rest = bits_[half]; rest != 0; rest &= rest - 1) {
        visit(half * 64 + static_cast<unsigned>(std::countr_zero(rest)));
      }
    }
  }

 private:
  static_assert(words_max == 128);
  std::array<std::uint64_t, 2> bits_{};
};

}  // namespace faultline::checker
