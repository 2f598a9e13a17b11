// word.hpp: scenarios over a lock word alone: one VMA, one writer, readers that try.
//
// The writer keeps rule W of lock.hpp (only thread 0 writes), so mmap_lock is not needed here.
#pragma once

#include <array>

#include "checker/scenarios/sections.hpp"
#include "lockimpls/lock.hpp"
#include "lockimpls/registry.hpp"

namespace faultline::scenarios {

template <class L>
struct OneVma {
  using P = Checked;
  static constexpr bool applies = L::per_vma;

  L lock;
  typename L::VmaPart vma;
  typename L::MmPart mm;
  Exclusion inside;

  OneVma() { lock.attach(vma); }

  void read() {
    if (lock.try_read() != TryRead::ok) return;
    // A word that cannot tell says so here; see lock_vma_under_rcu().
    if (lock.is_attached(vma)) {
      inside.read();
      inside.read();
    }
    lock.end_read(mm);
  }
  void write() {
    const bool excluded = lock.exclude_readers(mm);
    inside.write();
    if (excluded) lock.admit_readers();
  }
  void expect_open() {
    const bool open = lock.try_read() == TryRead::ok;
    expect(open, checker::Failure::leaked_exclusion,
           "the writer has gone, and readers are still refused");
    if (open) lock.end_read(mm);
  }
};

// Readers try while the writer comes in and goes.
template <class L>
struct ReadersWriter : OneVma<L> {
  static constexpr const char* name = "readers_writer";
  static constexpr const char* summary = "readers try a VMA while its writer comes in and goes";
  static constexpr std::array threads{2u, 3u};

  void thread(unsigned i) { i == 0 ? this->write() : this->read(); }
  void finish() { this->expect_open(); }
  static int group(unsigned i, unsigned) { return i == 0 ? -1 : 1; }
};

// The same with one reader more; nothing happens by chance, which two readers have seen already.
template <class L>
struct ThreeReadersWriter : ReadersWriter<L> {
  static constexpr const char* name = "three_readers_writer";
  static constexpr const char* summary = "three readers and a writer, nothing by chance";
  static constexpr std::array threads{4u};
  static constexpr checker::Chances chances{0, 0, 0, 0, 0};
};

// The writer comes in twice: what the first visit leaves behind must not disturb the second.
template <class L>
struct WriterTwice : OneVma<L> {
  static constexpr const char* name = "writer_twice";
  static constexpr const char* summary = "a reader tries while the writer comes in twice";
  static constexpr std::array threads{2u};

  void thread(unsigned i) {
    if (i != 0) return this->read();
    this->write();
    this->write();
  }
  void finish() { this->expect_open(); }
};

// One VMA with the stamps of mm/: it is write-locked while the two numbers are equal, from the
// first write() until unlock_all(), also when the word has let readers in again.
template <class L>
struct StampedVma : OneVma<L> {
  using P = Checked;
  P::Atomic<std::uint32_t> vm_lock_seq{~std::uint32_t{0}};
  P::Atomic<std::uint32_t> mm_lock_seq{1};

  void read() {
    if (this->lock.try_read() != TryRead::ok) return;
    if (vm_lock_seq.load(relaxed) != mm_lock_seq.load(acquire) &&
        this->lock.is_attached(this->vma)) {
      this->inside.read();
      this->inside.read();
    }
    this->lock.end_read(this->mm);
  }
  void write() {
    const bool excluded = this->lock.exclude_readers(this->mm);
    vm_lock_seq.store(mm_lock_seq.load(relaxed), relaxed);
    this->inside.write();
    if (excluded) this->lock.admit_readers();
  }
  void detach() {
    this->lock.detach(this->vma, this->mm);
    this->inside.write();
  }
  void unlock_all() {
    this->inside.write();
    mm_lock_seq.store(mm_lock_seq.load(relaxed) + 1, release);
  }
  static int group(unsigned i, unsigned) { return i == 0 ? -1 : 1; }
};

// munmap's writer: shuts readers out, detaches; readers may be just looking in.
template <class L>
struct DetachTransient : StampedVma<L> {
  static constexpr const char* name = "detach_transient";
  static constexpr const char* summary = "a VMA is detached while readers just look in";
  static constexpr std::array threads{2u, 3u};

