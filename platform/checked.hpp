// checked.hpp: the platform contract on the model checker: every operation is a step of the running
// execution (checker/execution.hpp), which decides whose turn it is and what a read may see.
//
// What differs from the host, and what stands in for what is not modelled:
//   compare_exchange_weak   never fails for nothing: a loop around it would only go round again
//   park()      may return once for nothing, in each thread of an execution
//   need_resched(), on_cpu()   chance: true, or false, once in each thread of an execution
//   now()       stands still, but for one long step in each thread
//   Cache       never hands out memory again; TypeStableCache at once, or not, by choice
//   random()    always the same
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include "checker/execution.hpp"
#include "platform/platform.hpp"

namespace faultline {

namespace checked {

using checker::Execution;
using checker::Mo;
using checker::Where;

inline Execution& execution() {
  return *Execution::current;
}

constexpr Mo mo(std::memory_order order) {
  switch (order) {
    case std::memory_order_relaxed:
      return Mo::relaxed;
    case std::memory_order_acquire:
    case std::memory_order_consume:
      return Mo::acquire;
    case std::memory_order_release:
      return Mo::release;
    case std::memory_order_acq_rel:
      return Mo::acq_rel;
    case std::memory_order_seq_cst:
      return Mo::full;
  }
  return Mo::full;
}

template <class T>
std::uint64_t bits_of(T value) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  return bits;
}

template <class T>
T from_bits(std::uint64_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

// A string that says what a wait is for, and the place where it was written.
struct Site {
  Site(const char* site, Where here = Where::current()) : text(site), where(here) {}
  const char* text;
  Where where;
};

}  // namespace checked

template <class T>
class CheckedAtomic {
  using Where = checked::Where;

 public:
  CheckedAtomic() { checked::execution().stack_object_begins(this); }
  CheckedAtomic(T value) : value_(value) { checked::execution().stack_object_begins(this); }
  ~CheckedAtomic() { checked::execution().stack_object_ends(this); }
  CheckedAtomic(const CheckedAtomic&) = delete;
  CheckedAtomic& operator=(const CheckedAtomic&) = delete;

  template <LoadOrder O>
  T load(O, Where where = Where::current()) const {
    return checked::from_bits<T>(
        checked::execution().load(this, sizeof(T), checked::mo(O::value), where));
  }
  template <StoreOrder O>
  void store(T value, O, Where where = Where::current()) {
    checked::execution().store(this, sizeof(T), checked::bits_of(value), checked::mo(O::value),
                               where);
  }
  template <RmwOrder O>
  T exchange(T value, O order, Where where = Where::current()) {
    return change("exchange", [value](T) { return value; }, order, where);
  }
  template <RmwOrder O>
  bool compare_exchange_strong(T& expected, T desired, O, Where where = Where::current()) {
    const auto next = [&](T value, T& wanted) {
      wanted = desired;
      return checked::bits_of(value) == checked::bits_of(expected);
    };
    const checker::Modified done = modify("compare-exchange", checker::Kind::rmw, next,
                                          checked::mo(O::value), true, checker::Blind::no, where);
    if (!done.done) expected = checked::from_bits<T>(done.seen);
    return done.done;
  }
  template <RmwOrder O>
  bool compare_exchange_weak(T& expected, T desired, O order, Where where = Where::current()) {
    return compare_exchange_strong(expected, desired, order, where);
  }
  // One step: what the loop around a compare-exchange does in the end. Its failed rounds change
  // nothing, and `next` may look at nothing else.
  template <class Next, RmwOrder O>
  bool try_update(T& seen, Next next, O, Where where = Where::current()) {
    const checker::Modified done = modify("update", checker::Kind::update, next,
                                          checked::mo(O::value), true, checker::Blind::no, where);
    seen = checked::from_bits<T>(done.seen);
    return done.done;
  }

  template <RmwOrder O>
  T fetch_add(T value, O order, Where where = Where::current()) {
    return change("add", [value](T old) { return static_cast<T>(old + value); }, order, where);
  }
  template <RmwOrder O>
  T fetch_sub(T value, O order, Where where = Where::current()) {
    return change("sub", [value](T old) { return static_cast<T>(old - value); }, order, where);
  }
  template <RmwOrder O>
  T fetch_or(T value, O order, Where where = Where::current()) {
    return change("or", [value](T old) { return static_cast<T>(old | value); }, order, where);
  }
  template <RmwOrder O>
  T fetch_and(T value, O order, Where where = Where::current()) {
    return change("and", [value](T old) { return static_cast<T>(old & value); }, order, where);
  }
  template <RmwOrder O>
  void add(T value, O order, Where where = Where::current()) {
    change(
        "add", [value](T old) { return static_cast<T>(old + value); }, order, where,
        checker::Blind::add);
  }
  template <RmwOrder O>
  void sub(T value, O order, Where where = Where::current()) {
    change(
        "sub", [value](T old) { return static_cast<T>(old - value); }, order, where,
        checker::Blind::add);
  }
  template <RmwOrder O>
  void or_(T value, O order, Where where = Where::current()) {
    change(
        "or", [value](T old) { return static_cast<T>(old | value); }, order, where,
        checker::Blind::or_);
  }
  template <RmwOrder O>
  void and_(T value, O order, Where where = Where::current()) {
    change(
        "and", [value](T old) { return static_cast<T>(old & value); }, order, where,
        checker::Blind::and_);
  }

