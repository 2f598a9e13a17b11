// bisect.cpp: searching a list of kernels, and one step of git's own bisection.
#include "runner/kernel/bisect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "runner/child.hpp"
#include "runner/errors.hpp"
#include "runner/kernel/boot.hpp"
#include "runner/kernel/boot_figures.hpp"
#include "runner/progress.hpp"
#include "runner/session.hpp"
#include "runner/sysfs.hpp"

namespace faultline::kernel {

namespace {

constexpr int git_good = 0;
constexpr int git_bad = 1;
constexpr int git_skip = 125;
constexpr int git_abort = 255;

struct Interrupted {};

class Bisection {
 public:
  explicit Bisection(const BisectOptions& options)
      : threshold_(threshold_of(options)),
        quiet_(options.boot.quiet),
        program_(program_folder() + "/faultline-kernel-trials") {
    BootOptions boot = options.boot;
    boot.workloads = {options.workload};
    if (!boot.rounds) boot.rounds = boot.vm.accel == "icount" ? 2 : 5;
    if (!boot.seed) boot.seed = 1;
    boot.images = {options.good};
    plan_ = make_boot_plan(boot);
  }

  [[nodiscard]] double threshold() const { return threshold_; }
  [[nodiscard]] bool worse(double cost, double base) const {
    return cost > base * (1 + threshold_);
  }

  // Of a few boots; nothing: it cannot be tested, and says so.
  std::optional<double> cost(const KernelImage& image) const {
    Figures figures;
    for (int round = 0; round < plan_.rounds; ++round) {
      const std::vector<GuestRun> runs = plan_.guest_runs(round, 0);
      const Booted booted =
          boot_once(plan_.qemu, plan_.vm_of(round), image,
                    make_initramfs(image, program_, runs, plan_.times, plan_.vm.accel), runs.size(),
                    plan_.times);
      if (booted.interrupted) throw Interrupted{};
      if (booted.refused) throw Failure(exit_code::environment, booted.failure + "; see --help");
      const std::string wrong = failure_of(booted);
      if (!wrong.empty()) {
        say(fmt::format("{}: {}\n", image.label, wrong));
        return std::nullopt;
      }
      figures.add(0, 0, cost_of(record_of(booted)));
    }
    if (!quiet_) {
      fmt::print("{}: {:.1f} {} (spread {:.3f} % over {} boots)\n", image.label,
                 figures.median(0, 0), plan_.vm.accel == "icount" ? "instr/op" : "ns/op",
                 100 * figures.spread(0, 0), plan_.rounds);
      std::fflush(stdout);
    }
    return figures.median(0, 0);
  }

  [[nodiscard]] const KernelImage& good() const { return plan_.images[0]; }

 private:
  static double threshold_of(const BisectOptions& options) {
    if (!options.threshold.empty()) return parse_threshold(options.threshold);
    return options.boot.vm.accel == "icount" ? 0.002 : 0.05;
  }

  static nlohmann::ordered_json record_of(const Booted& booted) {
    const auto& sent = booted.records.begin()->second;
    return nlohmann::ordered_json::parse(sent["record"].get<std::string>(), nullptr, false);
  }

  static std::string failure_of(const Booted& booted) {
    if (!booted.failure.empty()) return booted.failure;
    if (booted.records.empty()) return "sent no record";
    const auto record = record_of(booted);
    if (!record.is_object() || !record.contains("trials")) return "its run ended without a record";
    if (record["failure"].is_null()) return cost_of(record) > 0 ? "" : "no trial was counted";
    return record["failure"]["message"].get<std::string>();
  }

