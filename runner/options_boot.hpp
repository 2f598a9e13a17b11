// options_boot.hpp: the command lines of `faultline kernel boot` and `faultline kernel bisect`.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "runner/kernel/bisect.hpp"
#include "runner/kernel/boot_plan.hpp"

namespace faultline {

struct BootCommands {
  CLI::App* boot = nullptr;
  CLI::App* bisect = nullptr;
  kernel::BootOptions boot_options;
  kernel::BisectOptions bisect_options;

  // Adds both below `faultline kernel`.
  void add(CLI::App& kernel);
  [[nodiscard]] bool parsed() const { return *boot || *bisect; }
  // Returns the exit code. Throws Failure.
  [[nodiscard]] int carry_out(const std::vector<std::string>& argv) const;
};

}  // namespace faultline
