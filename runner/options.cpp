// options.cpp: commands, options, help and examples.
#include "runner/options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>

#include "runner/build_info.hpp"
#include "runner/check.hpp"
#include "runner/commit.hpp"
#include "runner/completion.hpp"
#include "runner/errors.hpp"
#include "runner/list.hpp"
#include "runner/near_names.hpp"
#include "runner/option_checks.hpp"
#include "runner/options_kernel.hpp"
#include "runner/python.hpp"
#include "runner/session.hpp"
#include "runner/sim.hpp"

namespace faultline {

namespace {

constexpr const char* run_examples = R"(Examples:
  faultline run --suite quick -o first.json
  faultline run --design rwsem,refcount --workload pf_shared --threads 1,2,4,n -o ab.json
  faultline run --design refcount --placement separate,embedded --set pages_per_thread=4096
  faultline run --resume first.json

Exit codes: 0 done; 1 a lock failed its check, hung or crashed; 2 usage or unreadable input;
3 runs failed that say nothing about a lock; 4 this environment cannot do it; 5 nothing to do;
130 interrupted, with every finished run in the file.)";

constexpr const char* check_examples = R"(Examples:
  faultline check --quick
  faultline check --design refcount --scenario readers_writer,fault_munmap --threads 2,3
  faultline check --scenario fault_munmap --threads 4 --mode random --seconds 60
  faultline check --design refcount --weaken lockimpls/vma_refcount.hpp:87
  faultline check --replay STRING --html counterexample.html

Exit codes: 0 no failure found (what a limit cut short is called bounded, not proved); 1 a
scenario failed; 2 usage, or a replay string of another build; 3 a scenario could not be explored;
4 this environment cannot do it; 5 nothing to explore; 130 interrupted, with every finished
exploration in the file.)";

constexpr const char* sim_examples = R"(Examples:
  faultline sim --machine bdw-28c-2s --design rwsem,refcount --workload pf_shared
  faultline sim --machine bergamo-2s --design refcount --workload pf_shared --cpus 1,2,4,64,512
  faultline sim --machine bdw-2s --workload pair --design ticket --set crit_ns=200 --cpus 2,8,44
  faultline sim --machine icx-2s --machine-set prefetch.pair=true --workload pf_shared
  faultline sim --machine ./mine.toml --design refcount --workload mmap_churn --trace trace.json

The same command gives the same figures to the last bit, on every host.

Exit codes: 0 done; 2 usage, or a profile that cannot be read; 3 a simulation did not finish its
work; 4 this environment cannot do it; 5 nothing to do; 130 interrupted, with every finished run in
the file.)";

constexpr const char* main_footer = R"(Commands answered by the report (Python):
  report                      text table, plots and dashboard of result files
  compare                     designs of one file, or files, with verdicts
  mail                        a comparison as a draft for git send-email
  plot                        one plot of a kind
  gate                        a new build against a base: the exit code says it
  history                     sessions over commits, what changed when
  selfcheck                   how often this machine sees a change where there is none
  serve                       a dashboard on a local address
  export                      a result file in another program's format
  import                      another program's file as a result file

Examples:
  faultline list workloads --long
  faultline run --suite quick -o first.json
  faultline report first.json
  faultline compare first.json --by design --base rwsem
  faultline sim --machine bergamo-2s --design rwsem,refcount --workload pf_shared -o sim.json
  faultline check --quick -o proof.json
  faultline kernel run --workload pft --threads 1,2,n -o kernel.json
  faultline export --format gbench first.json -o gbench.json)";

std::string option_name(const CLI::Option& option) {
  return option.get_lnames().empty() ? "-" + option.get_snames().front()
                                     : "--" + option.get_lnames().front();
}

struct CommandLine {
  CLI::App app{
      "faultline weighs lock designs for the Linux per-VMA lock: one lock source, measured "
      "on this host under page-fault and mmap workloads, simulated on machines of up to 1024 "
      "CPUs, and model-checked.",
      "faultline"};
  CLI::App* run = nullptr;
  CLI::App* sim = nullptr;
  CLI::App* check = nullptr;
  CLI::App* list = nullptr;
  CLI::App* completion = nullptr;
  KernelCommands kernel;
  RunOptions options;
  SimOptions sim_options;
  CheckOptions check_options;
  std::string list_kind;
  bool list_detailed = false;
  bool list_json = false;
  std::string shell;
  bool version = false;

  CommandLine() {
    app.add_flag("--version", version, "print version and commit");
    add_run();
    add_sim();
    add_check();
    kernel.add(app);
    list = app.add_subcommand("list", "what there is to measure and to check");
    list->add_option("kind", list_kind, fmt::format("one of {}", join(list_kinds())))->required();
    list->add_flag("--long", list_detailed, "with parameters, units and layouts");
    list->add_flag("--json", list_json, "as JSON");
    list->footer("Example:\n  faultline list workloads --long");
    completion = app.add_subcommand("completion", "a completion script for the shell");
    completion->add_option("shell", shell, "bash or zsh")->required();
    completion->footer("Example:\n  source <(faultline completion bash)");
    app.footer(main_footer);  // last: a command added after it would inherit it
  }

