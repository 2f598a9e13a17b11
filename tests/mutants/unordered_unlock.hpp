// unordered_unlock.hpp: a reader sees the new mm_lock_seq, so the VMA is not write-locked any more,
// but not all that its writer did.
//
// Source
//   Linux 6.4 to 6.4.x, found by Jann Horn, July 2023 (b1f02b95758d): vma_end_write_all() stored
//   mm_lock_seq, and vma_start_read() loaded it, without release and acquire.
//
// The lock word does not help: the writer lets go of it as soon as it has stamped the VMA, before
// it changes anything, so the reader that gets in synchronizes with the stamp only. So every design
// with a lock in the VMA has the bug, with either half of the pair, in every scenario where a fault
// may follow the writer of its VMA. Where that writer unmaps, the refcount has not: its word is 0
// from then on, and says so by itself; the others keep a flag, which is as plain as the rest.
#pragma once

#include "tests/mutants/mutant.hpp"

namespace faultline::mutants {

template <class Lock>
struct RelaxedUnlockDesign : RealDesign<Lock> {};
template <class Lock>
struct RelaxedSeqDesign : RealDesign<Lock> {};

// vma_end_write_all() stores with relaxed.
template <class Lock>
struct RelaxedUnlock {
  static constexpr const char* name = "relaxed_unlock";
  static constexpr unsigned threads = 2;
  static constexpr Failure failure = Failure::data_race;

  using Mutant = scenarios::FallbackConvoy<RelaxedUnlockDesign<Lock>>;
  using Fixed = scenarios::FallbackConvoy<RealDesign<Lock>>;
};

// vma_start_read() loads with relaxed.
template <class Lock>
struct RelaxedSeq {
  static constexpr const char* name = "relaxed_seq";
  static constexpr unsigned threads = 2;
  static constexpr Failure failure = Failure::data_race;

  using Mutant = scenarios::FallbackConvoy<RelaxedSeqDesign<Lock>>;
  using Fixed = scenarios::FallbackConvoy<RealDesign<Lock>>;
};

template <class D>
void end_write_all_relaxed(Mm<D>& mm) {
  D::Check::writer_leaves(mm.check);
  const std::uint32_t seq = mm.mm_lock_seq.load(relaxed);
  mm.mm_lock_seq.store(seq + 1, relaxed);  // not release
}

// vma_start_read(), but for the test that needs VMAs that are type-stable: nothing reuses one here.
template <class D>
TryRead start_read_relaxed(Mm<D>& mm, Vma<D>& vma) {
  TryRead got = TryRead::busy;
  if (vma.vm_lock_seq.load(relaxed) != mm.mm_lock_seq.load(relaxed)) got = vma.lock().try_read();
  if (got == TryRead::ok && vma.vm_lock_seq.load(relaxed) == mm.mm_lock_seq.load(relaxed)) {
    vma.lock().end_read(mm.lock_part);  // the second load: not acquire
    got = TryRead::busy;
  }
  if (got != TryRead::ok) D::P::rcu_read_unlock();
  return got;
}

}  // namespace faultline::mutants

namespace faultline {

template <>
inline void Mm<mutants::RelaxedUnlockDesign<MmapLockOnly<Checked>>>::vma_end_write_all() {
  mutants::end_write_all_relaxed(*this);
}
template <>
inline void Mm<mutants::RelaxedUnlockDesign<VmaRwsem<Checked>>>::vma_end_write_all() {
  mutants::end_write_all_relaxed(*this);
}
template <>
inline void Mm<mutants::RelaxedUnlockDesign<VmaAtomic<Checked>>>::vma_end_write_all() {
  mutants::end_write_all_relaxed(*this);
}
template <>
inline void Mm<mutants::RelaxedUnlockDesign<VmaRefcount<Checked>>>::vma_end_write_all() {
  mutants::end_write_all_relaxed(*this);
}

template <>
inline TryRead Mm<mutants::RelaxedSeqDesign<VmaRwsem<Checked>>>::vma_start_read(
    Vma<mutants::RelaxedSeqDesign<VmaRwsem<Checked>>>& vma) {
  return mutants::start_read_relaxed(*this, vma);
}
template <>
inline TryRead Mm<mutants::RelaxedSeqDesign<VmaAtomic<Checked>>>::vma_start_read(
    Vma<mutants::RelaxedSeqDesign<VmaAtomic<Checked>>>& vma) {
  return mutants::start_read_relaxed(*this, vma);
}
template <>
inline TryRead Mm<mutants::RelaxedSeqDesign<VmaRefcount<Checked>>>::vma_start_read(
    Vma<mutants::RelaxedSeqDesign<VmaRefcount<Checked>>>& vma) {
  return mutants::start_read_relaxed(*this, vma);
}

}  // namespace faultline
