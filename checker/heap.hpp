// heap.hpp: the memory that checked programs live in, and the life of each object in it.
//
// Everything that threads can share lies in one arena: static objects, what the setup allocated,
// what each thread allocates (from a region of its own, so that addresses do not depend on the
// schedule), and the stacks. After each execution the arena is put back as the setup left it.
//
// Life and death of an object are events: an access is checked by happens-before against the
// object's construction and its free, whichever came first in this execution. A deferred free
// (free_rcu) allows accesses inside read-side sections that began before it. Memory of a dead
// object is not handed out again, but for type-stable caches, where it is at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "checker/clock.hpp"
#include "checker/limits.hpp"
#include "checker/memory.hpp"

namespace faultline::checker {

inline constexpr unsigned nobody = threads_max;  // setup and finish, outside of all threads

struct Object {
  const std::byte* begin = nullptr;
  std::size_t bytes = 0;
  const void* cache = nullptr;
  bool type_stable = false;

  enum class State : std::uint8_t { live, deferred, freed };
  State state = State::live;
  unsigned lives = 1;  // how often it was handed out
  unsigned owner = nobody;
  Steps born = 0;           // step of its owner
  std::uint64_t grace = 0;  // when the deferred free was asked for
  Clock used;               // last accesses
  Clock used_outside;       // those outside of read-side sections
};

// One access, as seen by the thread that makes it.
struct Access {
  unsigned thread;
  Steps step;
  const Clock& happened;
  std::uint64_t section;  // when its read-side section began; 0: outside
};

enum class Life : std::uint8_t { good, unborn, dead };

// A type-stable object that was given back.
struct Freed {
  const void* cache = nullptr;
  std::uint16_t object = 0;
  int view = -1;  // of the thread that freed it: Memory::kept(); -1: the setup freed it
};

class Heap {
 public:
  Heap();
  ~Heap();
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  // --- regions ---

  std::byte* stack_top(unsigned thread) const { return stacks_ + (thread + 1) * stack_bytes; }
  bool on_stack(const void* address) const {
    return address >= stacks_ && address < stacks_ + threads_max * stack_bytes;
  }
  bool inside(const void* address) const {
    return address >= arena_ && address < arena_ + arena_bytes;
  }
  // Memory that is never given back; null when there is none left.
  void* static_memory(std::size_t bytes, std::size_t align);
  // Called once the object there has been constructed.
  void static_is_ready(const void* memory, std::size_t bytes);

  // --- phases ---

  void begin_setup();
  void end_setup();  // remembers everything as it is
  void put_back();   // as it was then

  // --- as it is in the middle of an execution, for one that goes on from there ---

  struct Saved {
    std::vector<std::byte> bytes;
    std::size_t statics = 0;
    std::array<std::size_t, threads_max> used{};    // of each thread's region
    std::array<std::size_t, threads_max> stacks{};  // of each thread's stack
    std::vector<Object> objects;
    std::vector<Freed> freed;
  };
  // `stacks`: where the used part of each thread's stack begins; null: it needs none any more.
  void save(Saved& saved, const std::array<const std::byte*, threads_max>& stacks) const;
  // Only to what this execution was like, or one that began in the same way.
  void restore(const Saved& saved);

  // --- objects ---

  // Null when the region is full.
  void* allocate(unsigned thread, std::size_t bytes, std::size_t align, const void* cache,
                 bool type_stable, Steps step);
  Object* object_at(const void* address) {
    const std::size_t granule = offset(address) / granule_bytes;
    const std::uint16_t number = object_of_[granule];
    return number == 0 ? nullptr : &objects_[number];
  }
  // Objects of a cache that nobody has freed.
  unsigned live(const void* cache) const;
  static Life check(Object& object, const Access& access);
  // Life::dead: someone still uses it.
  static Life free_now(Object& object, const Access& access);
  static Life free_deferred(Object& object, const Access& access, std::uint64_t now);

  // --- type-stable reuse ---

  // Freed objects of the cache, most recently freed first.
  std::vector<Freed*> reusable(const void* cache);
  void give_back(Object& object, const void* cache, int view);
  void* take_back(Freed& freed, const Access& access);

  // --- shadow: the number that the engine keeps for an address; 0: none ---

  std::uint16_t& shadow(const void* address) { return shadow_[offset(address)]; }

 private:
  static constexpr std::size_t granule_bytes = 16;
  static constexpr std::size_t static_bytes = std::size_t{512} << 10;
  static constexpr std::size_t setup_bytes = std::size_t{2} << 20;

  // Zeroed memory that is only there once it is touched: calloc() may have to clear all of it.
  struct Release {
    std::size_t bytes;
    void operator()(std::uint16_t* memory) const;
  };
  using Numbers = std::unique_ptr<std::uint16_t[], Release>;
  static Numbers numbers(std::size_t count);

  struct Region {
    std::byte* begin = nullptr;
    std::byte* next = nullptr;
    std::byte* end = nullptr;
  };

  std::size_t offset(const void* address) const {
    return static_cast<std::size_t>(static_cast<const std::byte*>(address) - arena_);
  }
  static std::byte* bump(Region& region, std::size_t bytes, std::size_t align);
  void forget_object(const Object& object);

  std::byte* arena_;
  std::byte* stacks_;
  Region statics_;
  Region regions_[threads_max + 1];  // the last one is the setup's
  Numbers shadow_;
  Numbers object_of_;
  std::vector<Object> objects_{1};  // the first is none
  std::vector<Freed> freed_;
  // As the setup left them.
  std::vector<std::byte> static_image_;
  std::vector<std::byte> setup_image_;
  std::vector<Object> objects_then_;
  std::vector<Freed> freed_then_;
};

}  // namespace faultline::checker
