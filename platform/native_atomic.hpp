// native_atomic.hpp: words, plain variables and fences of the native platform.
#pragma once

#include <atomic>

#include "platform/platform.hpp"

#if defined(__SANITIZE_THREAD__)
#define FL_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FL_TSAN 1
#endif
#endif

namespace faultline {

// ThreadSanitizer does not know stand-alone fences. Under it every fence is a read-modify-write of
// one word, which orders more than the fence did: races can be missed there, none are made up.
template <FenceOrder O>
inline void native_fence(O) {
#ifdef FL_TSAN
  static std::atomic<unsigned> all_fences{0};
  all_fences.fetch_add(1, std::memory_order_acq_rel);
#else
  std::atomic_thread_fence(O::value);
#endif
}

template <class T>
class NativeAtomic {
 public:
  NativeAtomic() = default;
  constexpr NativeAtomic(T value) : word_(value) {}

  template <LoadOrder O>
  T load(O) const {
    return word_.load(O::value);
  }
  template <StoreOrder O>
  void store(T value, O) {
    word_.store(value, O::value);
  }
  template <RmwOrder O>
  T exchange(T value, O) {
    const T before = word_.exchange(value, O::value);
    after(O{});
    return before;
  }
  template <RmwOrder O>
  bool compare_exchange_weak(T& expected, T desired, O) {
    const bool done = word_.compare_exchange_weak(expected, desired, O::value, relaxed.value);
    if (done) after(O{});
    return done;
  }
  template <RmwOrder O>
  bool compare_exchange_strong(T& expected, T desired, O) {
    const bool done = word_.compare_exchange_strong(expected, desired, O::value, relaxed.value);
    if (done) after(O{});
    return done;
  }
  template <class Next, RmwOrder O>
  bool try_update(T& seen, Next next, O order) {
    T now = load(relaxed);
    for (T wanted{};;) {
      seen = now;
      if (!next(seen, wanted)) return false;
      if (compare_exchange_weak(now, wanted, order)) return true;
    }
  }
  template <RmwOrder O>
  T fetch_add(T value, O) {
    const T before = word_.fetch_add(value, O::value);
    after(O{});
    return before;
  }
  template <RmwOrder O>
  T fetch_sub(T value, O) {
    const T before = word_.fetch_sub(value, O::value);
    after(O{});
    return before;
  }
  template <RmwOrder O>
  T fetch_or(T value, O) {
    const T before = word_.fetch_or(value, O::value);
    after(O{});
    return before;
  }
  template <RmwOrder O>
  T fetch_and(T value, O) {
    const T before = word_.fetch_and(value, O::value);
    after(O{});
    return before;
  }
  template <RmwOrder O>
  void add(T value, O order) {
    static_cast<void>(fetch_add(value, order));
  }
  template <RmwOrder O>
  void sub(T value, O order) {
    static_cast<void>(fetch_sub(value, order));
  }
  template <RmwOrder O>
  void or_(T value, O order) {
    static_cast<void>(fetch_or(value, order));
  }
  template <RmwOrder O>
  void and_(T value, O order) {
    static_cast<void>(fetch_and(value, order));
  }

 private:
  // `full` orders against everything: an x86 locked instruction does, elsewhere a fence follows.
  template <RmwOrder O>
  static void after(O order) {
#if !defined(__x86_64__)
    if constexpr (O::value == full.value) native_fence(order);
#else
    (void)order;
#endif
  }

  std::atomic<T> word_{};
};

template <class T>
class NativePlain {
 public:
  NativePlain() = default;
  constexpr NativePlain(T value) : value_(value) {}

  T get() const { return value_; }
  void set(T value) { value_ = value; }

 private:
  T value_{};
};

inline void native_pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#else
  asm volatile("" ::: "memory");
#endif
}

}  // namespace faultline
