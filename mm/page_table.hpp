// page_table.hpp: the page table of an mm: four levels of 512 entries, the last with a lock of its
// own (split page-table locks), filled in by faults and emptied by unmap.
//
// A platform that explores executions makes the levels smaller, by a specialization of
// page_table_bits, and keeps to the addresses that are left.
//
// Page tables are freed at exit only; the kernel also frees those of a range that is unmapped.
#pragma once

#include <array>
#include <cstdint>

#include "lockimpls/spin_lock.hpp"
#include "mm/vma.hpp"
#include "platform/platform.hpp"

namespace faultline {

struct alignas(page_size) Page {
  Page() {}  // NOLINT(modernize-use-equals-default): alloc() would clear it a second time
  std::array<std::uint64_t, page_size / sizeof(std::uint64_t)> words;
};

// Bits of an address that select an entry of one level.
template <class P>
inline constexpr unsigned page_table_bits = 9;

template <Platform P>
class PageTable {
 public:
  static constexpr unsigned bits = page_table_bits<P>;
  static constexpr unsigned entries = 1u << bits;
  static constexpr unsigned levels = 4;
  // Addresses from here on have no entry.
  static constexpr std::uint64_t end_of_addresses = page_size << (bits * levels);

  // The last level: 2 MiB of addresses.
  struct PteTable {
    alignas(cache_line) SpinLock<P> ptl;
    alignas(cache_line) std::array<typename P::template Atomic<Page*>, entries> pte;
  };
  struct Directory {
    std::array<typename P::template Atomic<void*>, entries> slot;
  };
  using PteTables = typename P::template Cache<PteTable>;
  using Directories = typename P::template Cache<Directory>;
  using Pages = typename P::template Cache<Page>;

  PageTable(PteTables& tables, Directories& directories, Pages& pages)
      : tables_(tables), directories_(directories), pages_(pages), pgd_(directories.alloc()) {}
  ~PageTable() { free_level(pgd_.get(), levels - 1); }
  PageTable(const PageTable&) = delete;
  PageTable& operator=(const PageTable&) = delete;

  // The page work of an anonymous fault: clears a page and installs it, unless another fault has
  // been faster. Returns whether it installed one.
  bool fault_in(std::uint64_t addr) {
    PteTable& table = *walk_alloc(addr);
    auto& pte = table.pte[index(addr, 0)];
    // unforced(changed): saves a page that would be given back
    if (pte.load(relaxed) != nullptr) return false;
    Page* page = pages_.alloc();
    P::clear(page, sizeof(Page));
    {
      SpinGuard<P> guard(table.ptl);
      if (pte.load(relaxed) == nullptr) {
        pte.store(page, release);  // unforced(relaxed): for hardware, which walks without the lock
        return true;
      }
    }
    pages_.free(page);
    return false;
  }

  // Unmaps the pages in [start, end); returns how many there were.
  std::uint64_t zap(std::uint64_t start, std::uint64_t end) {
    std::uint64_t zapped = 0;
    for (std::uint64_t addr = start; addr < end;) {
      const std::uint64_t stop = std::min(end, (addr | (span(1) - 1)) + 1);
      if (PteTable* table = walk(addr)) zapped += zap_table(*table, addr, stop);
      addr = stop;
    }
    return zapped;
  }

  bool present(std::uint64_t addr) const {
    PteTable* table = walk(addr);
    // unforced: for tests, when nobody works any more
    return table != nullptr && table->pte[index(addr, 0)].load(acquire) != nullptr;
  }

 private:
  static constexpr unsigned index(std::uint64_t addr, unsigned level) {
    return static_cast<unsigned>(addr / page_size >> (bits * level)) % entries;
  }
  // Bytes that one entry of a level's parent covers: span(1) is what a PteTable covers.
  static constexpr std::uint64_t span(unsigned level) { return page_size << (bits * level); }

  PteTable* walk(std::uint64_t addr) const {
    FL_ASSERT(addr < end_of_addresses);
    void* here = pgd_.get();
    for (unsigned level = levels - 1; level > 0 && here != nullptr; --level) {
      here = static_cast<Directory*>(here)->slot[index(addr, level)].load(acquire);
    }
    return static_cast<PteTable*>(here);
  }

  PteTable* walk_alloc(std::uint64_t addr) {
    FL_ASSERT(addr < end_of_addresses);
    Directory* here = pgd_.get();
    for (unsigned level = levels - 1; level > 1; --level) {
      auto& slot = here->slot[index(addr, level)];
      here = static_cast<Directory*>(get_or_install(slot, directories_));
    }
    return static_cast<PteTable*>(get_or_install(here->slot[index(addr, 1)], tables_));
  }

  template <class Slot, class Cache>
  static void* get_or_install(Slot& slot, Cache& cache) {
    void* there = slot.load(acquire);
    if (there != nullptr) return there;
    auto* fresh = cache.alloc();
    // unforced(release): a fresh table has nothing to be read that another one has written
    if (slot.compare_exchange_strong(there, static_cast<void*>(fresh), acq_rel)) return fresh;
    cache.free(fresh);
    return slot.load(acquire);
  }

  std::uint64_t zap_table(PteTable& table, std::uint64_t start, std::uint64_t end) {
    std::array<Page*, entries> gone;
    unsigned n = 0;
    {
      SpinGuard<P> guard(table.ptl);
      for (std::uint64_t addr = start; addr < end; addr += page_size) {
        auto& pte = table.pte[index(addr, 0)];
        Page* page = pte.load(relaxed);
        if (page == nullptr) continue;
        pte.store(nullptr, relaxed);
        gone[n++] = page;
      }
    }
    for (unsigned i = 0; i < n; ++i) pages_.free(gone[i]);
    return n;
  }

  void free_level(Directory* directory, unsigned level) {
    for (auto& slot : directory->slot) {
      void* below = slot.load(relaxed);
      if (below == nullptr) continue;
      if (level > 1) {
        free_level(static_cast<Directory*>(below), level - 1);
        continue;
      }
      auto* table = static_cast<PteTable*>(below);
      for (auto& pte : table->pte) {
        if (Page* page = pte.load(relaxed)) pages_.free(page);
      }
      tables_.free(table);
    }
    directories_.free(directory);
  }

  PteTables& tables_;
  Directories& directories_;
  Pages& pages_;
  // Read in every fault, from wherever the mm has it: beside mmap_lock, in the kernel.
  const typename P::template Plain<Directory*> pgd_;
};

}  // namespace faultline
