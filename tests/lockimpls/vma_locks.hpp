// vma_locks.hpp: every lock word of the registry on every platform, as cases of typed tests.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "lockimpls/registry.hpp"
#include "platform/native.hpp"
#include "tests/platform/tasks.hpp"
#include "tests/platform/tiny.hpp"

namespace faultline {

template <class L, Platform P>
struct LockCase {
  using Lock = L;
  using On = P;
  static_assert(VmaLock<L, P>);
  // A word that needs no flag beside it knows by itself that its VMA is detached.
  static constexpr bool tells_gone = std::is_same_v<typename L::VmaPart, Nothing>;
  static std::string name() { return std::string(L::name) + "/" + P::name; }
};

template <Platform P>
struct CasesOn {
  template <class... Locks>
  using list = std::tuple<LockCase<Locks, P>...>;
};

template <class Tuple>
struct AsTypes;
template <class... Cases>
struct AsTypes<std::tuple<Cases...>> {
  using type = ::testing::Types<Cases...>;
};

template <Platform P>
using LockCasesOn = VmaLocks::on<CasesOn<P>::template list, P>;
using NativeLockCases = AsTypes<LockCasesOn<Native>>::type;
using AllLockCases =
    AsTypes<decltype(std::tuple_cat(LockCasesOn<Native>(), LockCasesOn<Tiny>()))>::type;

// A VMA as far as its lock is concerned, in an mm of its own.
template <class Case>
struct TestVma {
  using Lock = typename Case::Lock;
  using P = typename Case::On;

  Lock lock;
  typename Lock::VmaPart part;
  typename Lock::MmPart mm;
  // Equal unless a writer is in.
  typename P::template Plain<std::uint64_t> start{0};
  typename P::template Plain<std::uint64_t> end{0};

  void attach() { lock.attach(part); }
  bool is_attached() const { return lock.is_attached(part); }
  TryRead try_read() { return lock.try_read(); }
  void end_read() { lock.end_read(mm); }
  bool exclude() { return lock.exclude_readers(mm); }
  void admit() { lock.admit_readers(); }

  // Takes the VMA out of the tree: as its writer, with nobody reading when it returns.
  void detach() {
    if constexpr (Case::tells_gone) {
      lock.detach(part, mm);
    } else {
      const bool excluded = exclude();
      lock.detach(part, mm);
      if (excluded) admit();
    }
  }

  std::vector<std::uint64_t> words() const {
    std::vector<std::uint64_t> values;
    for (const NamedWord& word : lock.words()) values.push_back(word.value);
    return values;
  }
};

}  // namespace faultline
