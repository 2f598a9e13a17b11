// heap.hpp: the native platform with an allocator that tells on its users: each object is a heap
// block of its own, what is freed is overwritten and kept for a while, and everything is counted.
//
// So a use after free crashes, or is seen by AddressSanitizer, where the dense caches of the native
// platform would hand out a valid neighbour. Type-stable objects stay as they are: those may be
// looked at after they were freed.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

#include "platform/native.hpp"
#include "platform/platform.hpp"

namespace faultline {

template <class T>
class HeapCache {
 public:
  HeapCache() = default;
  ~HeapCache() {
    native_rcu_barrier();
    FL_ASSERT(live() == 0);
    for (void* block : freed_) release(block);
  }
  HeapCache(const HeapCache&) = delete;
  HeapCache& operator=(const HeapCache&) = delete;

  template <class... Args>
  T* alloc(Args&&... args) {
    ++allocated_;
    ++live_;
    return new (::operator new(sizeof(T), align)) T(std::forward<Args>(args)...);
  }
  void free(T* object) {
    --live_;
    bury(object);
  }
  void free_rcu(T* object) {
    --live_;
    auto* batch = new NativeRcuBatch;
    batch->give_back = [](void* cache, void** objects, std::size_t) {
      static_cast<HeapCache*>(cache)->bury(static_cast<T*>(objects[0]));
    };
    batch->cache = this;
    batch->count = 1;
    batch->objects[0] = object;
    native_rcu_defer(batch);
  }
  void flush() {}

  // Objects that nobody has freed, or asked to be freed.
  long live() const { return live_; }
  // Objects ever handed out.
  long allocated() const { return allocated_; }

 private:
  static constexpr std::align_val_t align{alignof(T)};
  static constexpr std::size_t kept = 256;

  static void release(void* block) { ::operator delete(block, align); }

  void bury(T* object) {
    object->~T();
    void* block = object;
    std::memset(block, 0xdd, sizeof(T));
#ifdef __SANITIZE_ADDRESS__
    release(block);  // it keeps freed blocks itself
#else
    const std::lock_guard lock(mutex_);
    freed_.push_back(block);
    if (freed_.size() <= kept) return;
    release(freed_.front());
    freed_.pop_front();
#endif
  }

  std::atomic<long> live_{0};
  std::atomic<long> allocated_{0};
  std::mutex mutex_;
  std::deque<void*> freed_;
};

template <class T>
class CountedTypeStableCache {
 public:
  ~CountedTypeStableCache() { FL_ASSERT(live() == 0); }

  T* alloc() {
    ++live_;
    return cache_.alloc();
  }
  void free(T* object) {
    --live_;
    cache_.free(object);
  }
  long live() const { return live_; }

 private:
  NativeTypeStableCache<T> cache_;
  std::atomic<long> live_{0};
};

struct Heap : Native {
  template <class T>
  using Cache = HeapCache<T>;
  template <class T>
  using TypeStableCache = CountedTypeStableCache<T>;

  static constexpr const char* name = "heap";

  // A task that sets it is held up at each full fence, where it is about to wake another one.
  static inline thread_local std::chrono::microseconds full_fence_takes{0};

  template <FenceOrder O>
  static void fence(O order) {
    if constexpr (O::value == full.value) {
      if (full_fence_takes.count() != 0) std::this_thread::sleep_for(full_fence_takes);
    }
    Native::fence(order);
  }
};

static_assert(Platform<Heap>);

}  // namespace faultline
