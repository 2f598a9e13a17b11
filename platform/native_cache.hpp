// native_cache.hpp: the object caches of the native platform, after the kernel's slab: objects of
// one type lie densely in chunks, and each task keeps a magazine of free ones, so that allocation
// itself seldom touches a shared line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "platform/native_rcu.hpp"
#include "platform/native_task.hpp"

namespace faultline {

// Untyped storage. `carve`, if given, is called once for each object when its chunk is cut up, and
// `scrap` once for each of those when the slab goes.
class NativeSlab {
 public:
  using Hook = void (*)(void* object);

  NativeSlab(std::size_t bytes, std::size_t align, Hook carve = nullptr, Hook scrap = nullptr);
  ~NativeSlab();
  NativeSlab(const NativeSlab&) = delete;
  NativeSlab& operator=(const NativeSlab&) = delete;

  void* take() {
    Magazine& magazine = magazines_[NativeTask::self().id()];
    if (magazine.count == 0) refill(magazine);
    return magazine.objects[--magazine.count];
  }
  void give(void* object) {
    Magazine& magazine = magazines_[NativeTask::self().id()];
    if (magazine.count == Magazine::capacity) spill(magazine);
    magazine.objects[magazine.count++] = object;
  }
  // Gives the object back after a grace period, by way of give_back(context, objects, count).
  void defer(void* object, void (*give_back)(void*, void**, std::size_t), void* context);
  // For the RCU worker, which is no task.
  void give_shared(void** objects, std::size_t count);
  // Starts the grace period of all deferred frees. No other task may use the slab.
  void flush();

 private:
  struct alignas(cache_line) Magazine {
    static constexpr std::size_t capacity = 64;
    std::size_t count = 0;
    NativeRcuBatch* deferred = nullptr;
    void* objects[capacity];
  };
  struct Chunk {
    std::byte* memory;
    std::byte* first;
    std::size_t count;
  };

  void refill(Magazine& magazine);
  void spill(Magazine& magazine);
  void add_chunk();

  const std::size_t bytes_;
  const std::size_t align_;
  const Hook carve_;
  const Hook scrap_;
  std::unique_ptr<Magazine[]> magazines_;
  std::mutex mutex_;  // guards what follows
  std::vector<void*> free_;
  std::vector<Chunk> chunks_;
};

template <class T>
class NativeCache {
 public:
  NativeCache() : slab_(sizeof(T), alignof(T)) {}
  // All objects must have been freed; waits for the deferred ones.
  ~NativeCache() {
    slab_.flush();
    native_rcu_barrier();
  }
  NativeCache(const NativeCache&) = delete;
  NativeCache& operator=(const NativeCache&) = delete;

  template <class... Args>
  T* alloc(Args&&... args) {
    return new (slab_.take()) T(std::forward<Args>(args)...);
  }
  void free(T* object) {
    object->~T();
    slab_.give(object);
  }
  void free_rcu(T* object) { slab_.defer(object, &destroy, &slab_); }
  void flush() { slab_.flush(); }

 private:
  static void destroy(void* slab, void** objects, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) static_cast<T*>(objects[i])->~T();
    static_cast<NativeSlab*>(slab)->give_shared(objects, count);
  }

  NativeSlab slab_;
};

template <class T>
class NativeTypeStableCache {
 public:
  NativeTypeStableCache()
      : slab_(
            sizeof(T), alignof(T), [](void* object) { new (object) T(); },
            [](void* object) { static_cast<T*>(object)->~T(); }) {}

  T* alloc() { return static_cast<T*>(slab_.take()); }
  void free(T* object) { slab_.give(object); }

 private:
  NativeSlab slab_;
};

}  // namespace faultline