  void add_sim() {
    SimOptions& o = sim_options;
    sim = app.add_subcommand("sim", "simulate designs under workloads on another machine");
    sim->footer(sim_examples);
    const CLI::Validator whole = number<int>("whole number");
    sim->add_option("--machine", o.machine,
                    "a name from `faultline list machines`, or a profile's path")
        ->check(not_empty());
    sim->add_option("--cpus", o.cpus,
                    "numbers of CPUs: 1,2,4 | 1-4 | auto (default): 1, 2, 4, ... and the machine's "
                    "borders")
        ->check(not_empty());
    sim->add_option("--design", o.what.designs, "designs, by commas; default: all")->delimiter(',');
    sim->add_option("--workload", o.what.workloads, "workloads, by commas; default: all")
        ->delimiter(',');
    sim->add_option("--placement", o.what.placements,
                    "where the lock lies: kernel (default), separate, embedded")
        ->delimiter(',');
    sim->add_option("--set", o.what.set, "a workload's parameter, NAME=VALUE; may be repeated");
    sim->add_option("--machine-set", o.machine_set,
                    "a value of the profile, TABLE.KEY=VALUE; may be repeated");
    sim->add_option("--threads-per-cpu", o.threads_per_cpu, "default: 1")->check(whole);
    sim->add_option("--park", o.park,
                    "how tasks sleep: kernel (default), or by futex system calls");
    sim->add_option(
           "--seconds", o.seconds,
           "simulated length of a run; default: by its threads, and longer until 4 operations are "
           "done")
        ->check(number<double>("number"));
    sim->add_option("--seeds", o.seeds, "runs of each configuration; default: 8")->check(whole);
    sim->add_option("--seed", o.what.seed, "the first one; default: 1")
        ->check(number<std::int64_t>("whole number"));
    sim->add_option("--jobs", o.jobs, "runs at a time; default: one for each CPU of this host")
        ->check(whole);
    sim->add_option("--measure-machine", o.measure_machine,
                    "write a profile of this host to that .toml file, and simulate nothing")
        ->check(not_empty());
    sim->add_option("--trace", o.trace, "what tasks wait for in the first run, for Perfetto")
        ->check(not_empty());
    sim->add_option("-o,--output", o.output, "result file; default: faultline-TIME.json")
        ->check(not_empty());
    sim->add_flag("--quiet", o.quiet, "no progress, only errors");
  }

  void add_check() {
    CheckOptions& o = check_options;
    check = app.add_subcommand("check", "explore every schedule of small scenarios");
    check->footer(check_examples);
    check->add_option("--design", o.designs, "designs, by commas; default: all")->delimiter(',');
    check->add_option("--scenario", o.scenarios, "scenarios, by commas; default: all")
        ->delimiter(',');
    check
        ->add_option("--placement", o.placements,
                     "where the lock lies: kernel (default), separate, embedded")
        ->delimiter(',');
    check
        ->add_option("--threads", o.threads,
                     "numbers of threads, by commas; default: those that a scenario names")
        ->delimiter(',')
        ->check(number<int>("whole number"));
    check->add_flag("--quick", o.quick, "the fewest threads of each scenario only");
    check->add_option("--mode", o.mode,
                      "auto (default): exhaustive where that ends in time, else by bounds; "
                      "exhaustive | preemptions | random | pct");
    check->add_option("--preemptions", o.preemptions, "bound of --mode preemptions, 0 to 3")
        ->check(number<int>("whole number"));
    check->add_option("--seconds", o.seconds, "limit of each exploration; default: 15, quick: 5")
        ->check(number<double>("number"));
    check->add_option("--seed", o.seed, "of --mode random and pct; default: 1")
        ->check(number<std::int64_t>("whole number"));
    check->add_option("--jobs", o.jobs, "explorations at a time; default: one for each CPU")
        ->check(number<int>("whole number"));
    check
        ->add_option("--weaken", o.weaken,
                     "FILE:LINE, as if its operations were relaxed: what is that order for?")
        ->delimiter(',');
    check->add_flag("--no-prune", o.no_prune,
                    "also stale reads that another schedule shows: the same verdicts, slower");
    check->add_option("--replay", o.replay, "repeat a counterexample")->check(not_empty());
    check->add_option("--html", o.html, "the first counterexample as a page")->check(not_empty());
    check->add_option("--emit-test", o.emit_test, "the first counterexample as a C++ test")
        ->check(not_empty());
    check->add_option("-o,--output", o.output, "result file; default: faultline-TIME.json")
        ->check(not_empty());
    check->add_flag("--quiet", o.quiet, "only failures");
  }

  static std::string join(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
  }

