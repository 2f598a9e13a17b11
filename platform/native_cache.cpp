// native_cache.cpp: chunks and magazines of the native object caches.
#include "platform/native_cache.hpp"

#include <algorithm>

namespace faultline {

namespace {

constexpr std::size_t page = 4096;

// Two pages for small objects, like the kernel's VMA slab; many at a time for page-sized ones.
std::size_t chunk_bytes(std::size_t bytes) {
  return bytes < 1024 ? 2 * page : 64 * bytes;
}

}  // namespace

NativeSlab::NativeSlab(std::size_t bytes, std::size_t align, Hook carve, Hook scrap)
    : bytes_(bytes),
      align_(align),
      carve_(carve),
      scrap_(scrap),
      magazines_(new Magazine[NativeTask::tasks_max]) {}

NativeSlab::~NativeSlab() {
  for (const Chunk& chunk : chunks_) {
    if (scrap_ != nullptr) {
      for (std::size_t i = 0; i < chunk.count; ++i) scrap_(chunk.first + i * bytes_);
    }
    ::operator delete(chunk.memory, std::align_val_t{page});
  }
}

void NativeSlab::add_chunk() {
  const std::size_t size = chunk_bytes(bytes_);
  auto* memory = static_cast<std::byte*>(::operator new(size, std::align_val_t{page}));
  std::byte* first = memory;
  if (chunks_.empty() && bytes_ < 1024) {
    // Where an object lies in its page decides which cache set and slice it shares; sample that.
    const std::size_t steps = size / 4 / std::max(align_, sizeof(void*));
    first += std::max(align_, sizeof(void*)) * (NativeTask::self().random() % steps);
  }
  const std::size_t count = static_cast<std::size_t>(memory + size - first) / bytes_;
  FL_ASSERT(count > 0);
  for (std::size_t i = count; i-- > 0;) {
    void* object = first + i * bytes_;
    if (carve_ != nullptr) carve_(object);
    free_.push_back(object);
  }
  chunks_.push_back({memory, first, count});
}

void NativeSlab::refill(Magazine& magazine) {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) add_chunk();
  while (magazine.count < Magazine::capacity / 2 && !free_.empty()) {
    magazine.objects[magazine.count++] = free_.back();
    free_.pop_back();
  }
  // The first one carved is the first one taken.
  std::reverse(magazine.objects, magazine.objects + magazine.count);
}

void NativeSlab::spill(Magazine& magazine) {
  const std::lock_guard lock(mutex_);
  while (magazine.count > Magazine::capacity / 2)
    free_.push_back(magazine.objects[--magazine.count]);
}

void NativeSlab::give_shared(void** objects, std::size_t count) {
  const std::lock_guard lock(mutex_);
  free_.insert(free_.end(), objects, objects + count);
}

void NativeSlab::defer(void* object, void (*give_back)(void*, void**, std::size_t), void* context) {
  NativeRcuBatch*& batch = magazines_[NativeTask::self().id()].deferred;
  if (batch == nullptr) {
    batch = new NativeRcuBatch;
    batch->give_back = give_back;
    batch->cache = context;
  }
  batch->objects[batch->count++] = object;
  if (batch->count == NativeRcuBatch::capacity) {
    native_rcu_defer(batch);
    batch = nullptr;
  }
}

void NativeSlab::flush() {
  for (std::uint32_t id = 0; id < NativeTask::tasks_max; ++id) {
    NativeRcuBatch*& batch = magazines_[id].deferred;
    if (batch != nullptr) native_rcu_defer(batch);
    batch = nullptr;
  }
}

}  // namespace faultline
