// platform.hpp: what a lock, and the modelled mm, may ask of the world it runs in. Nothing else:
// no std::atomic, no thread, no clock, no system call outside platform/.
//
// The same source runs on three platforms: on the cores of this host (native.hpp), in a
// deterministic simulator, and in a model checker. So the contract says a little more than the host
// needs: every wait has a name, waiting by spinning and by sleeping are operations of their own,
// plain variables are events too, and memory is freed in front of witnesses.
//
// Memory
//   P::Atomic<T>        the std::atomic<T> operations below; sizeof(P::Atomic<T>) == sizeof(T), so
//                       that the layout of an object, and with it false sharing, is the same
//                       everywhere. Orders are types: an order that an operation cannot have, and
//                       seq_cst on a load or a store, do not compile. A failed compare-exchange is
//                       relaxed. `full` is the kernel's unsuffixed read-modify-write: ordered
//                       against everything before and after it. Beyond std::atomic:
//     bool try_update(seen, next, order)
//                       the kernel's try_cmpxchg() loop as one operation. next(value, wanted) sets
//                       `wanted` and returns true, or returns false to give up. Returns whether it
//                       replaced the word; `seen` becomes the value that was replaced, or the one
//                       that next() refused, loaded relaxed. next() looks at nothing but `value`
//                       and what cannot change meanwhile, and may be called many times.
//     void add(value, order), sub, or_, and_
//                       fetch_add() and so on for those who do not want the result. Nobody sees in
//                       which order two of a kind came: the checker lets two of them commute.
//   P::Plain<T>         an ordinary variable: get() and set(). Racing on it is a bug that the
//                       checker reports.
//   P::fence(order)     smp_rmb (acquire), smp_wmb (release), smp_mb (full)
//
// Waiting. `site` is a string literal that says what for; a hung run prints it.
//   P::await(site, word, ready, order)
//                       spins until ready(value of word), returns that value. The load that ends
//                       the wait has the order given (relaxed or acquire).
//   P::await_until(site, stop, ready, words...)
//                       spins until ready(values of the words...), loaded relaxed in the order
//                       given: returns true; or until `stop` holds: returns false
//   P::await_update(site, word, next, order)
//                       spins until try_update(seen, next, order) of the word succeeds; returns
//                       `seen`. For a lock that is taken by whoever finds it free.
//   P::retry(site)      goes round again after losing a race: a loop that waits for others without
//                       being an await() says so at its end. Nothing on the host; the simulator
//                       takes a moment of uneven length; the checker lets the task go on only when
//                       something that it read has changed.
//   P::prepare_to_park(site), P::park(), P::finish_park()
//                       the only way to sleep: prepare (the kernel's set_current_state, with its
//                       full fence), test the condition, park() while it does not hold, finish.
//                       An unpark() after prepare_to_park() is never lost. park() may return
//                       without one: wait in a loop. A fatal signal ends it, too.
//   P::fatal_signal_pending()
//                       a fatal signal waits for this task: a sleep that may be given up (the
//                       kernel's TASK_KILLABLE) asks for it after its condition and before park()
//   P::unpark(task)     wake_up_process(): full fence, then wakes a parking task, whose park() does
//                       not acquire (the kernel's does). One that went on, or ended, may be woken.
//
// Tasks
//   P::self()           the current task. Task::id() is small and dense: 0 .. P::tasks_max - 1
//   P::task(id)         the task with that id; P::per_task<T>(id): its own static T, one for each
//                       type T (the kernel's per-CPU variable, for code that runs with preemption
//                       disabled)
//   P::on_cpu(task)     false: the task sleeps or was preempted
//   P::preempt_disable(), P::preempt_enable(), P::need_resched()
//                       bracket a spin; need_resched(): another task waits for this CPU
//
// Time, chance and work
//   P::now()            nanoseconds of a monotonic clock
//   P::work(ns)         computes for about that long, touching nothing shared
//   P::clear(page, n)   the page work of a fault: zeroes n bytes
//   P::random()         64 bits, seeded for each task
//
// Memory that is freed
//   P::rcu_read_lock(), P::rcu_read_unlock()
//   P::Cache<T>         kmem_cache: alloc(args...) constructs, free() destroys at once, free_rcu()
//                       after a grace period, for which flush() stops collecting more; the
//                       destructor waits for it. Objects lie densely, at sizeof(T) steps.
//   P::TypeStableCache<T>  SLAB_TYPESAFE_BY_RCU: alloc() hands out a T that was constructed at some
//                       time and may have been used before; free() may hand it out again at once.
//                       The cache's destructor destroys every one of them.
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace faultline {

// The memory order of an operation, as a type.
template <std::memory_order O>
struct Order {
  static constexpr std::memory_order value = O;
};

inline constexpr Order<std::memory_order_relaxed> relaxed{};
inline constexpr Order<std::memory_order_acquire> acquire{};
inline constexpr Order<std::memory_order_release> release{};
inline constexpr Order<std::memory_order_acq_rel> acq_rel{};
// A kernel read-modify-write without suffix, or smp_mb() as a fence.
inline constexpr Order<std::memory_order_seq_cst> full{};

template <class O>
concept AnyOrder = std::same_as<O, Order<O::value>>;
template <class O>
concept LoadOrder = AnyOrder<O> && (O::value == relaxed.value || O::value == acquire.value);
template <class O>
concept StoreOrder = AnyOrder<O> && (O::value == relaxed.value || O::value == release.value);
template <class O>
concept RmwOrder = AnyOrder<O>;
template <class O>
concept FenceOrder = AnyOrder<O> && O::value != relaxed.value;

// What else than its condition ends a spin. Each field that is set is one more reason.
template <class Task>
struct Stop {
  const Task* owner = nullptr;    // this task went off its CPU
  bool need_resched = false;      // another task waits for our CPU
  std::uint64_t deadline_ns = 0;  // P::now() has passed it; 0: none
};

inline constexpr std::size_t cache_line = 64;

// A broken promise of the lock code. Cheap: only values that are in registers anyway. It stays on
// in every build, because a lock that is wrong must not be measured.
#define FL_ASSERT(condition)                                         \
  do {                                                               \
    if (!(condition)) [[unlikely]]                                   \
      ::faultline::assertion_failed(#condition, __FILE__, __LINE__); \
  } while (false)

// A platform that explores executions sets this, before tasks run, and ends the execution itself:
// called first, and need not return.
inline void (*assertion_hook)(const char* condition, const char* file, int line) = nullptr;

[[noreturn]] inline void assertion_failed(const char* condition, const char* file, int line) {
  if (assertion_hook != nullptr) assertion_hook(condition, file, line);
  std::fprintf(stderr, "faultline: assertion failed: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

template <class A, class T>
concept AtomicOf = sizeof(A) == sizeof(T) &&
                   requires(A& word, const A& seen, T& expected, T value, bool (*next)(T, T&)) {
                     { seen.load(relaxed) } -> std::same_as<T>;
                     { seen.load(acquire) } -> std::same_as<T>;
                     { word.store(value, relaxed) } -> std::same_as<void>;
                     { word.store(value, release) } -> std::same_as<void>;
                     { word.exchange(value, full) } -> std::same_as<T>;
                     { word.compare_exchange_weak(expected, value, acquire) } -> std::same_as<bool>;
                     {
                       word.compare_exchange_strong(expected, value, release)
                     } -> std::same_as<bool>;
                     { word.try_update(expected, next, full) } -> std::same_as<bool>;
                   };

template <class A, class T>
concept AtomicIntegerOf = AtomicOf<A, T> && requires(A& word, T value) {
  { word.fetch_add(value, acquire) } -> std::same_as<T>;
  { word.fetch_sub(value, release) } -> std::same_as<T>;
  { word.fetch_or(value, relaxed) } -> std::same_as<T>;
  { word.fetch_and(value, acq_rel) } -> std::same_as<T>;
  { word.add(value, acquire) } -> std::same_as<void>;
  { word.sub(value, release) } -> std::same_as<void>;
  { word.or_(value, relaxed) } -> std::same_as<void>;
  { word.and_(value, full) } -> std::same_as<void>;
};

template <class V, class T>
concept PlainOf = sizeof(V) == sizeof(T) && requires(V& variable, const V& seen, T value) {
  { seen.get() } -> std::same_as<T>;
  { variable.set(value) } -> std::same_as<void>;
};

template <class C, class T>
concept CacheOf = requires(C& cache, T* object) {
  { cache.alloc() } -> std::same_as<T*>;
  { cache.free(object) } -> std::same_as<void>;
};

template <class C, class T>
concept RcuCacheOf = CacheOf<C, T> && requires(C& cache, T* object) {
  { cache.free_rcu(object) } -> std::same_as<void>;
  { cache.flush() } -> std::same_as<void>;
};

struct ContractProbe {
  std::uint64_t word;
};

template <class P>
concept Platform = requires(
    typename P::template Atomic<std::uint32_t>& word,
    typename P::template Atomic<ContractProbe*>& pointer, bool (*ready)(std::uint32_t),
    bool (*next)(std::uint32_t, std::uint32_t&), bool (*both)(std::uint32_t, ContractProbe*),
    Stop<typename P::Task> stop, typename P::Task& task, void* page) {
  requires AtomicIntegerOf<typename P::template Atomic<std::uint32_t>, std::uint32_t>;
  requires AtomicIntegerOf<typename P::template Atomic<std::uint64_t>, std::uint64_t>;
  requires AtomicOf<typename P::template Atomic<ContractProbe*>, ContractProbe*>;
  requires PlainOf<typename P::template Plain<std::uint64_t>, std::uint64_t>;
  requires RcuCacheOf<typename P::template Cache<ContractProbe>, ContractProbe>;
  requires CacheOf<typename P::template TypeStableCache<ContractProbe>, ContractProbe>;
  { P::fence(full) } -> std::same_as<void>;
  { P::await("site", word, ready, acquire) } -> std::same_as<std::uint32_t>;
  { P::await_until("site", stop, both, word, pointer) } -> std::same_as<bool>;
  { P::await_update("site", word, next, acquire) } -> std::same_as<std::uint32_t>;
  { P::retry("site") } -> std::same_as<void>;
  { P::prepare_to_park("site") } -> std::same_as<void>;
  { P::park() } -> std::same_as<void>;
  { P::finish_park() } -> std::same_as<void>;
  { P::fatal_signal_pending() } -> std::same_as<bool>;
  { P::unpark(task) } -> std::same_as<void>;
  { P::self() } -> std::same_as<typename P::Task&>;
  { task.id() } -> std::same_as<std::uint32_t>;
  { P::task(std::uint32_t{}) } -> std::same_as<typename P::Task&>;
  { P::template per_task<ContractProbe>(std::uint32_t{}) } -> std::same_as<ContractProbe&>;
  { P::on_cpu(task) } -> std::same_as<bool>;
  { P::preempt_disable() } -> std::same_as<void>;
  { P::preempt_enable() } -> std::same_as<void>;
  { P::need_resched() } -> std::same_as<bool>;
  { P::now() } -> std::same_as<std::uint64_t>;
  { P::work(std::uint64_t{}) } -> std::same_as<void>;
  { P::clear(page, std::size_t{}) } -> std::same_as<void>;
  { P::random() } -> std::same_as<std::uint64_t>;
  { P::rcu_read_lock() } -> std::same_as<void>;
  { P::rcu_read_unlock() } -> std::same_as<void>;
  requires P::tasks_max > 0;
};

// rcu_read_lock() for the length of a scope.
template <Platform P>
class RcuReader {
 public:
  RcuReader() { P::rcu_read_lock(); }
  ~RcuReader() { P::rcu_read_unlock(); }
  RcuReader(const RcuReader&) = delete;
  RcuReader& operator=(const RcuReader&) = delete;
};

}  // namespace faultline
