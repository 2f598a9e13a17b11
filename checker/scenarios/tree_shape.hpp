// tree_shape.hpp: scenarios over a tree of two levels: faults walk it while its nodes are replaced.
#pragma once

#include <array>

#include "checker/scenarios/address_space.hpp"

namespace faultline::scenarios {

// VMAs of one page with holes between them. Four fill a node.
template <class D>
struct ManyVmas : OneMm<D> {
  Fault got{};

  explicit ManyVmas(unsigned vmas) {
    for (unsigned i = 1; i < vmas; ++i) mmap(*this->mm, page(5 + 2 * i), page_size, vm_read);
    for (unsigned i = 1; i < vmas; ++i) fault(*this->mm, this->in[0], page(5 + 2 * i), false);
  }
  void read_at(unsigned thread, unsigned number) {
    got = this->fault_at(thread, number, /*write=*/false);
  }
  void finish() {
    expect(got == Fault::done, checker::Failure::assertion, "a mapped page was not found");
    this->expect_open();
  }
};

// The leaf that a fault looks at is replaced; the node above stays.
template <class D>
struct LeafReplaced : ManyVmas<D> {
  static constexpr const char* name = "leaf_replaced";
  static constexpr const char* summary = "a fault walks to a leaf that munmap replaces";
  static constexpr std::array threads{2u};

  LeafReplaced() : ManyVmas<D>(5) {}
  void thread(unsigned i) {
    i == 0 ? void(munmap(*this->mm, page(13), page_size)) : this->read_at(i, 9);
  }
};

// A leaf becomes small and is joined with its neighbour: two levels become one.
template <class D>
struct LeavesMerge : ManyVmas<D> {
  static constexpr const char* name = "leaves_merge";
  static constexpr const char* summary = "a fault walks the tree while two leaves become one";
  static constexpr std::array threads{2u};

  LeavesMerge() : ManyVmas<D>(5) { munmap(*this->mm, page(13), page_size); }
  void thread(unsigned i) {
    i == 0 ? void(munmap(*this->mm, page(11), page_size)) : this->read_at(i, 9);
  }
};

// A leaf is full and becomes two: one level becomes two.
template <class D>
struct LeafSplits : ManyVmas<D> {
  static constexpr const char* name = "leaf_splits";
  static constexpr const char* summary = "a fault walks the tree while a leaf becomes two";
  static constexpr std::array threads{2u};

  LeafSplits() : ManyVmas<D>(4) {}
  void thread(unsigned i) {
    i == 0 ? void(mmap(*this->mm, page(13), page_size, vm_read)) : this->read_at(i, 4);
  }
};

}  // namespace faultline::scenarios
