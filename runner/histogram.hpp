// histogram.hpp: numbers by size, 32 steps for each power of two: at most 3 % from the exact value.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>

namespace faultline {

class Histogram {
 public:
  void add(std::uint64_t value) {
    ++counts_[bucket(value)];
    ++total_;
    if (value > most_) most_ = value;
  }
  void add(const Histogram& other);
  std::uint64_t count() const { return total_; }
  std::uint64_t most() const { return most_; }
  // The upper edge of the bucket that holds the share-th value, 0 <= share <= 1; 0 of nothing.
  std::uint64_t quantile(double share) const;
  // As it stands under `hists` in a result file: its buckets that are not empty, each as [how many
  // buckets on from the one before, count].
  nlohmann::ordered_json json() const;

 private:
  static constexpr unsigned steps = 32;
  static std::size_t bucket(std::uint64_t value);
  static std::uint64_t upper_edge(std::size_t bucket);

  std::array<std::uint64_t, steps * 60> counts_ = {};
  std::uint64_t total_ = 0;
  std::uint64_t most_ = 0;
};

}  // namespace faultline