 private:
  friend struct Checked;

  template <class Next>
  T await_update(const char* site, const Next& next, checker::Mo order, const Where& where) {
    const checker::Modify how =
        modification("update", checker::Kind::await, next, false, checker::Blind::no);
    return checked::from_bits<T>(
        checked::execution().await_update(site, this, sizeof(T), how, order, where));
  }
  template <class Next>
  checker::Modified modify(const char* action, checker::Kind kind, const Next& next,
                           checker::Mo order, bool may_refuse, checker::Blind blind,
                           const Where& where) {
    const checker::Modify how = modification(action, kind, next, may_refuse, blind);
    return checked::execution().modify(this, sizeof(T), how, order, where);
  }
  template <class Next>
  static checker::Modify modification(const char* action, checker::Kind kind, const Next& next,
                                      bool may_refuse, checker::Blind blind) {
    checker::Modify how;
    how.next = [](const void* context, std::uint64_t value, std::uint64_t& wanted) {
      T replacement = checked::from_bits<T>(value);
      const bool replaces =
          (*static_cast<const Next*>(context))(checked::from_bits<T>(value), replacement);
      wanted = checked::bits_of(replacement);
      return replaces;
    };
    how.context = &next;
    how.action = action;
    how.kind = kind;
    how.blind = blind;
    how.may_refuse = may_refuse;
    return how;
  }
  template <class Change, RmwOrder O>
  T change(const char* action, Change change, O, const Where& where,
           checker::Blind blind = checker::Blind::no) {
    const auto next = [&change](T value, T& wanted) {
      wanted = change(value);
      return true;
    };
    return checked::from_bits<T>(
        modify(action, checker::Kind::rmw, next, checked::mo(O::value), false, blind, where).seen);
  }

  T value_{};
};

template <class T>
class CheckedPlain {
  using Where = checked::Where;

 public:
  CheckedPlain() { checked::execution().stack_object_begins(this); }
  CheckedPlain(T value) : value_(value) { checked::execution().stack_object_begins(this); }
  ~CheckedPlain() { checked::execution().stack_object_ends(this); }
  CheckedPlain(const CheckedPlain&) = delete;
  CheckedPlain& operator=(const CheckedPlain&) = delete;

  T get(Where where = Where::current()) const {
    checked::execution().plain(this, sizeof(T), false, where);
    return value_;
  }
  void set(T value, Where where = Where::current()) {
    checked::execution().plain(this, sizeof(T), true, where);
    value_ = value;
  }

 private:
  T value_{};
};

template <class T>
class CheckedCache {
  using Where = checked::Where;

 public:
  template <class... Args>
  T* alloc(Args&&... args) {
    void* memory = checked::execution().allocate(sizeof(T), alignof(T), this, Where::current());
    return new (memory) T(std::forward<Args>(args)...);
  }
  void free(T* object, Where where = Where::current()) {
    object->~T();
    checked::execution().free(object, this, where);
  }
  void free_rcu(T* object, Where where = Where::current()) {
    checked::execution().free_rcu(object, where);
  }
  void flush() {}
};

template <class T>
class CheckedTypeStableCache {
  using Where = checked::Where;

 public:
  T* alloc(Where where = Where::current()) {
    bool reused = false;
    void* memory =
        checked::execution().allocate_type_stable(sizeof(T), alignof(T), this, reused, where);
    return reused ? static_cast<T*>(memory) : new (memory) T();
  }
  void free(T* object, Where where = Where::current()) {
    checked::execution().free_type_stable(object, this, where);
  }

 private:
  char word_ = 0;  // gives the cache an address of its own
};

class alignas(8) CheckedTask {
 public:
  std::uint32_t id() const { return id_; }

 private:
  friend struct Checked;
  std::uint32_t id_ = 0;
};

struct Checked {
  template <class T>
  using Atomic = CheckedAtomic<T>;
  template <class T>
  using Plain = CheckedPlain<T>;
  template <class T>
  using Cache = CheckedCache<T>;
  template <class T>
  using TypeStableCache = CheckedTypeStableCache<T>;
  using Task = CheckedTask;
  using Site = checked::Site;
  using Where = checked::Where;

  static constexpr const char* name = "checked";
  // One more than there are threads: the setup is a task as well.
  static constexpr std::uint32_t tasks_max = checker::threads_max + 1;

  template <FenceOrder O>
  static void fence(O, Where where = Where::current()) {
    checked::execution().fence(checked::mo(O::value), where);
  }

