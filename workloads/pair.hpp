// pair.hpp: acquire, hold for crit_ns, release, wait for par_ns: the loop of published contention
// curves, over one lock and without an address space.
//
// As workload.hpp has it, but over a platform and a yardstick lock; the bench drives it alike:
//   Pair(params)          one lock, idle
//   Pair::Thread          what one thread keeps; constructed as Thread(index)
//   op(thread)            one pair; returns 1
//   check_op(thread, ns)  one pair that looks whether the lock excludes, and lingers inside. Not
//   for
//                         the timed window: it writes beside the lock.
//   verdict(checked, torn)  after the last op of all: what is wrong, or "". Given the sums of what
//                         the threads have counted.
#pragma once

#include <cstdint>
#include <string>

#include "lockimpls/yardstick.hpp"
#include "workloads/workload.hpp"

namespace faultline {

template <Platform P, class L>
  requires YardstickLock<L, P>
class Pair {
 public:
  struct alignas(2 * cache_line) Thread {  // written in the window, by its thread alone
    explicit Thread(unsigned i) : index(i) {}
    unsigned index;
    typename L::Node node;
    std::uint64_t checked = 0;
    std::uint64_t torn = 0;  // of those, how often somebody else was inside, too
  };

  static WorkloadInfo info() {
    return {"pair",
            "threads acquire one lock and release it, without a VMA",
            "pair",
            "pair",
            1,
            {{"crit_ns", 0, 0, 1'000'000'000, "ns", "computed while the lock is held"},
             {"par_ns", 0, 0, 1'000'000'000, "ns", "computed between release and acquire"}}};
  }
  static const char* role(unsigned, unsigned) { return "pair"; }

  explicit Pair(const ParamValues& params)
      : crit_ns_(params.at("crit_ns")), par_ns_(params.at("par_ns")) {}
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  const L& lock() const { return line_.lock; }

  std::uint64_t op(Thread& thread) {
    line_.lock.acquire(thread.node);
    if (crit_ns_ != 0) P::work(crit_ns_);
    line_.lock.release(thread.node);
    if (par_ns_ != 0) P::work(par_ns_);
    return 1;
  }

  void check_op(Thread& thread, std::uint64_t inside_ns) {
    line_.lock.acquire(thread.node);
    if constexpr (L::excludes) {
      const std::uint64_t begun = inside_.begun.get() + 1;
      thread.torn += begun != inside_.ended.get() + 1;
      inside_.begun.set(begun);
      if (inside_ns != 0) P::work(inside_ns);
      thread.torn += inside_.begun.get() != begun;
      inside_.ended.set(begun);
    } else if (inside_ns != 0) {
      P::work(inside_ns);
    }
    line_.lock.release(thread.node);
    ++thread.checked;
  }

  std::string verdict(std::uint64_t checked, std::uint64_t torn) const {
    if (torn != 0) {
      return "the lock does not exclude: " + std::to_string(torn) +
             " times two threads were inside";
    }
    if (L::excludes && inside_.ended.get() != checked) {
      return "the lock does not exclude: of " + std::to_string(checked) + " sections, " +
             std::to_string(inside_.ended.get()) + " were counted";
    }
    return lock().is_idle() ? "" : "the lock is held or waited for, and everybody has gone";
  }

 private:
  // The lock has its line, and the next one that may be fetched with it, to itself.
  struct alignas(2 * cache_line) Line {
    L lock;
  };
  // Written at both ends of a section, by check_op().
  struct alignas(2 * cache_line) Inside {
    typename P::template Plain<std::uint64_t> begun{0};
    typename P::template Plain<std::uint64_t> ended{0};
  };

  Line line_;
  Inside inside_;
  std::uint64_t crit_ns_;
  std::uint64_t par_ns_;
};

}  // namespace faultline
