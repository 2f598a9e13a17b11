// harness_bench.cpp: what the harness adds to an operation, and what the check of the lock costs.
#include <fmt/format.h>

#include "lockimpls/registry.hpp"
#include "platform/native.hpp"
#include "runner/params.hpp"
#include "runner/trial.hpp"
#include "tests/bench/ratio.hpp"
#include "workloads/pf_shared.hpp"

namespace faultline {
namespace {

using Checked = Design<Native, VmaRefcount<Native>, Placement::embedded>;
using Unchecked = Design<Native, VmaRefcount<Native>, Placement::embedded, NoCheck<Native>>;

// A workload that does nothing.
template <class D>
class Empty {
 public:
  struct Thread {
    explicit Thread(unsigned) {}
    MmThread<D> mm;
  };
  static WorkloadInfo info() { return {"empty", "nothing", "op", "op", 1, with_fault_costs({})}; }
  static const char* role(unsigned, unsigned) { return "op"; }
  Empty(System<D>& system, const ParamValues& params, unsigned) : mm_(system, params) {}
  Mm<D>& mm() { return *mm_; }
  void prepare(Thread&) {}
  std::uint64_t op(Thread&) { return 1; }
  void finish(Thread&) {}

 private:
  OwnedMm<D> mm_;
};

constexpr double trial_seconds = 0.02;
constexpr int rounds = 31;

template <class W, class D>
double ns_per_op() {
  TrialSpec spec;
  spec.seconds = trial_seconds;
  spec.check_seconds = 0;
  spec.params = workload_params(W::info(), {});
  const TrialResult result = run_trial<W, D>(spec);
  return 1e9 * result.seconds / static_cast<double>(result.ops);
}

// The least that a counted loop with a way out can be: one load, one branch, one addition.
double bare_ns() {
  static NativeAtomic<std::uint32_t> running{1};
  constexpr std::uint64_t n = 10'000'000;
  const Loop loop{"bare", [](std::uint64_t count) {
                    std::uint64_t ops = 0;
                    while (running.load(relaxed) != 0 && ops < count) ++ops;
                    asm volatile("" : : "r"(ops));
                  }};
  return 1e9 * seconds_of(loop, n) / static_cast<double>(n);
}

void print() {
  std::vector<double> bare;
  std::vector<double> empty;
  std::vector<double> checked;
  std::vector<double> unchecked;
  for (int round = 0; round < rounds; ++round) {
    bare.push_back(bare_ns());
    empty.push_back(ns_per_op<Empty<Checked>, Checked>());
    checked.push_back(ns_per_op<PfShared<Checked>, Checked>());
    unchecked.push_back(ns_per_op<PfShared<Unchecked>, Unchecked>());
  }
  std::vector<double> added;
  for (int i = 0; i < rounds; ++i) {
    added.push_back(empty[static_cast<std::size_t>(i)] - bare[static_cast<std::size_t>(i)]);
  }
  fmt::print("one thread; medians of {} interleaved rounds in one process, trials of {} s\n\n",
             rounds, trial_seconds);
  fmt::print("bare loop                          {:8.2f} ns\n", median(bare));
  fmt::print("empty operation in the harness     {:8.2f} ns\n", median(empty));
  fmt::print("fault, lock checked                {:8.2f} ns\n", median(checked));
  fmt::print("fault, lock not checked            {:8.2f} ns\n", median(unchecked));
  fmt::print("\nbar: the harness adds at most 1 ns: {:.2f} ns\n", median(added));
  fmt::print("the check makes a fault {:.3f} times as long\n", median_ratio(checked, unchecked));
}

}  // namespace
}  // namespace faultline

int main() {
  faultline::print();
}
