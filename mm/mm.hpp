// mm.hpp: the modelled mm_struct: mmap_lock, mm_lock_seq, the VMA tree, and the protocol by which a
// VMA is read-locked and write-locked over any lock word.
//
// The protocol (Linux 6.14 and later): nobody write-locks a VMA without mmap_lock held for write.
// The writer pushes the readers out of the lock word, stamps vm_lock_seq = mm_lock_seq and lets go
// of the word at once: from then on the VMA is write-locked because the two numbers are equal. All
// of them are unlocked together when mm_lock_seq changes, just before mmap_lock is released or
// downgraded. A reader tries once and never waits; on any refusal it takes mmap_lock for read.
//
// Memory ordering: mm_lock_seq is stored with release, and loaded with acquire by the reader that
// holds the lock word: who sees a new number sees all that writers did before it. The stamp itself
// is ordered by the lock word, which the writer holds while it stamps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "lockimpls/rwsem.hpp"
#include "mm/fault_costs.hpp"
#include "mm/page_table.hpp"
#include "mm/vma.hpp"
#include "mm/vma_tree.hpp"
#include "platform/platform.hpp"

namespace faultline {

// As in /proc/vmstat.
struct VmaLockEvents {
  std::uint64_t success = 0;  // faults handled under the VMA lock
  std::uint64_t abort = 0;    // lock refused, or no VMA there: went to mmap_lock
  std::uint64_t retry = 0;    // lock dropped half-way: went to mmap_lock
  std::uint64_t miss = 0;     // the VMA was detached: looked up again
};

// What one thread brings along and counts.
template <class D>
struct MmThread {
  VmaLockEvents vma_lock;
  FaultBatches batches;
  typename D::Check::InThread check;
};

// What all address spaces share: the kernel's object caches.
template <class D>
struct System {
  using P = typename D::P;
  static constexpr bool type_stable = D::Lock::free_policy == FreePolicy::type_stable;
  using VmaCache = std::conditional_t<type_stable, typename P::template TypeStableCache<Vma<D>>,
                                      typename P::template Cache<Vma<D>>>;

  System() = default;
  // One grace period for all caches instead of one for each.
  ~System() {
    locks.flush();
    pairs.flush();
    nodes.flush();
    if constexpr (!type_stable) vmas.flush();
  }
  System(const System&) = delete;
  System& operator=(const System&) = delete;

  // What a VMA has beside itself: once in the life of its memory.
  void fit_out(Vma<D>& vma) {
    if constexpr (D::placement == Placement::separate) vma.slot.lock = locks.alloc();
    vma.pair = pairs.alloc();
    if constexpr (type_stable) vma.fitted_by = this;
  }
  void strip(Vma<D>& vma) {
    if constexpr (D::placement == Placement::separate) locks.free(vma.slot.lock);
    pairs.free(vma.pair);
  }

  typename P::template Cache<typename D::Lock> locks;
  typename P::template Cache<typename D::Check::Pair> pairs;
  typename VmaTree<P, Vma<D>>::NodeCache nodes;
  typename PageTable<P>::Pages pages;
  typename PageTable<P>::PteTables tables;
  typename PageTable<P>::Directories directories;
  typename P::template Cache<Mm<D>> mms;
  SharedFaultLines<P> lines;
  VmaCache vmas;  // last, so that it goes first: type-stable VMAs give back what they have
};

template <class D>
class Mm {
 public:
  using P = typename D::P;
  using Lock = typename D::Lock;
  using Check = typename D::Check;
  using Thread = MmThread<D>;
  using Tree = VmaTree<P, Vma<D>>;

  // An mm lives until the last mmdrop(); exit_mmap() (see mapping.hpp) empties it.
  static Mm* create(System<D>& system) { return system.mms.alloc(system); }
  explicit Mm(System<D>& shared)
      : system(shared),
        pages(shared.tables, shared.directories, shared.pages),
        tree(shared.nodes) {}

  void mmgrab() { mm_count_.add(1, relaxed); }
  void mmdrop() {
    if (mm_count_.fetch_sub(1, acq_rel) == 1) system.mms.free(this);
  }

  // --- mmap_lock ---

  void mmap_read_lock() { mmap_lock.down_read(); }
  bool mmap_read_trylock() { return mmap_lock.down_read_trylock(); }
  void mmap_read_unlock() { mmap_lock.up_read(); }

