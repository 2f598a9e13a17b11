// heap.cpp: arena, objects and their lives. See heap.hpp.
#include "checker/heap.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace faultline::checker {

namespace {

void* mapped(std::size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return memory;
}

}  // namespace

Heap::Numbers Heap::numbers(std::size_t count) {
  const std::size_t bytes = count * sizeof(std::uint16_t);
  return Numbers(static_cast<std::uint16_t*>(mapped(bytes)), Release{bytes});
}

void Heap::Release::operator()(std::uint16_t* memory) const {
  ::munmap(memory, bytes);
}

Heap::Heap() {
  arena_ = static_cast<std::byte*>(mapped(arena_bytes));
  shadow_ = numbers(arena_bytes);
  object_of_ = numbers(arena_bytes / granule_bytes);
  std::byte* next = arena_;
  const auto region = [&next](std::size_t bytes) {
    Region made{next, next, next + bytes};
    next += bytes;
    return made;
  };
  statics_ = region(static_bytes);
  regions_[nobody] = region(setup_bytes);
  stacks_ = arena_ + arena_bytes - threads_max * stack_bytes;
  const auto left = static_cast<std::size_t>(stacks_ - next);
  for (unsigned i = 0; i < threads_max; ++i) regions_[i] = region(left / threads_max / 64 * 64);
}

Heap::~Heap() {
  ::munmap(arena_, arena_bytes);
}

std::byte* Heap::bump(Region& region, std::size_t bytes, std::size_t align) {
  const auto at = (reinterpret_cast<std::uintptr_t>(region.next) + align - 1) & ~(align - 1);
  auto* begin = reinterpret_cast<std::byte*>(at);
  if (begin > region.end || bytes > static_cast<std::size_t>(region.end - begin)) return nullptr;
  region.next = begin + bytes;
  return begin;
}

void* Heap::static_memory(std::size_t bytes, std::size_t align) {
  return bump(statics_, bytes, std::max(align, granule_bytes));
}

void Heap::static_is_ready(const void* memory, std::size_t bytes) {
  // Built in the middle of an execution: it will be there from now on, as it is now.
  const std::size_t end = offset(memory) + bytes;
  if (static_image_.size() < end) static_image_.resize(end);
  std::memcpy(static_image_.data() + offset(memory), memory, bytes);
}

void Heap::begin_setup() {
  for (std::size_t i = 1; i < objects_.size(); ++i) forget_object(objects_[i]);
  objects_.resize(1);
  freed_.clear();
  for (Region& region : regions_) region.next = region.begin;
}

void Heap::end_setup() {
  static_image_.assign(statics_.begin, statics_.next);
  setup_image_.assign(regions_[nobody].begin, regions_[nobody].next);
  objects_then_ = objects_;
  freed_then_ = freed_;
}

void Heap::put_back() {
  std::memcpy(statics_.begin, static_image_.data(), static_image_.size());
  std::memcpy(regions_[nobody].begin, setup_image_.data(), setup_image_.size());
  for (std::size_t i = objects_then_.size(); i < objects_.size(); ++i) forget_object(objects_[i]);
  objects_ = objects_then_;
  freed_ = freed_then_;
  for (unsigned i = 0; i < threads_max; ++i) regions_[i].next = regions_[i].begin;
}

void Heap::save(Saved& saved, const std::array<const std::byte*, threads_max>& stacks) const {
  saved.statics = static_cast<std::size_t>(statics_.next - statics_.begin);
  std::size_t bytes = saved.statics + setup_image_.size();
  for (unsigned i = 0; i < threads_max; ++i) {
    saved.used[i] = static_cast<std::size_t>(regions_[i].next - regions_[i].begin);
    saved.stacks[i] = stacks[i] == nullptr ? 0 : static_cast<std::size_t>(stack_top(i) - stacks[i]);
    bytes += saved.used[i] + saved.stacks[i];
  }
  if (saved.bytes.size() < bytes) saved.bytes.resize(bytes);
  std::byte* to = saved.bytes.data();
  const auto copy = [&to](const std::byte* from, std::size_t n) {
    std::memcpy(to, from, n);
    to += n;
  };
  copy(statics_.begin, saved.statics);
  copy(regions_[nobody].begin, setup_image_.size());
  for (unsigned i = 0; i < threads_max; ++i) {
    if (saved.used[i] != 0) copy(regions_[i].begin, saved.used[i]);
    if (saved.stacks[i] != 0) copy(stacks[i], saved.stacks[i]);
  }
  saved.objects = objects_;
  saved.freed = freed_;
}

