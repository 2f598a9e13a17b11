// simulated.hpp: the platform contract on the simulator: every operation is charged to the running
// task of the running simulation (simulator/engine.hpp). Values are sequentially consistent; an
// order costs what the machine's profile says of it.
//
// What differs from the host:
//   compare_exchange_weak   fails only where the strong one does
//   on_cpu, need_resched    exact: the simulator schedules the tasks
//   Cache       objects lie densely in slabs, each task has its free ones; alloc() costs nothing
//   clear()     costs the machine's clear_page for each page; memory keeps what it holds
//   fatal_signal_pending()  never
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "platform/platform.hpp"
#include "simulator/engine.hpp"

namespace faultline {

namespace simulated {

using simulator::Engine;
using simulator::SourcePlace;

inline Engine& engine() {
  return *Engine::current;
}

// Where an operation was written: as default argument, the place of the call.
struct Where : SourcePlace {
  static constexpr Where current(const char* file = __builtin_FILE(),
                                 unsigned line = __builtin_LINE()) {
    Where where;
    where.file = file;
    where.line = line;
    return where;
  }
};

// A string that says what a wait is for, and the place where it was written.
struct Site {
  Site(const char* site, Where here = Where::current()) : text(site), where(here) {}
  const char* text;
  Where where;
};

template <class T>
std::uint64_t bits_of(T value) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  return bits;
}

constexpr bool acquires(std::memory_order order) {
  return order == std::memory_order_acquire || order == std::memory_order_acq_rel ||
         order == std::memory_order_seq_cst;
}
constexpr bool releases(std::memory_order order) {
  return order == std::memory_order_release || order == std::memory_order_acq_rel ||
         order == std::memory_order_seq_cst;
}

template <AnyOrder O>
void charge_order(O) {
  if constexpr (acquires(O::value)) engine().acquire_cost();
  if constexpr (releases(O::value)) engine().release_cost();
}

}  // namespace simulated

template <class T>
class SimulatedAtomic {
  using Where = simulated::Where;

 public:
  SimulatedAtomic() = default;
  SimulatedAtomic(T value) : value_(value) {}
  SimulatedAtomic(const SimulatedAtomic&) = delete;
  SimulatedAtomic& operator=(const SimulatedAtomic&) = delete;

  template <LoadOrder O>
  T load(O order, Where where = Where::current()) const {
    simulated::engine().load(&value_, where);
    simulated::charge_order(order);
    return simulated::engine().value(value_);
  }
  template <StoreOrder O>
  void store(T value, O order, Where where = Where::current()) {
    simulated::charge_order(order);
    simulated::engine().store(&value_, simulated::bits_of(value), sizeof(T), where);
  }
  template <RmwOrder O>
  T exchange(T value, O order, Where where = Where::current()) {
    return change([value](T) { return value; }, order, true, where);
  }
  template <RmwOrder O>
  bool compare_exchange_strong(T& expected, T desired, O order, Where where = Where::current()) {
    const T seen = change(
        [&](T value) {
          return simulated::bits_of(value) == simulated::bits_of(expected) ? desired : value;
        },
        order, false, where);
    const bool done = simulated::bits_of(seen) == simulated::bits_of(expected);
    expected = seen;
    return done;
  }
  template <RmwOrder O>
  bool compare_exchange_weak(T& expected, T desired, O order, Where where = Where::current()) {
    return compare_exchange_strong(expected, desired, order, where);
  }
  template <class Next, RmwOrder O>
  bool try_update(T& seen, Next next, O order, Where where = Where::current()) {
    seen = load(relaxed, where);
    for (;;) {
      T wanted = seen;
      if (!next(seen, wanted)) return false;
      if (compare_exchange_strong(seen, wanted, order, where)) return true;
    }
  }

  template <RmwOrder O>
  T fetch_add(T value, O order, Where where = Where::current()) {
    return change([value](T old) { return static_cast<T>(old + value); }, order, true, where);
  }
  template <RmwOrder O>
  T fetch_sub(T value, O order, Where where = Where::current()) {
    return change([value](T old) { return static_cast<T>(old - value); }, order, true, where);
  }
  template <RmwOrder O>
  T fetch_or(T value, O order, Where where = Where::current()) {
    return change([value](T old) { return static_cast<T>(old | value); }, order, true, where);
  }
  template <RmwOrder O>
  T fetch_and(T value, O order, Where where = Where::current()) {
    return change([value](T old) { return static_cast<T>(old & value); }, order, true, where);
  }
  template <RmwOrder O>
  void add(T value, O order, Where where = Where::current()) {
    fetch_add(value, order, where);
  }
  template <RmwOrder O>
  void sub(T value, O order, Where where = Where::current()) {
    fetch_sub(value, order, where);
  }
  template <RmwOrder O>
  void or_(T value, O order, Where where = Where::current()) {
    fetch_or(value, order, where);
  }
  template <RmwOrder O>
  void and_(T value, O order, Where where = Where::current()) {
    fetch_and(value, order, where);
  }

