// every_design.hpp: every design in every placement, and an mm of this host to try it on.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "lockimpls/registry.hpp"
#include "mm/fault.hpp"
#include "mm/fork.hpp"
#include "mm/mapping.hpp"
#include "platform/native.hpp"

namespace faultline {

template <Platform P>
using EveryDesignOn = testing::Types<
    Design<P, MmapLockOnly<P>, Placement::none>, Design<P, VmaRwsem<P>, Placement::separate>,
    Design<P, VmaRwsem<P>, Placement::embedded>, Design<P, VmaAtomic<P>, Placement::separate>,
    Design<P, VmaAtomic<P>, Placement::embedded>, Design<P, VmaRefcount<P>, Placement::separate>,
    Design<P, VmaRefcount<P>, Placement::embedded>>;
using EveryDesign = EveryDesignOn<Native>;
static_assert(VmaLocks::size == 4, "a new lock word belongs into EveryDesign too");

struct DesignName {
  template <class D>
  static std::string GetName(int) {
    const char* const placements[] = {"none", "separate", "embedded"};
    return std::string(D::Lock::name) + "_" + placements[static_cast<int>(D::placement)];
  }
};

inline constexpr std::uint64_t rw = vm_read | vm_write;
inline constexpr std::uint64_t base = std::uint64_t{1} << 32;
constexpr std::uint64_t pages(std::uint64_t n) {
  return n * page_size;
}

// An mm with one task in it.
template <class D>
class AddressSpaceTest : public testing::Test {
 protected:
  AddressSpaceTest() : mm(*Mm<D>::create(system)) {}
  ~AddressSpaceTest() override {
    EXPECT_EQ(mm.vmas_attached.get() - mm.vmas_detached.get(), mm.map_count.get());
    EXPECT_EQ(thread.check.torn, 0u);
    EXPECT_EQ(thread.check.strays, 0u);
    exit_mmap(&mm);
  }

  MapError map(std::uint64_t page, std::uint64_t n, std::uint64_t flags = rw) {
    return mmap(mm, base + pages(page), pages(n), flags);
  }
  MapError unmap(std::uint64_t page, std::uint64_t n) {
    return munmap(mm, base + pages(page), pages(n));
  }
  MapError protect(std::uint64_t page, std::uint64_t n, std::uint64_t flags) {
    return mprotect(mm, base + pages(page), pages(n), flags);
  }
  Fault touch(std::uint64_t page, bool write = true) {
    return fault(mm, thread, base + pages(page), write);
  }
  Vma<D>* vma_at(std::uint64_t page) { return mm.tree.find(base + pages(page)); }
  std::uint64_t vmas() { return mm.map_count.get(); }

  NativeTaskScope task;
  System<D> system;
  Mm<D>& mm;
  MmThread<D> thread;
};

}  // namespace faultline