  void thread(unsigned i) {
    if (i != 0) return this->read();
    this->write();
    this->detach();
    this->unlock_all();
  }
  void finish() {
    expect(!this->lock.is_attached(this->vma), checker::Failure::assertion,
           "a detached VMA says that it is attached");
  }
};

// The writer of a VMA that is detached: there is nobody to shut out.
template <class L>
struct WriteDetached : StampedVma<L> {
  static constexpr const char* name = "write_detached";
  static constexpr const char* summary = "a detached VMA is write-locked, then attached again";
  static constexpr std::array threads{2u};

  void thread(unsigned i) {
    if (i != 0) return this->read();
    this->write();
    this->detach();
    this->write();
    this->inside.write();
    this->lock.attach(this->vma);
    this->unlock_all();
  }
  void finish() { this->expect_open(); }
};

// A munmap that fails half-way attaches again what it has detached.
template <class L>
struct AttachAgain : StampedVma<L> {
  static constexpr const char* name = "attach_again";
  static constexpr const char* summary = "a VMA is detached, attached again, detached again";
  static constexpr std::array threads{2u, 3u};

  void thread(unsigned i) {
    if (i != 0) return this->read();
    this->write();
    this->detach();
    this->lock.attach(this->vma);
    this->unlock_all();
    this->write();
    this->detach();
    this->unlock_all();
  }
};

// A lock word with few reader bits, where it has such a form: more readers than it can count.
template <class L>
struct FewBits {
  static constexpr bool exists = false;
  using type = L;
};
template <>
struct FewBits<VmaRefcount<Checked>> {
  static constexpr bool exists = true;
  using type = BasicVmaRefcount<Checked, 2>;
};
template <>
struct FewBits<VmaAtomic<Checked>> {
  static constexpr bool exists = true;
  using type = BasicVmaAtomic<Checked, 1>;
};

template <class L>
struct CountLimit : OneVma<typename FewBits<L>::type> {
  static constexpr const char* name = "count_limit";
  static constexpr const char* summary = "more readers than a word with few bits can count";
  static constexpr std::array threads{4u};
  static constexpr bool applies = FewBits<L>::exists;
  static constexpr checker::Chances chances{0, 0, 0, 0, 0};

  void thread(unsigned i) { i == 0 ? this->write() : this->read(); }
  void finish() {
    this->expect_open();
    for (const NamedWord& word : this->lock.words()) {
      expect(word.value <= 1, checker::Failure::counter_overflow,
             "nobody is left, and the count is not back where it was");
    }
  }
  static int group(unsigned i, unsigned) { return i == 0 ? -1 : 1; }
};

// A fatal signal ends the writer's wait: readers must be let in again.
template <class L>
struct KillableWriter : OneVma<L> {
  static constexpr const char* name = "killable_writer";
  static constexpr const char* summary = "a fatal signal ends a writer that waits for readers";
  static constexpr std::array threads{2u, 3u};
  static constexpr bool applies = KillableVmaLock<L>;

  void thread(unsigned i) {
    if constexpr (applies) {
      if (i != 0) return this->read();
      const Excluded excluded = this->lock.exclude_readers_killable(this->mm);
      if (excluded == Excluded::interrupted) return;
      this->inside.write();
      if (excluded == Excluded::yes) this->lock.admit_readers();
    }
  }
  void finish() { this->expect_open(); }
  static int group(unsigned i, unsigned) { return i == 0 ? -1 : 1; }
};

}  // namespace faultline::scenarios
