// boot_plan.cpp: from the options to images, configurations and the head of the result.
#include "runner/kernel/boot_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <set>
#include <string_view>

#include "runner/errors.hpp"
#include "runner/header.hpp"
#include "runner/kernel/catalog.hpp"
#include "runner/kernel/plan.hpp"
#include "runner/kernel/tool.hpp"

namespace faultline::kernel {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::size_t images_max = 100;

// Counted windows of about 20 million instructions each: five timer interrupts, a tenth of a second
// under emulation. What is not named makes 2000 operations.
std::uint64_t default_ops(std::string_view workload) {
  static const std::map<std::string_view, std::uint64_t> ops = {
      {"pft", 4096},
      {"page_fault1", 4096},
      {"pf_private", 4096},
      {"pf_vs_mprotect", 4096},
      {"pf_cow", 4096},
      {"pf_shared_file", 4096},
      {"mixed", 4096},
      {"userfaultfd", 4096},
      {"madvise_dontneed", 4096},
      {"mmap_populate", 256},
      {"maps_scan", 40},
      {"fork_many_vmas", 16},
      {"thread_storm", 400},
      {"exec_spawn", 40},
  };
  const auto found = ops.find(workload);
  return found == ops.end() ? 2000 : found->second;
}

template <class T>
void check_range(const char* name, const std::optional<T>& value, T least, T most) {
  if (!value || (*value >= least && *value <= most)) return;
  throw Failure(exit_code::usage,
                fmt::format("{}: {} is out of range; choose {} to {}", name, *value, least, most));
}

void check_options(const BootOptions& options) {
  if (options.images.empty()) {
    throw Failure(exit_code::usage,
                  "--image: no kernel is given; give one or more, e.g. --image debian:6.12");
  }
  if (options.images.size() > images_max) {
    throw Failure(exit_code::usage, fmt::format("--image: {} are too many; give at most {}",
                                                options.images.size(), images_max));
  }
  check_range<int>("--rounds", options.rounds, 1, 10'000);
  check_range<int>("--trials", options.trials, 1, 10'000);
  check_range<std::uint64_t>("--ops", options.ops, 1, 1'000'000'000);
  check_range<double>("--seconds", options.seconds, 0.001, 3600);
  check_range<double>("--deadline", options.deadline, 1, 86'400);
  check_range<double>("--boot-deadline", options.boot_deadline, 1, 86'400);
  if (options.ops && options.seconds) {
    throw Failure(exit_code::usage,
                  "--ops and --seconds: a window has one or the other; leave one out");
  }
  for (const int n : options.threads) {
    check_range<int>("--threads", std::optional(n), 1, 1024);
  }
}

std::vector<Config> boot_configs(const BootOptions& options, bool counted) {
  RunOptions chosen;
  chosen.workloads = options.workloads;
  chosen.modes = {options.mode};
  chosen.set = options.set;
  std::vector<int> threads = options.threads.empty() ? std::vector<int>{1} : options.threads;
  std::sort(threads.begin(), threads.end());
  threads.erase(std::unique(threads.begin(), threads.end()), threads.end());
  std::vector<Config> configs = kernel::choose_configs(chosen, threads);
  for (Config& config : configs) {
    config.accel = options.vm.accel;
    if (counted) config.ops = options.ops.value_or(default_ops(config.workload->name));
  }
  return configs;
}

std::vector<std::size_t> shuffled(std::size_t n, std::uint64_t seed) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937_64 random(seed);
  for (std::size_t i = n; i > 1; --i) {
    std::swap(order[i - 1], order[static_cast<std::size_t>(random() % i)]);
  }
  return order;
}

Json vcs_json(const KernelImage& image) {
  if (!image.git) return nullptr;
  return {{"kind", "git"},
          {"commit", image.git->commit},
          {"describe", image.git->describe},
          {"dirty", image.git->dirty}};
}

// Short names for columns and legends: the versions where they differ, "6.12.117", else numbers.
std::vector<std::string> subject_ids(const std::vector<KernelImage>& images) {
  std::vector<std::string> versions;
  for (const KernelImage& image : images) {
    versions.push_back(image.header.release.substr(0, image.header.release.find_first_of("-+")));
  }
  const std::set<std::string> different(versions.begin(), versions.end());
  if (different.size() == versions.size() && !different.contains("")) return versions;
  for (std::size_t i = 0; i < versions.size(); ++i) versions[i] = fmt::format("kernel-{}", i);
  return versions;
}

Json subject_json(const KernelImage& image, const std::string& id, std::size_t index) {
  return {{"id", id},
          {"label", image.label},
          {"role", index == 0 ? "base" : "contender"},
          {"vcs", vcs_json(image)},
          {"build",
           {{"compiler", "unknown"},
            {"flags", "unknown"},
            {"buildtype", "unknown"},
            {"binary_sha256", image.sha256}}},
          {"image", image_json(image)},
          {"kernel", nullptr}};
}

Json vm_json(const BootPlan& plan) {
  const ToolResult said = run_tool({plan.qemu, "--version"}, "", 20);
  const std::string version = said.output.substr(0, said.output.find('\n'));
  return {{"qemu", version.empty() ? Json(nullptr) : Json(version)},
          {"accel", plan.vm.accel},
          {"cpus", plan.vm.cpus},
          {"sockets", plan.vm.sockets},
          {"numa", plan.vm.numa},
          {"memory_mib", plan.vm.memory_mib},
          {"guest_seeds", plan.vary_seed ? "one a round" : "one"},
          {"cmdline", kernel_cmdline(plan.vm)},
          {"args", qemu_args(plan.vm, "KERNEL")}};
}

Json design_json(const BootPlan& plan) {
  return {{"kind", "interleaved"},
          {"suite", "boot"},
          {"rounds", plan.rounds},
          {"trials", plan.trials},
          {"warmup_trials", 1},
          {"trial_s", plan.trial_s},
          {"warmup_s", plan.trial_s == 0 ? 0 : warmup_s},
          {"check_s", nullptr},
          {"trace", plan.trace},
          {"deadline_s", plan.times.run_s},
          {"pin", plan.vm.cpus > 1 ? "guest CPUs in order" : "one guest CPU"},
          {"stage", "screen"},
          {"stand_ins", Json::object()}};
}

}  // namespace

std::vector<std::size_t> BootPlan::image_order(int round) const {
  return shuffled(images.size(), seed * 1'000'003 + static_cast<std::uint64_t>(round));
}

std::vector<std::size_t> BootPlan::config_order(int round, std::size_t image) const {
  if (vm.accel == "icount") {
    std::vector<std::size_t> order(configs.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    return order;
  }
  return shuffled(configs.size(),
                  (seed + 1) * 1'000'003 + static_cast<std::uint64_t>(round) * images_max + image);
}

std::vector<GuestRun> BootPlan::guest_runs(int round, std::size_t image) const {
  SessionDesign of_guest;
  of_guest.trials = trials;
  of_guest.warmup_trials = 1;
  of_guest.trial_s = trial_s;
  of_guest.warmup_s = warmup_s;
  of_guest.trace = trace;
  of_guest.deadline_s = at_a_time() > 1 ? 10 * times.run_s : times.run_s;
  std::vector<GuestRun> runs;
  for (const std::size_t index : config_order(round, image)) {
    const Config& config = configs[index];
    std::vector<int> cpus;
    for (int cpu = 0; config.threads <= vm.cpus && cpu < config.threads; ++cpu) cpus.push_back(cpu);
    GuestRun run;
    run.id = static_cast<int>(index);
    run.args = trials_args(of_guest, config, cpus, seed);
    runs.push_back(std::move(run));
  }
  return runs;
}

VmOptions BootPlan::vm_of(int round) const {
  VmOptions machine = vm;
  if (vary_seed) machine.seed = 1 + round;
  return machine;
}

int BootPlan::at_a_time() const {
  return vm.accel == "icount" ? 2 : 1;
}

BootPlan make_boot_plan(const BootOptions& options) {
  check_options(options);
  BootPlan plan;
  plan.vm = options.vm;
  plan.vary_seed = options.vary_seed;
  plan.trace = options.trace;
  const bool icount = options.vm.accel == "icount";
  const bool counted = options.ops.has_value() || (icount && !options.seconds);
  plan.configs = boot_configs(options, counted);
  plan.qemu = check_vm(options.vm);
  const std::int64_t drawn = std::random_device{}();
  plan.seed = checked_seed(options.seed.value_or(drawn));
  plan.rounds = options.rounds.value_or(icount ? 2 : 10);
  plan.trials = options.trials.value_or(3);
  plan.trial_s = counted ? 0 : options.seconds.value_or(0.3);
  plan.times.run_s =
      options.deadline.value_or(120 + 20 * plan.trial_s * static_cast<double>(plan.trials));
  plan.times.boot_s = options.boot_deadline.value_or(plan.times.boot_s);
  plan.images = find_images(options.images);
  return plan;
}

Json boot_header(const BootPlan& plan, const std::vector<std::string>& argv,
                 const std::string& program) {
  Json header = make_shell("kernel", design_json(plan), plan.seed, argv, program);
  header["session"]["tool"]["trials_sha256"] = header["subjects"][0]["build"]["binary_sha256"];
  header["subjects"] = Json::array();
  const std::vector<std::string> ids = subject_ids(plan.images);
  for (std::size_t i = 0; i < plan.images.size(); ++i) {
    header["subjects"].push_back(subject_json(plan.images[i], ids[i], i));
  }
  header["vm"] = vm_json(plan);
  header["metrics"] = metrics_json();
  header["benchmarks"] = Json::array();
  for (const Config& config : plan.configs) {
    header["benchmarks"].push_back(kernel::benchmark_json(config, plan.vm.cpus));
  }
  return header;
}

}  // namespace faultline::kernel
