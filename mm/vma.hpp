// vma.hpp: one mapping, laid out like the kernel's vm_area_struct: the fields that a fault reads in
// the first line, the lock where the design puts it. Sizes follow research on 64-bit kernels: 160
// bytes and unaligned with a separate lock (Linux 6.4 to 6.14), three or four whole lines with an
// embedded one (6.15; series v2 to v5).
#pragma once

#include <cstddef>
#include <cstdint>

#include "mm/design.hpp"

namespace faultline {

template <class D>
class Mm;
template <class D>
struct System;

inline constexpr std::uint64_t page_size = 4096;

inline constexpr std::uint64_t vm_read = 1;
inline constexpr std::uint64_t vm_write = 2;
inline constexpr std::uint64_t vm_exec = 4;
inline constexpr std::uint64_t vm_growsdown = 0x100;  // a stack: see stack.hpp

template <class D, Placement where = D::placement>
struct LockSlot;

inline constexpr std::size_t vma_fields_bytes = 88;

template <class D>
struct LockSlot<D, Placement::none> {
  static constexpr std::size_t align = 8;
  typename D::Lock lock;
  std::byte other_fields[160 - vma_fields_bytes - sizeof(typename D::Lock)];

  typename D::Lock& get() { return lock; }
};

template <class D>
struct LockSlot<D, Placement::separate> {
  static constexpr std::size_t align = 8;
  typename D::Lock* lock = nullptr;
  std::byte other_fields[160 - vma_fields_bytes - sizeof(void*)];

  typename D::Lock& get() { return *lock; }
};

template <class D>
struct LockSlot<D, Placement::embedded> {
  static constexpr std::size_t align = cache_line;
  std::byte other_fields[D::Lock::embedded_offset - vma_fields_bytes];
  typename D::Lock lock;

  typename D::Lock& get() { return lock; }
};

template <class D>
struct alignas(LockSlot<D>::align) Vma {
  using P = typename D::P;
  using Pair = typename D::Check::Pair;

  // Written by the writer of vm_mm with the VMA write-locked or detached; read under a lock.
  typename P::template Plain<std::uint64_t> vm_start{0};
  typename P::template Plain<std::uint64_t> vm_end{0};
  typename P::template Plain<Mm<D>*> vm_mm{nullptr};
  typename P::template Plain<std::uint64_t> vm_page_prot{0};
  typename P::template Plain<std::uint64_t> vm_flags{0};
  // Equal to the mm's mm_lock_seq: write-locked. Written under the write lock; read by anyone who
  // can stand an old value.
  typename P::template Atomic<std::uint32_t> vm_lock_seq{~std::uint32_t{0}};
  typename D::Lock::VmaPart lock_part;
  // 0 until the first anonymous fault has prepared it, under mmap_lock held for read.
  typename P::template Atomic<std::uint64_t> anon_vma{0};
  // Not fields of the kernel's, set once: the check's counters, and, if the VMA is type-stable, who
  // takes them and a separate lock back when the VMA itself goes.
  Pair* pair = nullptr;
  System<D>* fitted_by = nullptr;
  typename P::template Plain<Vma*> next_gathered{nullptr};  // the writer's list, as in munmap
  typename P::template Plain<std::uint64_t> vm_pgoff{0};
  LockSlot<D> slot;

  ~Vma() {
    if constexpr (D::Lock::free_policy == FreePolicy::type_stable) {
      if (fitted_by != nullptr) fitted_by->strip(*this);
    }
  }

  typename D::Lock& lock() { return slot.get(); }
};

// What a result records of a design's memory layout.
struct VmaLayout {
  std::size_t vma_bytes;
  std::size_t lock_bytes;
  std::size_t lock_offset;  // meaningful for embedded locks only
};

template <class D>
constexpr VmaLayout vma_layout() {
  using V = Vma<D>;
  static_assert(offsetof(V, vm_lock_seq) == 40);  // where Linux 6.15 has it
  static_assert(offsetof(V, slot) == vma_fields_bytes);
  if constexpr (D::placement == Placement::embedded) {
    constexpr std::size_t offset = offsetof(V, slot) + offsetof(LockSlot<D>, lock);
    static_assert(offset == D::Lock::embedded_offset && offset % cache_line == 0);
    static_assert(sizeof(V) == (sizeof(typename D::Lock) > 4 ? 256 : 192));
    return {sizeof(V), sizeof(typename D::Lock), offset};
  } else {
    static_assert(sizeof(V) == 160);
    return {sizeof(V), D::placement == Placement::none ? 0 : sizeof(typename D::Lock), 0};
  }
}

}  // namespace faultline
