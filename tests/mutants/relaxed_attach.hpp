// relaxed_attach.hpp: a reader of a VMA that was used before sees the lock of its new life and the
// fields of its old one.
//
// Source
//   Review of the refcount series, 2025: with SLAB_TYPESAFE_BY_RCU the increment has to acquire
//   (Hillf Danton) what attaching released: refcount_set_release() (Will Deacon). A VMA that was
//   freed by RCU could do with relaxed ones.
#pragma once

#include "tests/mutants/mutant.hpp"

namespace faultline::mutants {

struct RelaxedAttach {
  static constexpr const char* name = "relaxed_attach";
  static constexpr unsigned threads = 2;
  static constexpr Failure failure = Failure::stale_reuse;

  struct Broken : Checked {};
  using Mutant = scenarios::ReusedVma<RealDesign<VmaRefcount<Broken>>>;
  using Fixed = scenarios::ReusedVma<RealDesign<VmaRefcount<Checked>>>;
};

// The other half of the pair.
struct RelaxedTryRead {
  static constexpr const char* name = "relaxed_try_read";
  static constexpr unsigned threads = 2;
  static constexpr Failure failure = Failure::stale_reuse;

  struct Broken : Checked {};
  using Mutant = scenarios::ReusedVma<RealDesign<VmaRefcount<Broken>>>;
  using Fixed = RelaxedAttach::Fixed;
};

}  // namespace faultline::mutants

namespace faultline {

template <>
inline void VmaRefcount<mutants::RelaxedAttach::Broken>::attach(VmaPart&) {
  FL_ASSERT(refcnt_.load(relaxed) == 0);
  refcnt_.store(1, relaxed);  // not release
}

template <>
inline TryRead VmaRefcount<mutants::RelaxedTryRead::Broken>::try_read() {
  std::uint32_t seen = 0;
  const auto raise = [](std::uint32_t count, std::uint32_t& wanted) {
    wanted = count + 1;
    return count != 0 && count < limit;
  };
  if (refcnt_.try_update(seen, raise, relaxed)) return TryRead::ok;  // not acquire
  return seen == 0 ? TryRead::gone : TryRead::busy;
}

}  // namespace faultline
