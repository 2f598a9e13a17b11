// busted.hpp: a lock word that does not lock. Registered in the tests only: a harness that calls it
// good measures locks that are none.
#pragma once

#include "lockimpls/lock.hpp"
#include "lockimpls/rcuwait.hpp"
#include "platform/platform.hpp"

namespace faultline {

// Counts like `refcount`, but its writer waits for nobody.
template <Platform P>
class Busted {
 public:
  using VmaPart = Nothing;
  using MmPart = Rcuwait<P>;

  static constexpr const char* name = "busted";
  static constexpr const char* summary = "lets writers in while readers are there";
  static constexpr bool per_vma = true;
  static constexpr FreePolicy free_policy = FreePolicy::type_stable;
  static constexpr std::size_t embedded_offset = 128;
  static constexpr bool embedded_in_kernel = true;

  TryRead try_read() {
    if (attached_.load(acquire) == 0) return TryRead::gone;
    readers_.add(1, acquire);
    return TryRead::ok;
  }
  void end_read(MmPart&) { readers_.sub(1, release); }
  bool exclude_readers(MmPart&) { return true; }
  void admit_readers() {}
  void attach(VmaPart&) { attached_.store(1, release); }
  void detach(VmaPart&, MmPart&) { attached_.store(0, release); }
  bool is_attached(const VmaPart&) const { return attached_.load(relaxed) != 0; }
  std::array<NamedWord, 1> words() const { return {{{"readers", readers_.load(relaxed)}}}; }

 private:
  typename P::template Atomic<std::uint16_t> readers_{0};
  typename P::template Atomic<std::uint16_t> attached_{0};
};

}  // namespace faultline