  void mmap_write_lock() {
    mmap_lock.down_write();
    const std::uint32_t seq = mm_lock_seq.load(relaxed);
    FL_ASSERT(seq % 2 == 0);
    // Odd: held for write. A reader may take this number for one that the stamp of the last writer
    // has fallen behind, so it has to see what that one did, too: in C++20 the release sequence of
    // its store does not go on with this one. (The kernel: a plain increment.)
    mm_lock_seq.store(seq + 1, release);
    // unforced: for those who look at the number without any lock
    // (mmap_lock_speculate_try_begin()); there is none here
    P::fence(release);
  }
  void mmap_write_unlock() {
    vma_end_write_all();
    mmap_lock.up_write();
  }
  void mmap_write_downgrade() {
    vma_end_write_all();
    mmap_lock.downgrade_write();
  }

  // --- the writer of a VMA: mmap_lock held for write ---

  void vma_start_write(Vma<D>& vma) {
    const std::uint32_t seq = mm_lock_seq.load(relaxed);
    if (vma.vm_lock_seq.load(relaxed) == seq) return;
    const bool excluded = vma.lock().exclude_readers(lock_part);
    stamp(vma, seq, excluded);
  }

  // As vma_start_write(), but gives up when a fatal signal comes while readers are in: returns
  // false, and the VMA is not write-locked. Lock words that cannot give up do not.
  bool vma_start_write_killable(Vma<D>& vma) {
    if constexpr (KillableVmaLock<Lock>) {
      const std::uint32_t seq = mm_lock_seq.load(relaxed);
      if (vma.vm_lock_seq.load(relaxed) == seq) return true;
      const Excluded excluded = vma.lock().exclude_readers_killable(lock_part);
      if (excluded == Excluded::interrupted) return false;
      stamp(vma, seq, excluded == Excluded::yes);
    } else {
      vma_start_write(vma);
    }
    return true;
  }

  bool vma_is_write_locked(const Vma<D>& vma) const {
    return vma.vm_lock_seq.load(relaxed) == mm_lock_seq.load(relaxed);
  }

  void vma_mark_attached(Vma<D>& vma) {
    FL_ASSERT(vma_is_write_locked(vma));
    vma.lock().attach(vma.lock_part);
    vmas_attached.set(vmas_attached.get() + 1);
  }

  void vma_mark_detached(Vma<D>& vma) {
    FL_ASSERT(vma_is_write_locked(vma));
    vma.lock().detach(vma.lock_part, lock_part);
    vmas_detached.set(vmas_detached.get() + 1);
  }

  // --- the reader of a VMA ---

  // The read-locked VMA that covers addr, or null: then the caller takes mmap_lock.
  Vma<D>* lock_vma_under_rcu(Thread& thread, std::uint64_t addr) {
    for (;;) {
      P::rcu_read_lock();
      Vma<D>* vma = tree.find(addr);
      if (vma == nullptr) {
        P::rcu_read_unlock();
        break;
      }
      const TryRead got = vma_start_read(*vma);  // leaves RCU unless it got the lock
      if (got == TryRead::gone) {
        ++thread.vma_lock.miss;
        P::retry(detached_site);
        continue;
      }
      if (got == TryRead::busy) break;
      if constexpr (!System<D>::type_stable) {
        if (!vma->lock().is_attached(vma->lock_part)) {
          vma->lock().end_read(lock_part);
          P::rcu_read_unlock();
          ++thread.vma_lock.miss;
          P::retry(detached_site);
          continue;
        }
      }
      P::rcu_read_unlock();  // the lock pins the VMA from here on
      // It may have been resized between the walk and the lock.
      if (addr >= vma->vm_start.get() && addr < vma->vm_end.get()) return vma;
      vma_end_read(*vma);
      break;
    }
    ++thread.vma_lock.abort;
    return nullptr;
  }

  // mmap_lock is held for read, so no writer can be there. Fails only when the count is full.
  bool vma_start_read_locked(Vma<D>& vma) { return vma.lock().try_read() == TryRead::ok; }

  void vma_end_read(Vma<D>& vma) { vma.lock().end_read(lock_part); }

  // The userfaultfd way in: finds the VMA under mmap_lock, keeps only its read lock. Null: none
  // there, or its lock cannot be had (then, and for designs without one, the caller stays with
  // mmap_lock).
  Vma<D>* lock_vma_under_mmap_lock(std::uint64_t addr) {
    mmap_read_lock();
    Vma<D>* vma = tree.find(addr);
    if (vma != nullptr && !vma_start_read_locked(*vma)) vma = nullptr;
    mmap_read_unlock();
    return vma;
  }

