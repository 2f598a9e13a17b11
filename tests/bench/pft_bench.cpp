// pft_bench.cpp: what the harness adds to a page fault, and pft beside will-it-scale's page_fault1.
//
// The bare loop is a child's as well, with the same region, the same pages and nothing else: no
// look at the phase, no count, no sample of latencies. It is timed the same way.
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <new>

#include "runner/kernel/catalog.hpp"
#include "runner/params.hpp"
#include "tests/bench/ratio.hpp"
#include "workloads/kernel/memory.hpp"
#include "workloads/kernel/page_fault1.hpp"
#include "workloads/kernel/pft.hpp"

namespace faultline::kernel {
namespace {

constexpr std::uint64_t pages = 8192;
constexpr int rounds = 31;

// Nanoseconds of a fault in one pass over the region.
double bare_ns() {
  auto* const ns = new (map_or_fail(nullptr, page_bytes, PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_ANONYMOUS)) double{0};
  const pid_t pid = fork();
  if (pid == 0) {
    const Place place(pages * page_bytes);
    char* const begin = map_at(place.begin(), pages * page_bytes, MAP_NORESERVE);
    advise_thp(begin, pages * page_bytes, Thp::never);
    const std::uint64_t start = now_ns();
    for (char* page = begin; page < begin + pages * page_bytes; page += page_bytes) touch(page);
    *ns = static_cast<double>(now_ns() - start) / pages;
    _exit(0);
  }
  waitpid(pid, nullptr, 0);
  const double result = *ns;
  munmap(ns, page_bytes);
  return result;
}

KernelTrialSpec spec_of(const char* workload, unsigned threads, std::uint64_t ops) {
  KernelTrialSpec spec;
  spec.mode = Mode::processes;
  spec.threads = threads;
  spec.ops = ops;
  spec.latency_interval = counted_latency_interval(ops);
  spec.params = workload_params(find_kernel_workload(workload).info, {});
  spec.params["pages"] = pages;
  return spec;
}

double ns_per_op(const KernelTrialSpec& spec, const char* workload) {
  const KernelTrialResult result = find_kernel_workload(workload).run(spec);
  if (!result.failure.empty()) {
    fmt::print(stderr, "pft_bench: {}: {}\n", workload, result.failure);
    std::exit(4);
  }
  return 1e9 * result.seconds / static_cast<double>(result.ops);
}

// As often as a timed window of such faults samples its latencies.
KernelTrialSpec timed_spec(double fault_ns) {
  KernelTrialSpec spec = spec_of("pft", 1, 0);
  spec.seconds = 0.02;
  spec.latency_interval = timed_latency_interval(1'000'000, 1, 1e-3 * fault_ns);
  return spec;
}

// A timed window as `faultline kernel run` has it: looks at the phase, and samples one in 25 us.
double timed_ns(double fault_ns) {
  const KernelTrialResult result = find_kernel_workload("pft").run(timed_spec(fault_ns));
  return (1e9 * result.seconds - static_cast<double>(result.zap_ns)) /
         static_cast<double>(result.ops);
}

// The workload that does nothing: what is left is the harness.
class Empty {
 public:
  struct Thread : KernelThread {};
  static WorkloadInfo info() { return {"empty", "nothing", "op", "op", 1, {}}; }
  static const char* role(unsigned, unsigned) { return "op"; }
  static const char* body() { return ""; }
  Empty(const ParamValues&, const KernelSetup&) {}
  void prepare(Thread&) {}
  void op(Thread&) { asm volatile("" : : : "memory"); }
  void finish(Thread&) {}
};

double empty_ns(const KernelTrialSpec& spec) {
  const KernelTrialResult result = run_kernel_trial<Empty>(spec);
  return 1e9 * result.seconds / static_cast<double>(result.ops);
}

void print_harness() {
  std::vector<double> bare;
  std::vector<double> counted;
  std::vector<double> timed;
  std::vector<double> empty_counted;
  std::vector<double> empty_timed;
  for (int round = 0; round < rounds; ++round) {
    const bool first = round % 2 == 0;
    if (first) bare.push_back(bare_ns());
    counted.push_back(ns_per_op(spec_of("pft", 1, pages), "pft"));
    if (!first) bare.push_back(bare_ns());
    timed.push_back(timed_ns(bare.back()));
    empty_counted.push_back(empty_ns(spec_of("pft", 1, 1'000'000)));
    empty_timed.push_back(empty_ns(timed_spec(bare.back())));
  }
  const double fault = median(bare);
  fmt::print("one thread, {} pages; medians of {} interleaved rounds in one process\n\n", pages,
             rounds);
  fmt::print("bare loop                          {:8.2f} ns a fault\n", fault);
  fmt::print("pft, counted                       {:8.2f} ns, {:.4f} times the bare loop\n",
             median(counted), median_ratio(counted, bare));
  fmt::print("pft, timed, less its zaps          {:8.2f} ns, {:.4f} times the bare loop\n",
             median(timed), median_ratio(timed, bare));
  fmt::print("empty operation, counted           {:8.2f} ns\n", median(empty_counted));
  fmt::print("empty operation, timed             {:8.2f} ns\n", median(empty_timed));
  fmt::print("\nbar: the harness adds at most 1 % of a fault: {:.2f} % counted, {:.2f} % timed\n",
             100 * median(empty_counted) / fault, 100 * median(empty_timed) / fault);
}

// Both with the zap of every page inside of the window: page_fault1 by munmap, pft by madvise.
void print_peer() {
  fmt::print("\nmode threads, {} pages a thread, three passes each; medians of {} rounds\n", pages,
             rounds);
  for (const unsigned threads : {1u, 2u}) {
    std::vector<double> pft;
    std::vector<double> peer;
    for (int round = 0; round < rounds; ++round) {
      for (const bool one : {round % 2 == 0, round % 2 != 0}) {
        const char* const workload = one ? "pft" : "page_fault1";
        KernelTrialSpec spec = spec_of(workload, threads, 3 * pages + 1);
        spec.mode = Mode::threads;
        (one ? pft : peer).push_back(ns_per_op(spec, workload));
      }
    }
    fmt::print("{} thread{}: pft {:8.2f} ns, page_fault1 {:8.2f} ns a fault, ratio {:.3f}\n",
               threads, threads == 1 ? " " : "s", median(pft), median(peer),
               median_ratio(pft, peer));
  }
}

}  // namespace
}  // namespace faultline::kernel

int main() {
  faultline::kernel::print_harness();
  faultline::kernel::print_peer();
}
