// memory.cpp: the arena and its table of lines, both reserved and touched only where used.
#include "simulator/memory.hpp"

#include <sys/mman.h>

#include <bit>
#include <new>

namespace faultline::simulator {

namespace {

void* reserve(std::size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return memory;
}

}  // namespace

unsigned SharerSet::count_in(unsigned first, unsigned count) const {
  const unsigned end = first + count;
  unsigned found = 0;
  for (unsigned word = first / 64; word <= (end - 1) / 64; ++word) {
    std::uint64_t bits = words[word];
    if (word == first / 64) bits &= ~std::uint64_t{0} << (first % 64);
    if (word == (end - 1) / 64 && end % 64 != 0) bits &= ~(~std::uint64_t{0} << (end % 64));
    found += static_cast<unsigned>(std::popcount(bits));
  }
  return found;
}

Memory::Memory(unsigned tasks)
    : stacks_(tasks),
      stacks_bytes_(tasks * stack_bytes),
      base_(static_cast<std::byte*>(reserve(arena_bytes))),
      used_(stacks_bytes_),
      sets_(1) {
  // Huge pages would make a page of stack, or of the table, two megabytes.
  madvise(base_, arena_bytes, MADV_NOHUGEPAGE);
  const std::size_t lines = std::size_t{first_stack} + tasks;
  try {
    lines_ = static_cast<Line*>(reserve(lines * sizeof(Line)));
  } catch (...) {
    munmap(base_, arena_bytes);
    throw;
  }
}

Memory::~Memory() {
  munmap(base_, arena_bytes);
  munmap(lines_, (std::size_t{first_stack} + stacks_) * sizeof(Line));
}

void* Memory::allocate(std::size_t bytes, std::size_t align) {
  const std::size_t begin = (used_ + align - 1) / align * align;
  if (begin + bytes > arena_bytes) throw std::bad_alloc();
  used_ = begin + bytes;
  return base_ + begin;
}

SharerSet& Memory::sharers(Line& line) {
  if (line.sharers == 0) {
    if (free_sets_.empty()) {
      line.sharers = static_cast<std::uint32_t>(sets_.size());
      sets_.emplace_back();
    } else {
      line.sharers = free_sets_.back();
      free_sets_.pop_back();
      sets_[line.sharers] = SharerSet();
    }
  }
  return sets_[line.sharers];
}

void Memory::drop_sharers(Line& line) {
  if (line.sharers == 0) return;
  free_sets_.push_back(line.sharers);
  line.sharers = 0;
}

}  // namespace faultline::simulator
