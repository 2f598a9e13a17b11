// options_kernel.hpp: the command line of `faultline kernel`.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "runner/options_boot.hpp"
#include "runner/plan.hpp"

namespace faultline {

class KernelCommands {
 public:
  void add(CLI::App& app);
  bool chosen() const { return kernel_->parsed(); }
  // Returns the exit code. Throws Failure.
  int carry_out(const std::vector<std::string>& argv) const;
  // For completion scripts.
  std::vector<const CLI::App*> commands() const;

 private:
  void add_run();

  CLI::App* kernel_ = nullptr;
  CLI::App* run_ = nullptr;
  BootCommands boot_;
  RunOptions options_;
};

// --resume continues a session as it was planned. Throws Failure when other options are beside it.
void check_resume_alone(const CLI::App& command, const RunOptions& options);

}  // namespace faultline
