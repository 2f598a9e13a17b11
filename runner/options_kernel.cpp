// options_kernel.cpp: `faultline kernel`: its commands, options, help and examples.
#include "runner/options_kernel.hpp"

#include "runner/errors.hpp"
#include "runner/option_checks.hpp"
#include "runner/session.hpp"

namespace faultline {

namespace {

constexpr const char* kernel_footer = R"(Examples:
  faultline kernel run --workload pft,mmap_munmap --threads 1,2,n -o kernel.json
  faultline kernel boot --image debian:6.1 --image debian:6.12 -o boot.json
  faultline kernel boot --help)";

constexpr const char* run_examples = R"(Examples:
  faultline kernel run --suite quick -o kernel.json
  faultline kernel run --workload pft --threads 1,2,4,n -o pft.json
  faultline kernel run --workload pft,pf_private --mode threads --set pages=65536 -o huge.json
  faultline kernel run --workload mixed --set faults=90 --set munmap=10 --ops 100000
  faultline kernel run --resume kernel.json

Every configuration runs with threads (one mm) and with processes (an mm each, the control without
sharing); `faultline report` prints the ratio as the price of sharing.

Exit codes: 0 done; 2 usage or unreadable input; 3 runs failed; 4 this environment cannot do it;
5 nothing to do; 130 interrupted, with every finished run in the file.)";

}  // namespace

void KernelCommands::add(CLI::App& app) {
  kernel_ = app.add_subcommand("kernel", "real kernels: measured, booted side by side, bisected");
  kernel_->footer(kernel_footer);
  add_run();
  boot_.add(*kernel_);
}

void KernelCommands::add_run() {
  RunOptions& o = options_;
  o.kernel = true;
  run_ = kernel_->add_subcommand("run", "measure page faults and mmap calls of the running kernel");
  run_->footer(run_examples);
  const CLI::Validator whole = number<int>("whole number");
  const CLI::Validator real = number<double>("number");
  run_->add_option("--workload", o.workloads, "workloads, by commas; default: all")->delimiter(',');
  run_->add_option("--mode", o.modes, "threads (one mm), processes (one each); default: both")
      ->delimiter(',');
  run_->add_option("--threads", o.threads,
                   "how many: 1,2,4 | 1-4 | auto | n, n+1, 2n (n: the CPUs); default: auto = 1, 2, "
                   "3, 4, 6, 8, ... n, n+1");
  run_->add_option("--pin", o.pin,
                   "thread to CPU: cores (default), compact, scatter, none, or a CPU list");
  run_->add_option("--suite", o.suite,
                   "quick | default | rigorous: how many rounds, trials, seconds");
  run_->add_option("--rounds", o.rounds, "fresh processes of each configuration")->check(whole);
  run_->add_option("--trials", o.trials, "windows in a process")->check(whole);
  CLI::Option* seconds = run_->add_option("--seconds", o.seconds, "length of a trial")->check(real);
  run_->add_option("--ops", o.ops, "operations of each thread in a trial, instead of --seconds")
      ->check(number<std::uint64_t>("whole number"))
      ->excludes(seconds);
  run_->add_flag("--trace", o.trace,
                 "one more trial a run, with tracepoints: how often mmap_lock was taken, how long "
                 "it was waited for");
  run_->add_option("--set", o.set, "a workload's parameter, NAME=VALUE; may be repeated");
  run_->add_option("--seed", o.seed, "of the order and of workloads; default: drawn")
      ->check(number<std::int64_t>("whole number"));
  run_->add_option("--deadline", o.deadline, "seconds after which a run counts as hung")
      ->check(real);
  run_->add_option("-o,--output", o.output, "result file; default: faultline-TIME.json")
      ->check(not_empty());
  run_->add_option("--resume", o.resume, "continue the session of this file")->check(not_empty());
  run_->add_flag("--quiet", o.quiet, "no progress, only errors");
}

std::vector<const CLI::App*> KernelCommands::commands() const {
  return {run_, boot_.boot, boot_.bisect};
}

int KernelCommands::carry_out(const std::vector<std::string>& argv) const {
  if (boot_.parsed()) return boot_.carry_out(argv);
  if (!run_->parsed()) {
    throw Failure(exit_code::usage, "which one? give run, boot or bisect; see --help");
  }
  check_resume_alone(*run_, options_);
  return run_session(options_, argv);
}

void check_resume_alone(const CLI::App& command, const RunOptions& options) {
  if (options.resume.empty() || command.count_all() <= (options.quiet ? 3u : 2u)) return;
  throw Failure(exit_code::usage,
                "--resume continues a session as it was planned; give it alone, or with --quiet");
}

}  // namespace faultline