  double threshold_;
  bool quiet_;
  std::string program_;
  BootPlan plan_;
};

int bisect_tree(const BisectOptions& options) {
  const Bisection bisection(options);
  const std::optional<double> base = bisection.cost(bisection.good());
  if (!base) {
    throw Failure(exit_code::environment,
                  fmt::format("--good: {} cannot be tested; give another", options.good));
  }
  std::optional<double> cost;
  try {
    cost = bisection.cost(find_image(options.tree));
  } catch (const Failure& failure) {
    say(fmt::format("faultline kernel bisect: {}\n", failure.what()));
  }
  if (!cost) return git_skip;
  const bool bad = bisection.worse(*cost, *base);
  fmt::print("{}: {:+.2f} % against {}\n", bad ? "bad" : "good", 100 * (*cost / *base - 1),
             bisection.good().label);
  return bad ? git_bad : git_good;
}

int report(const std::vector<KernelImage>& images, const Found& found) {
  if (found.first_bad.size() == 1) {
    const KernelImage& image = images[found.first_bad.front()];
    fmt::print("first bad: {} ({}), after {} tests\n", image.label, image.asked, found.tested);
    return exit_code::found;
  }
  std::string names;
  for (const std::size_t index : found.first_bad) {
    names += (names.empty() ? "" : ", ") + images[index].label;
  }
  fmt::print("the first bad one is among {}: those between cannot be tested\n", names);
  return exit_code::inconclusive;
}

int bisect_list(const BisectOptions& options) {
  const Bisection bisection(options);
  std::vector<std::string> asked = {options.good};
  asked.insert(asked.end(), options.between.begin(), options.between.end());
  asked.push_back(options.bad);
  const std::vector<KernelImage> images = find_images(asked);
  const std::optional<double> base = bisection.cost(images.front());
  const std::optional<double> worst = bisection.cost(images.back());
  if (!base || !worst) {
    throw Failure(exit_code::inconclusive,
                  fmt::format("{} cannot be tested; give another kernel for that end",
                              base ? images.back().label : images.front().label));
  }
  const double change = 100 * (*worst / *base - 1);
  if (!bisection.worse(*worst, *base)) {
    fmt::print("nothing to find: {} costs {:+.2f} % against {}, the threshold is {:g} %\n",
               images.back().label, change, images.front().label, 100 * bisection.threshold());
    return exit_code::ok;
  }
  const Found found = search(images.size(), [&](std::size_t index) {
    const std::optional<double> cost = bisection.cost(images[index]);
    if (!cost) return Verdict::untestable;
    return bisection.worse(*cost, *base) ? Verdict::bad : Verdict::good;
  });
  return report(images, found);
}

void check_options(const BisectOptions& options) {
  const auto missing = [](const char* what) {
    return Failure(exit_code::usage, fmt::format("{}; see --help", what));
  };
  if (options.good.empty()) throw missing("--good: no kernel is given that is good");
  if (options.workload.empty()) throw missing("--workload: none is given");
  if (options.tree.empty() == options.bad.empty()) {
    throw missing("give --bad (a list of kernels) or --tree (one step of git bisect run)");
  }
  if (!options.tree.empty() && !options.between.empty()) {
    throw missing("--image: kernels between --good and --bad; not with --tree");
  }
}

}  // namespace

Found search(std::size_t n, const std::function<Verdict(std::size_t)>& test) {
  std::size_t good = 0;
  std::size_t bad = n - 1;
  std::vector<bool> untestable(n, false);
  Found found;
  while (bad - good > 1) {
    // Of those that are left, the one nearest to the middle.
    const std::size_t middle = (good + bad) / 2;
    std::optional<std::size_t> chosen;
    for (std::size_t i = good + 1; i < bad; ++i) {
      if (untestable[i]) continue;
      const auto distance = [middle](std::size_t at) {
        return at > middle ? at - middle : middle - at;
      };
      if (!chosen || distance(i) < distance(*chosen)) chosen = i;
    }
    if (!chosen) break;
    ++found.tested;
    switch (test(*chosen)) {
      case Verdict::good:
        good = *chosen;
        break;
      case Verdict::bad:
        bad = *chosen;
        break;
      case Verdict::untestable:
        untestable[*chosen] = true;
        break;
    }
  }
  for (std::size_t i = good + 1; i <= bad; ++i) found.first_bad.push_back(i);
  return found;
}

double parse_threshold(const std::string& text) {
  std::string_view number = trim(text);
  if (number.ends_with('%')) number = trim(number.substr(0, number.size() - 1));
  const std::optional<double> percent = parse_number(number);
  if (!percent || !(*percent >= 0 && *percent <= 1000)) {
    throw Failure(exit_code::usage,
                  fmt::format("--threshold: '{}' is no share; give one such as 0.2%", text));
  }
  return *percent / 100;
}

int run_bisect(const BisectOptions& options) {
  const bool tree = !options.tree.empty();
  catch_boot_signals();
  try {
    check_options(options);
    return tree ? bisect_tree(options) : bisect_list(options);
  } catch (const Interrupted&) {
    return exit_code::interrupted;
  } catch (const Failure& failure) {
    // git takes 2 and 4 for "bad"; above 127 it stops.
    if (!tree) throw;
    say(fmt::format("faultline kernel bisect: {}\n", failure.what()));
    return git_abort;
  }
}

}  // namespace faultline::kernel
