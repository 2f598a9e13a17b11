// boot_figures.hpp: the figures of a session of boots as it ends: cost of an operation by kernel,
// and how far it repeats from boot to boot.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runner/kernel/boot_plan.hpp"

namespace faultline::kernel {

// ns of one operation of a run, the median of its trials; instructions where they are the clock.
// 0 for a run without a trial.
double cost_of(const nlohmann::ordered_json& run);

class Figures {
 public:
  void add(std::size_t config, std::size_t image, double cost);
  // Of the boots of one image; 0: none.
  [[nodiscard]] double median(std::size_t config, std::size_t image) const;
  // (largest - smallest) / median.
  [[nodiscard]] double spread(std::size_t config, std::size_t image) const;
  [[nodiscard]] std::string table(const BootPlan& plan) const;

 private:
  std::map<std::pair<std::size_t, std::size_t>, std::vector<double>> costs_;
};

// What instructions do not show; empty for other accelerators.
std::string what_is_not_shown(const BootPlan& plan);

}  // namespace faultline::kernel