void Heap::restore(const Saved& saved) {
  const std::byte* from = saved.bytes.data();
  const auto copy = [&from](std::byte* to, std::size_t n) {
    std::memcpy(to, from, n);
    from += n;
  };
  copy(statics_.begin, saved.statics);
  // Statics that were built later are there from then on.
  if (static_image_.size() > saved.statics) {
    std::memcpy(statics_.begin + saved.statics, static_image_.data() + saved.statics,
                static_image_.size() - saved.statics);
  }
  copy(regions_[nobody].begin, setup_image_.size());
  for (unsigned i = 0; i < threads_max; ++i) {
    if (saved.used[i] != 0) copy(regions_[i].begin, saved.used[i]);
    regions_[i].next = regions_[i].begin + saved.used[i];
    if (saved.stacks[i] != 0) copy(stack_top(i) - saved.stacks[i], saved.stacks[i]);
  }
  for (std::size_t i = saved.objects.size(); i < objects_.size(); ++i) forget_object(objects_[i]);
  objects_ = saved.objects;
  freed_ = saved.freed;
}

void Heap::forget_object(const Object& object) {
  const std::size_t first = offset(object.begin) / granule_bytes;
  const std::size_t end = (offset(object.begin) + object.bytes + granule_bytes - 1) / granule_bytes;
  for (std::size_t i = first; i < end; ++i) object_of_[i] = 0;
}

unsigned Heap::live(const void* cache) const {
  return static_cast<unsigned>(
      std::count_if(objects_.begin() + 1, objects_.end(), [cache](const Object& object) {
        return object.cache == cache && object.state == Object::State::live;
      }));
}

void* Heap::allocate(unsigned thread, std::size_t bytes, std::size_t align, const void* cache,
                     bool type_stable, Steps step) {
  std::byte* begin = bump(regions_[thread], bytes, std::max(align, granule_bytes));
  if (begin == nullptr) return nullptr;
  Object object;
  object.begin = begin;
  object.bytes = bytes;
  object.cache = cache;
  object.type_stable = type_stable;
  object.owner = thread;
  object.born = step;
  const auto number = static_cast<std::uint16_t>(objects_.size());
  objects_.push_back(object);
  const std::size_t end = (offset(begin) + bytes + granule_bytes - 1) / granule_bytes;
  for (std::size_t i = offset(begin) / granule_bytes; i < end; ++i) object_of_[i] = number;
  return begin;
}

Life Heap::check(Object& object, const Access& access) {
  if (object.state == Object::State::freed && !object.type_stable) return Life::dead;
  if (object.state == Object::State::deferred &&
      (access.section == 0 || access.section > object.grace)) {
    return Life::dead;
  }
  if (object.owner != nobody && object.owner != access.thread && object.lives == 1 &&
      access.happened[object.owner] < object.born) {
    return Life::unborn;
  }
  object.used[access.thread] = access.step;
  if (access.section == 0) object.used_outside[access.thread] = access.step;
  return Life::good;
}

namespace {

bool all_before(const Clock& uses, const Access& access) {
  for (unsigned i = 0; i < threads_max; ++i) {
    if (i != access.thread && uses[i] > access.happened[i]) return false;
  }
  return true;
}

}  // namespace

Life Heap::free_now(Object& object, const Access& access) {
  if (object.state != Object::State::live) return Life::dead;
  object.state = Object::State::freed;
  return object.type_stable || all_before(object.used, access) ? Life::good : Life::dead;
}

Life Heap::free_deferred(Object& object, const Access& access, std::uint64_t now) {
  if (object.state != Object::State::live) return Life::dead;
  object.state = Object::State::deferred;
  object.grace = now;
  return all_before(object.used_outside, access) ? Life::good : Life::dead;
}

std::vector<Freed*> Heap::reusable(const void* cache) {
  std::vector<Freed*> found;
  for (auto one = freed_.rbegin(); one != freed_.rend(); ++one) {
    if (one->cache == cache) found.push_back(&*one);
  }
  return found;
}

void Heap::give_back(Object& object, const void* cache, int view) {
  const auto number = static_cast<std::uint16_t>(&object - objects_.data());
  freed_.push_back(Freed{cache, number, view});
}

void* Heap::take_back(Freed& freed, const Access& access) {
  Object& object = objects_[freed.object];
  object.state = Object::State::live;
  ++object.lives;
  object.owner = access.thread;
  object.born = access.step;
  freed_.erase(std::find_if(freed_.begin(), freed_.end(),
                            [&freed](const Freed& one) { return &one == &freed; }));
  return const_cast<std::byte*>(object.begin);
}

}  // namespace faultline::checker
