// lock_bench.cpp: what an uncontended try_read + end_read costs, next to bare loops in the same
// run:
//   bare        a compare-exchange and a fetch-sub of one word
//   bare+store  the same and a store to a second word, which the rw_semaphore's owner needs
// Prints ratios; docs/measuring.md names the bars. `--benchmark` hands over to Google Benchmark.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <pthread.h>

#include <atomic>
#include <cstring>

#include "lockimpls/registry.hpp"
#include "platform/native.hpp"
#include "tests/bench/ratio.hpp"

namespace faultline {
namespace {

struct alignas(2 * cache_line) BareWords {
  std::atomic<std::uint32_t> word{1};
  std::atomic<std::uint64_t> owner{0};
};

BareWords bare_words;

template <bool with_store>
void bare(std::uint64_t n) {
  for (std::uint64_t i = 0; i < n; ++i) {
    std::uint32_t seen = bare_words.word.load(std::memory_order_relaxed);
    while (!bare_words.word.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire,
                                                  std::memory_order_relaxed)) {
    }
    if (with_store) bare_words.owner.store(i, std::memory_order_relaxed);
    bare_words.word.fetch_sub(1, std::memory_order_release);
  }
}

// A lock as it lies in a VMA, with the parts in VMA and mm.
template <class Lock>
struct alignas(2 * cache_line) Placed {
  Lock lock;
  typename Lock::VmaPart vma;
  alignas(2 * cache_line) typename Lock::MmPart mm;

  Placed() { lock.attach(vma); }
};

template <class Lock>
Placed<Lock>& placed() {
  static Placed<Lock> one;
  return one;
}

template <class Lock>
void read_pair(std::uint64_t n) {
  Placed<Lock>& at = placed<Lock>();
  for (std::uint64_t i = 0; i < n; ++i) {
    if (at.lock.try_read() == TryRead::ok) at.lock.end_read(at.mm);
  }
}

template <class Lock>
void write_pair(std::uint64_t n) {
  Placed<Lock>& at = placed<Lock>();
  for (std::uint64_t i = 0; i < n; ++i) {
    if (at.lock.exclude_readers(at.mm)) at.lock.admit_readers();
  }
}

// The rw_semaphore itself, without the RCU section that a VMA's end_read needs around it.
void rwsem_pair(std::uint64_t n) {
  static RwSem<Native> sem;
  for (std::uint64_t i = 0; i < n; ++i) {
    if (sem.down_read_trylock()) sem.up_read();
  }
}

void pthread_pair(std::uint64_t n) {
  static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
  for (std::uint64_t i = 0; i < n; ++i) {
    if (pthread_rwlock_tryrdlock(&lock) == 0) pthread_rwlock_unlock(&lock);
  }
}

std::vector<Loop> loops() {
  return {{"bare compare-exchange + fetch-sub", bare<false>},
          {"bare + one store", bare<true>},
          {"refcount try_read + end_read", read_pair<VmaRefcount<Native>>},
          {"atomic try_read + end_read", read_pair<VmaAtomic<Native>>},
          {"rwsem down_read_trylock + up_read", rwsem_pair},
          {"rwsem try_read + end_read, with RCU", read_pair<VmaRwsem<Native>>},
          {"pthread_rwlock tryrdlock + unlock", pthread_pair},
          {"refcount exclude + admit", write_pair<VmaRefcount<Native>>},
          {"atomic exclude + admit", write_pair<VmaAtomic<Native>>},
          {"rwsem exclude + admit", write_pair<VmaRwsem<Native>>}};
}

void print_ratios() {
  const std::vector<Loop> all = loops();
  const auto ns = interleave(all, 200'000, 41);
  fmt::print("one thread, no contention; medians of 41 interleaved rounds in one process\n\n");
  fmt::print("{:<38} {:>8} {:>8} {:>8}\n", "", "ns", "/ bare", "/ +store");
  for (std::size_t i = 0; i < all.size(); ++i) {
    fmt::print("{:<38} {:>8.2f} {:>8.2f} {:>8.2f}\n", all[i].name, median(ns[i]),
               median_ratio(ns[i], ns[0]), median_ratio(ns[i], ns[1]));
  }
  fmt::print(
      "\nbars: refcount / bare at most 1.25: {:.2f}; rwsem / (bare + store) at most 1.30: "
      "{:.2f}\n",
      median_ratio(ns[2], ns[0]), median_ratio(ns[4], ns[1]));
}

int google_benchmark(int argc, char** argv) {
  for (const Loop& loop : loops()) {
    benchmark::RegisterBenchmark(loop.name.c_str(), [loop](benchmark::State& state) {
      for (auto _ : state) loop.run(1000);
      state.SetItemsProcessed(1000 * static_cast<std::int64_t>(state.iterations()));
    });
  }
  benchmark::Initialize(&argc, argv);
  return benchmark::RunSpecifiedBenchmarks() != 0 ? 0 : 5;
}

}  // namespace
}  // namespace faultline

int main(int argc, char** argv) {
  const faultline::NativeTaskScope task;
  if (argc > 1 && std::strncmp(argv[1], "--benchmark", 11) == 0) {
    return faultline::google_benchmark(argc, argv);
  }
  faultline::print_ratios();
}
