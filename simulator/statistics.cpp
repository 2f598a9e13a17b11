// statistics.cpp: names and histograms.
#include "simulator/statistics.hpp"

#include <bit>
#include <cmath>

namespace faultline::simulator {

const char* name(Source source) {
  switch (source) {
    case Source::cluster_copy:
      return "cluster_copy";
    case Source::upgrade:
      return "upgrade";
    case Source::cluster_modified:
      return "cluster_modified";
    case Source::node_modified:
      return "node_modified";
    case Source::socket_modified:
      return "socket_modified";
    case Source::remote_modified:
      return "remote_modified";
    case Source::shared:
      return "shared";
    case Source::memory:
      return "memory";
    case Source::home:
      return "home";
  }
  return "";
}

std::size_t Histogram::bucket(std::uint64_t value) {
  if (value < steps) return value;
  const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - 6;
  return std::size_t{steps} * shift + (value >> shift);
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  total_ += other.total_;
  if (other.most_ > most_) most_ = other.most_;
}

std::uint64_t Histogram::quantile(double share) const {
  if (total_ == 0) return 0;
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen < rank || seen == 0) continue;
    if (i < steps) return i;
    const std::size_t shift = i / steps - 1;
    const std::uint64_t edge = (((i % steps) + steps + 1) << shift) - 1;
    return edge < most_ ? edge : most_;
  }
  return most_;
}

}  // namespace faultline::simulator
