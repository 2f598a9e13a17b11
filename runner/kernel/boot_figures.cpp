// boot_figures.cpp: medians, spreads, and the table of a session's end.
#include "runner/kernel/boot_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace faultline::kernel {

namespace {

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace

double cost_of(const nlohmann::ordered_json& run) {
  std::vector<double> costs;
  for (const auto& trial : run["trials"]) {
    const double ops = trial["ops"].get<double>();
    if (trial["warmup"].get<bool>() || ops == 0) continue;
    costs.push_back(1e9 * trial["s"].get<double>() / ops);
  }
  return median_of(costs);
}

void Figures::add(std::size_t config, std::size_t image, double cost) {
  if (cost > 0) costs_[{config, image}].push_back(cost);
}

double Figures::median(std::size_t config, std::size_t image) const {
  const auto found = costs_.find({config, image});
  return found == costs_.end() ? 0 : median_of(found->second);
}

double Figures::spread(std::size_t config, std::size_t image) const {
  const auto found = costs_.find({config, image});
  if (found == costs_.end()) return 0;
  const auto [least, most] = std::minmax_element(found->second.begin(), found->second.end());
  return (*most - *least) / median_of(found->second);
}

std::string Figures::table(const BootPlan& plan) const {
  const bool icount = plan.vm.accel == "icount";
  std::size_t width = 8;
  for (const KernelImage& image : plan.images) width = std::max(width, image.label.size());
  std::string text = fmt::format("{:<20} {:<{}} {:>13} {:>9} {:>9} {:>3}\n", "workload", "kernel",
                                 width, icount ? "instr/op" : "ns/op", "spread", "to first", "n");
  for (std::size_t config = 0; config < plan.configs.size(); ++config) {
    const std::string name =
        fmt::format("{} {}", plan.configs[config].workload->name, plan.configs[config].threads);
    const double base = median(config, 0);
    for (std::size_t image = 0; image < plan.images.size(); ++image) {
      const double cost = median(config, image);
      const auto found = costs_.find({config, image});
      if (found == costs_.end()) {
        text += fmt::format("{:<20} {:<{}} {:>13}\n", name, plan.images[image].label, width, "-");
        continue;
      }
      const std::string change =
          image == 0 || base == 0 ? "" : fmt::format("{:+.2f} %", 100 * (cost / base - 1));
      const std::string repeat =
          found->second.size() < 2 ? "-" : fmt::format("{:.3f} %", 100 * spread(config, image));
      text +=
          fmt::format("{:<20} {:<{}} {:>13.1f} {:>9} {:>9} {:>3}\n", name, plan.images[image].label,
                      width, cost, repeat, change, found->second.size());
    }
  }
  return text;
}

std::string what_is_not_shown(const BootPlan& plan) {
  if (plan.vm.accel != "icount") return "";
  const std::string chance =
      plan.vary_seed
          ? ""
          : "Every boot had the same addresses and slabs; --vary-seed shows what\n"
            "those are worth, up to 1.6 % where a kernel maps, forks or starts threads.\n";
  return chance +
         "Instructions of one emulated CPU: they repeat, and show a longer path. They show no\n"
         "contention, no cache or TLB miss, no cost of an atomic operation or a barrier; REP STOS\n"
         "counts once for every word it stores.\n";
}

}  // namespace faultline::kernel