  // --- VMAs in and out of the caches; a new one is detached ---

  Vma<D>* vm_area_alloc() {
    Vma<D>* vma = system.vmas.alloc();
    if (vma->pair == nullptr) system.fit_out(*vma);
    // A reader may still look at the previous life of a type-stable VMA: its lock word says
    // detached, so it gets no further than the stamp. The word is not touched.
    // unforced: if the old stamp happens to be the number of our writer, the VMA is only locked
    // early
    vma->vm_lock_seq.store(~std::uint32_t{0}, relaxed);
    vma->vm_mm.set(this);
    vma->anon_vma.store(0, relaxed);
    return vma;
  }

  // `now`: no reader can be left, as at exit.
  void vm_area_free(Vma<D>* vma, bool now) {
    if constexpr (System<D>::type_stable) {
      (void)now;
      system.vmas.free(vma);
    } else if (now) {
      system.strip(*vma);
      system.vmas.free(vma);
    } else {
      if constexpr (D::placement == Placement::separate) system.locks.free_rcu(vma->slot.lock);
      system.pairs.free_rcu(vma->pair);  // unforced: the check's, only looked at under a lock
      system.vmas.free_rcu(vma);
    }
  }

  System<D>& system;
  FaultCosts costs;       // set before threads run
  BatchLock<P> counters;  // of resident pages
  // mmap_lock at byte 56 of a cache line, as in the kernel: count and owner fall into different
  // lines, and pgd, which every fault reads, shares that of count.
  alignas(cache_line) PageTable<P> pages;
  std::byte before_mmap_lock[56 - sizeof(PageTable<P>)];
  RwSem<P> mmap_lock;
  // Odd while mmap_lock is held for write. Written by its writer.
  typename P::template Atomic<std::uint32_t> mm_lock_seq{0};
  typename Lock::MmPart lock_part;
  typename Check::InMm check;
  Tree tree;

  // Written with mmap_lock held for write.
  typename P::template Plain<std::uint64_t> map_count{0};
  typename P::template Plain<std::uint64_t> vmas_attached{0};
  typename P::template Plain<std::uint64_t> vmas_detached{0};
  // Failure injection: the gather phase of munmap runs out of memory at its nth VMA; 0: never.
  typename P::template Plain<std::uint64_t> fail_gather_at{0};

 private:
  static constexpr const char* detached_site = "mm: a VMA that was detached to leave the tree";

  void stamp(Vma<D>& vma, std::uint32_t seq, bool excluded) {
    vma.vm_lock_seq.store(seq, relaxed);
    Check::writer_enters(check, *vma.pair);
    if (excluded) vma.lock().admit_readers();
  }

  TryRead vma_start_read(Vma<D>& vma) {
    // Early, unordered: can only refuse wrongly, which is allowed.
    // unforced: saves a write to the lock word that would be for nothing
    if (vma.vm_lock_seq.load(relaxed) == mm_lock_seq.load(relaxed)) {
      P::rcu_read_unlock();
      return TryRead::busy;
    }
    const TryRead got = vma.lock().try_read();
    if (got != TryRead::ok) {
      P::rcu_read_unlock();
      return got;
    }
    if constexpr (System<D>::type_stable) {
      if (vma.vm_mm.get() != this) [[unlikely]] {
        leave_foreign_vma(vma);
        return TryRead::busy;
      }
    }
    if (vma.vm_lock_seq.load(relaxed) == mm_lock_seq.load(acquire)) {
      vma.lock().end_read(lock_part);
      P::rcu_read_unlock();
      return TryRead::busy;
    }
    return TryRead::ok;
  }

  // The VMA was freed and reused by another mm between our walk and our lock. Giving the lock back
  // may have to wake that mm's writer, and that mm may exit as soon as our count is gone: so hold a
  // reference on it meanwhile. Taking one is safe, because our count keeps its VMA attached.
  void leave_foreign_vma(Vma<D>& vma) {
    Mm* other = vma.vm_mm.get();
    P::rcu_read_unlock();
    other->mmgrab();
    vma.lock().end_read(other->lock_part);
    other->mmdrop();
  }

  void vma_end_write_all() {
    Check::writer_leaves(check);
    const std::uint32_t seq = mm_lock_seq.load(relaxed);
    FL_ASSERT(seq % 2 == 1);
    mm_lock_seq.store(seq + 1, release);
  }

  typename P::template Atomic<std::uint32_t> mm_count_{1};
};

}  // namespace faultline