  template <class T, class Ready, LoadOrder O>
  static T await(const char* site, const Atomic<T>& word, Ready ready, O,
                 Where where = Where::current()) {
    checker::Waiting waiting;
    waiting.words = 1;
    waiting.address[0] = &word;
    waiting.bytes[0] = sizeof(T);
    waiting.ready = [](const void* context, const std::uint64_t* values) -> bool {
      return (*static_cast<const Ready*>(context))(checked::from_bits<T>(values[0]));
    };
    waiting.context = &ready;
    std::uint64_t value[checker::waits_max] = {};
    checked::execution().await(site, waiting, value, checked::mo(O::value), where);
    return checked::from_bits<T>(value[0]);
  }

  template <class Ready, class... T>
  static bool await_until(Site site, const Stop<Task>& stop, Ready ready,
                          const Atomic<T>&... words) {
    static_assert(sizeof...(T) >= 1 && sizeof...(T) <= checker::waits_max);
    checker::Waiting waiting;
    ((waiting.address[waiting.words] = &words, waiting.bytes[waiting.words++] = sizeof(T)), ...);
    waiting.ready = [](const void* context, const std::uint64_t* values) -> bool {
      return apply<T...>(*static_cast<const Ready*>(context), values,
                         std::index_sequence_for<T...>());
    };
    waiting.context = &ready;
    waiting.may_stop = stop.owner != nullptr || stop.need_resched;
    waiting.may_expire = stop.deadline_ns != 0;
    std::uint64_t values[checker::waits_max] = {};
    return checked::execution().await(site.text, waiting, values, checker::Mo::relaxed, site.where);
  }

  template <class T, class Next, RmwOrder O>
  static T await_update(const char* site, Atomic<T>& word, Next next, O,
                        Where where = Where::current()) {
    return word.await_update(site, next, checked::mo(O::value), where);
  }

  static void retry(const char* site, Where where = Where::current()) {
    checked::execution().retry(site, where);
  }

  static void prepare_to_park(const char* site, Where where = Where::current()) {
    checked::execution().prepare_to_park(site, where);
  }
  static void park(Where where = Where::current()) { checked::execution().park(where); }
  static void finish_park(Where where = Where::current()) {
    checked::execution().finish_park(where);
  }
  static void unpark(Task& task, Where where = Where::current()) {
    checked::execution().unpark(task.id(), where);
  }

  static Task& self() { return task(checked::execution().thread()); }
  static Task& task(std::uint32_t id) {
    Task& task = per_task<Task>(id);
    task.id_ = id;
    return task;
  }
  template <class T>
  static T& per_task(std::uint32_t id) {
    // In the arena, so that its words are put back after each execution.
    static std::uint64_t owner = 0;
    static T* all = nullptr;
    Execution& execution = checked::execution();
    if (owner != execution.number()) {
      void* memory = execution.heap().static_memory(sizeof(T) * tasks_max, alignof(T));
      all = static_cast<T*>(memory);
      for (std::uint32_t i = 0; i < tasks_max; ++i) new (all + i) T();
      execution.heap().static_is_ready(memory, sizeof(T) * tasks_max);
      owner = execution.number();
    }
    return all[id];
  }

  static bool on_cpu(const Task&, Where where = Where::current()) {
    return !checked::execution().chance_of_stop("the owner is seen off its CPU", where);
  }
  static void preempt_disable() {}
  static void preempt_enable() { checked::execution().preempt_enable(); }
  static bool need_resched(Where where = Where::current()) {
    return checked::execution().need_resched(where);
  }
  static bool fatal_signal_pending(Where where = Where::current()) {
    return checked::execution().fatal_signal_pending(where);
  }

  static std::uint64_t now(Where where = Where::current()) {
    return checked::execution().now(where);
  }
  static void work(std::uint64_t) {}
  static void clear(void* page, std::size_t, Where where = Where::current()) {
    checked::execution().plain(page, 8, true, where);
  }
  static std::uint64_t random() { return 4; }

  static void rcu_read_lock(Where where = Where::current()) {
    checked::execution().rcu_read_lock(where);
  }
  static void rcu_read_unlock() { checked::execution().rcu_read_unlock(); }

 private:
  using Execution = checker::Execution;

  template <class... T, class Ready, std::size_t... I>
  static bool apply(const Ready& ready, const std::uint64_t* values, std::index_sequence<I...>) {
    return ready(checked::from_bits<T>(values[I])...);
  }
};

static_assert(Platform<Checked>);

namespace checked {

// FL_ASSERT of a checked execution ends that execution, not the program.
inline const bool takes_assertions_over = [] {
  assertion_hook = [](const char* condition, const char* file, int line) {
    if (Execution::current == nullptr) return;
    execution().fail(
        checker::Failure::assertion,
        std::string(condition) + " at " + checker::short_path(file) + ":" + std::to_string(line),
        Where::current());
  };
  return true;
}();

}  // namespace checked

}  // namespace faultline