 private:
  friend struct Simulated;

  template <class Change, RmwOrder O>
  T change(Change change, O order, bool far_capable, const Where& where) {
    simulated::engine().begin_change(&value_, far_capable, where);
    const T seen = value_;
    value_ = change(seen);
    simulated::engine().done_changing(&value_);
    simulated::charge_order(order);
    return seen;
  }

  T value_{};
};

template <class T>
class SimulatedPlain {
  using Where = simulated::Where;

 public:
  SimulatedPlain() = default;
  SimulatedPlain(T value) : value_(value) {}
  SimulatedPlain(const SimulatedPlain&) = delete;
  SimulatedPlain& operator=(const SimulatedPlain&) = delete;

  T get(Where where = Where::current()) const {
    simulated::engine().load(&value_, where);
    return simulated::engine().value(value_);
  }
  void set(T value, Where where = Where::current()) {
    simulated::engine().store(&value_, simulated::bits_of(value), sizeof(T), where);
  }

 private:
  T value_{};
};

// Objects of one type, `sizeof(T)` apart in slabs of some pages, as in the kernel's kmem_cache.
template <class T>
class SimulatedSlab {
 public:
  SimulatedSlab() : free_(simulated::engine().control() + std::size_t{1}) {}

  // New memory, or an object given back by this task. `fresh` says which.
  void* take(bool& fresh) {
    std::vector<void*>& mine = free_[simulated::engine().self_id()];
    fresh = mine.empty();
    if (fresh) return carve();
    void* object = mine.back();
    mine.pop_back();
    return object;
  }
  void give(void* object) { free_[simulated::engine().self_id()].push_back(object); }

 private:
  // Each task carves its own slabs.
  static constexpr std::size_t slab_bytes = std::size_t{1} << 15;
  struct Slab {
    std::byte* next = nullptr;
    std::size_t left = 0;
  };

  void* carve() {
    const std::uint32_t task = simulated::engine().self_id();
    if (slabs_.empty()) slabs_.resize(free_.size());
    Slab& slab = slabs_[task];
    if (slab.left == 0) {
      slab.left = sizeof(T) < slab_bytes ? slab_bytes / sizeof(T) : 1;
      constexpr std::size_t align = alignof(T) < cache_line ? cache_line : alignof(T);
      slab.next = static_cast<std::byte*>(
          simulated::engine().memory().allocate(slab.left * sizeof(T), align));
    }
    --slab.left;
    void* object = slab.next;
    slab.next += sizeof(T);
    return object;
  }

  std::vector<std::vector<void*>> free_;
  std::vector<Slab> slabs_;
};

template <class T>
class SimulatedCache {
 public:
  SimulatedCache() = default;
  ~SimulatedCache() { simulated::engine().rcu_barrier(); }
  SimulatedCache(const SimulatedCache&) = delete;
  SimulatedCache& operator=(const SimulatedCache&) = delete;

  template <class... Args>
  T* alloc(Args&&... args) {
    bool fresh = false;
    void* memory = slab_.take(fresh);
    return new (memory) T(std::forward<Args>(args)...);
  }
  void free(T* object) {
    object->~T();
    slab_.give(object);
  }
  void free_rcu(T* object) {
    simulated::engine().call_rcu(
        [](void* cache, void* dead) {
          static_cast<SimulatedCache*>(cache)->free(static_cast<T*>(dead));
        },
        this, object);
  }
  void flush() {}

 private:
  SimulatedSlab<T> slab_;
};

template <class T>
class SimulatedTypeStableCache {
 public:
  SimulatedTypeStableCache() = default;
  ~SimulatedTypeStableCache() {
    for (T* object : made_) object->~T();
  }
  SimulatedTypeStableCache(const SimulatedTypeStableCache&) = delete;
  SimulatedTypeStableCache& operator=(const SimulatedTypeStableCache&) = delete;

  T* alloc() {
    bool fresh = false;
    void* memory = slab_.take(fresh);
    if (!fresh) return static_cast<T*>(memory);
    made_.push_back(new (memory) T());
    return made_.back();
  }
  void free(T* object) { slab_.give(object); }

 private:
  SimulatedSlab<T> slab_;
  std::vector<T*> made_;
};

class SimulatedTask {
 public:
  std::uint32_t id() const { return id_; }

 private:
  friend struct Simulated;
  alignas(8) std::uint32_t id_ = 0;
};

