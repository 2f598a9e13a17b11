// tiny_memory.hpp: words, plain variables and object caches of the tiny platform: see tiny.hpp,
// which includes this.
#pragma once

#include "tests/platform/tiny.hpp"

namespace faultline {

template <class T>
class Tiny::Atomic {
 public:
  Atomic() = default;
  constexpr Atomic(T value) : value_(value) {}

  template <LoadOrder O>
  T load(O) const {
    touch(this);
    ++counts.loads;
    note<O>();
    return value_;
  }
  template <StoreOrder O>
  void store(T value, O) {
    touch(this);
    ++counts.stores;
    note<O>();
    value_ = value;
  }
  template <RmwOrder O>
  T exchange(T value, O) {
    return change<O>([value](T) { return value; });
  }
  template <RmwOrder O>
  bool compare_exchange_weak(T& expected, T desired, O order) {
    if (weak_failures == 0) return compare_exchange_strong(expected, desired, order);
    --weak_failures;
    expected = load(relaxed);
    return false;
  }
  template <RmwOrder O>
  bool compare_exchange_strong(T& expected, T desired, O) {
    touch(this);
    if (value_ != expected) {
      ++counts.loads;
      expected = value_;
      return false;
    }
    ++counts.rmws;
    note<O>();
    value_ = desired;
    return true;
  }
  // Counted, and interrupted, as the loop that it stands for.
  template <class Next, RmwOrder O>
  bool try_update(T& seen, Next next, O order) {
    T wanted{};
    seen = load(relaxed);
    while (next(seen, wanted)) {
      if (compare_exchange_weak(seen, wanted, order)) return true;
    }
    return false;
  }
  template <RmwOrder O>
  T fetch_add(T value, O) {
    return change<O>([value](T old) { return static_cast<T>(old + value); });
  }
  template <RmwOrder O>
  T fetch_sub(T value, O) {
    return change<O>([value](T old) { return static_cast<T>(old - value); });
  }
  template <RmwOrder O>
  T fetch_or(T value, O) {
    return change<O>([value](T old) { return static_cast<T>(old | value); });
  }
  template <RmwOrder O>
  T fetch_and(T value, O) {
    return change<O>([value](T old) { return static_cast<T>(old & value); });
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
  template <RmwOrder O, class Change>
  T change(Change to) {
    touch(this);
    ++counts.rmws;
    note<O>();
    return std::exchange(value_, to(value_));
  }

  T value_{};
};

template <class T>
class Tiny::Plain {
 public:
  Plain() = default;
  constexpr Plain(T value) : value_(value) {}

  T get() const {
    touch(this);
    ++counts.plain_reads;
    return value_;
  }
  void set(T value) {
    touch(this);
    ++counts.plain_writes;
    value_ = value;
  }

 private:
  T value_{};
};

// Memory is never handed out twice, and what was freed must not be touched until the cache goes.
template <class T>
class Tiny::Cache {
 public:
  Cache() = default;
  ~Cache() {
    if (std::uncaught_exceptions() == 0) {
      if (!pending_.empty()) fail("a cache goes while a reader may see what it has to free");
      if (!live_.empty()) fail("a cache goes with objects that were not freed");
    }
    for (std::byte* chunk : chunks_) {
      freed_.erase(freed_.lower_bound(chunk), freed_.lower_bound(chunk + chunk_bytes));
      ::operator delete(chunk, std::align_val_t{alignof(T)});
    }
  }
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;

  template <class... Args>
  T* alloc(Args&&... args) {
    if (used_ % chunk_objects == 0) {
      chunks_.push_back(
          static_cast<std::byte*>(::operator new(chunk_bytes, std::align_val_t{alignof(T)})));
    }
    std::byte* memory = chunks_.back() + used_++ % chunk_objects * sizeof(T);
    T* object = new (memory) T(std::forward<Args>(args)...);
    live_.insert(object);
    return object;
  }
  void free(T* object) {
    if (live_.erase(object) == 0) fail("free of an object that is not in use");
    destroy(object);
  }
  void free_rcu(T* object) {
    if (live_.erase(object) == 0) fail("free of an object that is not in use");
    pending_.insert(object);
    deferred_.push_back([this, object] {
      pending_.erase(object);
      destroy(object);
    });
    end_grace_period();
  }
  void flush() {}  // nothing is collected: a grace period ends with the last reader

 private:
  static constexpr std::size_t chunk_objects = 64;
  static constexpr std::size_t chunk_bytes = chunk_objects * sizeof(T);

  void destroy(T* object) {
    object->~T();
    auto* begin = reinterpret_cast<std::byte*>(object);
    std::memset(begin, 0xdb, sizeof(T));
    freed_[begin] = begin + sizeof(T);
  }

  std::vector<std::byte*> chunks_;
  std::size_t used_ = 0;
  std::set<T*> live_;
  std::set<T*> pending_;
};

// Hands out last what was freed last, at once.
template <class T>
class Tiny::TypeStableCache {
 public:
  T* alloc() {
    if (free_.empty()) {
      all_.push_back(std::make_unique<T>());
      return all_.back().get();
    }
    T* object = free_.back();
    free_.pop_back();
    return object;
  }
  void free(T* object) {
    if (std::find(free_.begin(), free_.end(), object) != free_.end()) {
      fail("free of an object that is not in use");
    }
    free_.push_back(object);
  }

 private:
  std::vector<std::unique_ptr<T>> all_;
  std::vector<T*> free_;
};

static_assert(Platform<Tiny>);

}  // namespace faultline