  void add_run() {
    run = app.add_subcommand("run", "measure designs under workloads on this host");
    run->footer(run_examples);
    const CLI::Validator whole = number<int>("whole number");
    const CLI::Validator real = number<double>("number");
    run->add_option("--design", options.designs, "designs, by commas; default: all")
        ->delimiter(',');
    run->add_option("--workload", options.workloads, "workloads, by commas; default: all")
        ->delimiter(',');
    run->add_option("--placement", options.placements,
                    "where the lock lies: kernel (as its source has it), separate, embedded")
        ->delimiter(',');
    run->add_option("--threads", options.threads,
                    "thread counts: 1,2,4 | 1-4 | auto | n, n+1, 2n (n: the CPUs); default: auto = "
                    "1, 2, 3, 4, 6, 8, ... n, n+1");
    run->add_option("--pin", options.pin,
                    "thread to CPU: cores (default), compact, scatter, none, or a CPU list");
    run->add_option("--suite", options.suite,
                    "quick | default | rigorous: how many rounds, trials, seconds");
    run->add_option("--rounds", options.rounds, "fresh processes of each configuration")
        ->check(whole);
    run->add_option("--trials", options.trials, "timed windows in a process")->check(whole);
    run->add_option("--seconds", options.seconds, "length of a trial")->check(real);
    run->add_option("--set", options.set, "a workload's parameter, NAME=VALUE; may be repeated");
    run->add_option("--seed", options.seed, "of the order and of placement; default: drawn")
        ->check(number<std::int64_t>("whole number"));
    run->add_option("--deadline", options.deadline, "seconds after which a run counts as hung")
        ->check(real);
    run->add_option("-o,--output", options.output, "result file; default: faultline-TIME.json")
        ->check(not_empty());
    run->add_option("--resume", options.resume, "continue the session of this file")
        ->check(not_empty());
    run->add_flag("--quiet", options.quiet, "no progress, only errors");
  }
};

// What the parser could not place.
std::string unexpected(const CommandLine& line) {
  const std::vector<std::string> rest = line.app.remaining(/*recurse=*/true);
  const CLI::App* command = &line.app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  for (const std::string& argument : rest) {
    if (argument[0] != '-') continue;
    std::vector<std::string> names;
    for (const CLI::Option* option : command->get_options()) {
      if (!option->get_positional()) names.push_back(option_name(*option));
    }
    return unknown_name("option", argument.substr(0, argument.find('=')), names) + "; see --help";
  }
  return fmt::format("'{}' is one argument too many; see --help", rest.empty() ? "" : rest.front());
}

int carry_out(const CommandLine& line, const std::vector<std::string>& argv) {
  if (line.version) {
    fmt::print("faultline {} ({})\n", build_info::version, build_info::commit);
    return exit_code::ok;
  }
  if (*line.run) {
    check_resume_alone(*line.run, line.options);
    return run_session(line.options, argv);
  }
  if (*line.sim) return run_sim(line.sim_options, argv);
  if (*line.check) return run_check(line.check_options, argv);
  if (line.kernel.chosen()) return line.kernel.carry_out(argv);
  if (*line.list) return run_list(line.list_kind, line.list_detailed, line.list_json);
  if (*line.completion) return run_completion(line.shell);
  fmt::print("{}", line.app.help());
  return exit_code::usage;
}

}  // namespace

std::vector<std::string> command_names() {
  const CommandLine line;
  std::vector<std::string> names;
  for (const CLI::App* command : line.app.get_subcommands({})) names.push_back(command->get_name());
  names.insert(names.end(), python_commands().begin(), python_commands().end());
  return names;
}

namespace {

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) names.push_back(option_name(*option));
  return names;
}

}  // namespace

std::vector<std::string> run_option_names() {
  return option_names(*CommandLine().run);
}

std::vector<std::string> sim_option_names() {
  return option_names(*CommandLine().sim);
}

std::vector<std::string> check_option_names() {
  return option_names(*CommandLine().check);
}

std::vector<std::string> kernel_command_names() {
  std::vector<std::string> names;
  const CommandLine line;
  for (const CLI::App* command : line.kernel.commands()) names.push_back(command->get_name());
  return names;
}

std::vector<std::string> kernel_option_names() {
  const CommandLine line;
  std::set<std::string> names;
  for (const CLI::App* command : line.kernel.commands()) {
    for (const std::string& name : option_names(*command)) names.insert(name);
  }
  return {names.begin(), names.end()};
}

int run_command_line(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (!args.empty() && args[0][0] != '-') {
    const std::vector<std::string> known = command_names();
    if (std::find(known.begin(), known.end(), args[0]) == known.end()) {
      throw Failure(exit_code::usage, unknown_name("command", args[0], known));
    }
    const auto& python = python_commands();
    if (std::find(python.begin(), python.end(), args[0]) != python.end()) exec_python(args);
  }
  CommandLine line;
  try {
    line.app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", line.app.help());
    return exit_code::ok;
  } catch (const CLI::ExtrasError&) {
    throw Failure(exit_code::usage, unexpected(line));
  } catch (const CLI::ParseError& error) {
    std::string what = error.what();
    std::replace(what.begin(), what.end(), '\n', ' ');
    throw Failure(exit_code::usage, what + "; see --help");
  }
  std::vector<std::string> recorded = args;
  recorded.insert(recorded.begin(), "faultline");
  return carry_out(line, recorded);
}

}  // namespace faultline
