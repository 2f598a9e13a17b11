// histogram.cpp: buckets, quantiles and JSON of histograms.
#include "runner/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>

namespace faultline {

std::size_t Histogram::bucket(std::uint64_t value) {
  if (value < steps) return value;
  const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - 6;
  return std::size_t{steps} * shift + (value >> shift);
}

std::uint64_t Histogram::upper_edge(std::size_t bucket) {
  if (bucket < steps) return bucket;
  const std::size_t shift = bucket / steps - 1;
  return (((bucket % steps) + steps + 1) << shift) - 1;
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  total_ += other.total_;
  most_ = std::max(most_, other.most_);
}

std::uint64_t Histogram::quantile(double share) const {
  if (total_ == 0) return 0;
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen != 0 && seen >= rank) return std::min(upper_edge(i), most_);
  }
  return most_;
}

nlohmann::ordered_json Histogram::json() const {
  nlohmann::ordered_json counts = nlohmann::ordered_json::array();
  std::size_t last = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    counts.push_back({i - last, counts_[i]});
    last = i;
  }
  return {{"unit", "ns"}, {"steps", steps}, {"n", total_}, {"max", most_}, {"counts", counts}};
}

}  // namespace faultline
