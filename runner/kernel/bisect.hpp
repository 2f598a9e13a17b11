// bisect.hpp: `faultline kernel bisect`: the first of an ordered list of kernels on which a
// workload costs more.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runner/kernel/boot_plan.hpp"

namespace faultline::kernel {

struct BisectOptions {
  std::string good;
  std::string bad;                   // not with a tree
  std::vector<std::string> between;  // in order
  std::string tree;                  // one step of `git bisect run`
  std::string workload;
  std::string threshold;  // "0.2%"; empty: by the accelerator
  BootOptions boot;       // the rest: machine, rounds, operations
};

enum class Verdict { good, bad, untestable };

struct Found {
  std::vector<std::size_t> first_bad;  // one; more where those between could not be tested
  std::size_t tested = 0;
};

// The first bad one of n kernels of which [0] is good and [n - 1] bad, by halves. What cannot be
// tested is passed over for its nearest neighbour.
Found search(std::size_t n, const std::function<Verdict(std::size_t)>& test);

// "0.2%" as 0.002. Throws Failure(usage).
double parse_threshold(const std::string& text);

// A list: ok when the bad end is not worse than the good one; found with the first bad kernel;
// inconclusive when kernels that could not be tested hide it. A tree: what `git bisect run` reads,
// 0 good, 1 bad, 125 cannot be tested, 255 when nothing can be (which ends the bisection).
int run_bisect(const BisectOptions& options);

}  // namespace faultline::kernel
