// sections.hpp: what a checked execution looks at to see whether readers and the writer of a VMA
// exclude each other: a plain variable that readers read and the writer writes, so that two
// sections that are not ordered are a race, whatever the schedule was.
#pragma once

#include <cstdint>

#include "platform/checked.hpp"

namespace faultline {

class Exclusion {
  using Where = checked::Where;

 public:
  void read(Where where = Where::current()) const {
    checked::execution().exclusive(this, false, where);
  }
  void write(Where where = Where::current()) { checked::execution().exclusive(this, true, where); }

 private:
  [[maybe_unused]] char variable_ = 0;
};

// Fails the execution. Does not return to a thread.
inline void fail(checker::Failure failure, const char* what,
                 checked::Where where = checked::Where::current()) {
  checked::execution().fail(failure, what, where);
}

inline void expect(bool holds, checker::Failure failure, const char* what,
                   checked::Where where = checked::Where::current()) {
  if (!holds) fail(failure, what, where);
}

// The Check of a Design (mm/check.hpp) for checked executions: see PairedCounters for what it is
// asked and when.
struct CheckedSections {
  static constexpr bool checks = true;

  struct Pair {
    Exclusion inside;
    // The writer's list of the VMAs that it has write-locked.
    Checked::Plain<Pair*> next_open{nullptr};
    Checked::Plain<bool> open{false};
  };
  struct InThread {
    std::uint64_t pairs = 0;
    std::uint64_t torn = 0;
    std::uint64_t strays = 0;
    std::uint64_t linger_ns = 0;
  };
  struct InMm {
    Checked::Plain<Pair*> open{nullptr};
    Checked::Plain<std::uint64_t> sections{0};
  };

  static void writer_enters(InMm& mm, Pair& pair) {
    pair.inside.write();
    if (pair.open.get()) return;
    pair.open.set(true);
    pair.next_open.set(mm.open.get());
    mm.open.set(&pair);
  }
  static void writer_leaves(InMm& mm) {
    for (Pair* pair = mm.open.get(); pair != nullptr; pair = pair->next_open.get()) {
      pair->inside.write();
      pair->open.set(false);
    }
    mm.open.set(nullptr);
  }
  static std::uint64_t reader_enters(const Pair& pair) {
    pair.inside.read();
    return 0;
  }
  static void reader_leaves(InThread&, const Pair& pair, std::uint64_t, bool stray) {
    pair.inside.read();
    expect(!stray, checker::Failure::stale_reuse,
           "a reader holds a VMA that is detached, another mm's or elsewhere");
  }
};

}  // namespace faultline