struct Simulated {
  template <class T>
  using Atomic = SimulatedAtomic<T>;
  template <class T>
  using Plain = SimulatedPlain<T>;
  template <class T>
  using Cache = SimulatedCache<T>;
  template <class T>
  using TypeStableCache = SimulatedTypeStableCache<T>;
  using Task = SimulatedTask;
  using Site = simulated::Site;
  using Where = simulated::Where;

  static constexpr const char* name = "simulated";
  static constexpr std::uint32_t tasks_max = 2049;  // 2048 workers and the control task

  template <FenceOrder O>
  static void fence(O order) {
    if constexpr (O::value == std::memory_order_seq_cst) {
      engine().fence();
    } else {
      simulated::charge_order(order);
    }
  }

  template <class T, class Ready, LoadOrder O>
  static T await(const char* site, const Atomic<T>& word, Ready ready, O order,
                 Where where = Where::current()) {
    const auto holds = [&] { return ready(word.value_); };
    simulator::Spin spin = spin_for(site, holds);
    spin.words[0] = &word;
    spin.count = 1;
    engine().spin(spin, where);
    simulated::charge_order(order);
    return word.value_;
  }

  template <class Ready, class... T>
  static bool await_until(Site site, const Stop<Task>& stop, Ready ready,
                          const Atomic<T>&... words) {
    static_assert(sizeof...(T) >= 1 && sizeof...(T) <= simulator::watches_per_task);
    const auto holds = [&] { return ready(words.value_...); };
    simulator::Spin spin = spin_for(site.text, holds);
    ((spin.words[spin.count++] = &words), ...);
    if (stop.owner != nullptr) spin.owner = &engine().task(stop.owner->id());
    spin.need_resched = stop.need_resched;
    if (stop.deadline_ns != 0) spin.deadline = stop.deadline_ns * simulator::nanosecond;
    return engine().spin(spin, site.where);
  }

  template <class T, class Next, RmwOrder O>
  static T await_update(const char* site, Atomic<T>& word, Next next, O order,
                        Where where = Where::current()) {
    T seen{};
    while (!word.try_update(seen, next, order, where)) {
      const auto would = [&next](T value) {
        T wanted = value;
        return next(value, wanted);
      };
      await(site, word, would, relaxed, where);
    }
    return seen;
  }

  static void retry(const char*) { engine().retry(); }

  static void prepare_to_park(const char* site) { engine().prepare_to_park(site); }
  static void park() { engine().park(); }
  static void finish_park() { engine().finish_park(); }
  static bool fatal_signal_pending() { return false; }
  static void unpark(Task& task) { engine().unpark(task.id()); }

  static Task& self() { return task(engine().self_id()); }
  static Task& task(std::uint32_t id) {
    Task& task = per_task<Task>(id);
    task.id_ = id;
    return task;
  }
  template <class T>
  static T& per_task(std::uint32_t id) {
    // In the arena of the running simulation, each on lines of its own, like per-CPU variables.
    struct alignas(cache_line) Slot {
      T value;
    };
    static const Engine* owner = nullptr;
    static std::uint64_t run = 0;
    static Slot* all = nullptr;
    if (owner != &engine() || run != engine().number()) {
      const std::size_t tasks = engine().control() + std::size_t{1};
      all = static_cast<Slot*>(engine().memory().allocate(sizeof(Slot) * tasks, cache_line));
      for (std::size_t i = 0; i < tasks; ++i) new (all + i) Slot();
      owner = &engine();
      run = engine().number();
    }
    return all[id].value;
  }

  static bool on_cpu(const Task& task) { return engine().on_cpu(task.id()); }
  static void preempt_disable() { engine().preempt_disable(); }
  static void preempt_enable() { engine().preempt_enable(); }
  static bool need_resched() { return engine().need_resched(); }

  static std::uint64_t now() { return engine().now() / simulator::nanosecond; }
  static void work(std::uint64_t ns) { engine().work(ns * simulator::nanosecond); }
  static void clear(void*, std::size_t bytes) {
    engine().work(engine().machine().fault.clear_page * bytes / 4096);
  }
  static std::uint64_t random() { return engine().random(); }

  static void rcu_read_lock() { engine().rcu_read_lock(); }
  static void rcu_read_unlock() { engine().rcu_read_unlock(); }

 private:
  using Engine = simulator::Engine;

  static Engine& engine() { return simulated::engine(); }
  template <class Holds>
  static simulator::Spin spin_for(const char* site, const Holds& holds) {
    simulator::Spin spin;
    spin.ready = [](const void* context) -> bool {
      return (*static_cast<const Holds*>(context))();
    };
    spin.context = &holds;
    spin.site = site;
    return spin;
  }
};

static_assert(Platform<Simulated>);

}  // namespace faultline
