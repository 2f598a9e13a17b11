// boot_plan.hpp: what `faultline kernel boot` measures: images, configurations, the machine.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "runner/kernel/boot_once.hpp"
#include "runner/plan.hpp"

namespace faultline::kernel {

// As on the command line.
struct BootOptions {
  std::vector<std::string> images;
  std::vector<std::string> workloads;  // empty: all
  std::vector<int> threads;            // empty: 1
  std::string mode = "threads";        // threads | processes
  std::optional<int> rounds;
  std::optional<int> trials;
  std::optional<std::uint64_t> ops;
  std::optional<double> seconds;
  std::vector<std::string> set;
  std::optional<std::int64_t> seed;
  std::optional<double> deadline;
  std::optional<double> boot_deadline;
  VmOptions vm;
  bool vary_seed = false;
  bool trace = false;
  std::string output;
  bool quiet = false;
};

struct BootPlan {
  std::string qemu;  // its file
  VmOptions vm;
  std::vector<KernelImage> images;
  std::vector<Config> configs;
  int rounds = 0;
  int trials = 0;
  double trial_s = 0;  // where windows are timed
  std::uint64_t seed = 0;
  bool vary_seed = false;
  bool trace = false;
  BootTimes times;

  // The images of a round, and the configurations of one boot, in their random order. Where
  // instructions are counted a boot has no noise for an order to spread, and what one run leaves to
  // the next would be all that differs: the order of the configurations is always the same.
  [[nodiscard]] std::vector<std::size_t> image_order(int round) const;
  [[nodiscard]] std::vector<std::size_t> config_order(int round, std::size_t image) const;
  // The runs of one boot; ids are indices of configs.
  [[nodiscard]] std::vector<GuestRun> guest_runs(int round, std::size_t image) const;
  // The machine of a round, the same for all images.
  [[nodiscard]] VmOptions vm_of(int round) const;
  // Machines that may run side by side: those whose clock is their instructions.
  [[nodiscard]] int at_a_time() const;
};

inline constexpr double warmup_s = 0.1;

// Finds images, names and QEMU. Throws Failure.
BootPlan make_boot_plan(const BootOptions& options);

// A result without runs.
nlohmann::ordered_json boot_header(const BootPlan& plan, const std::vector<std::string>& argv,
                                   const std::string& program);

}  // namespace faultline::kernel
