// yardstick.hpp: scenarios over a yardstick lock: what the workload `pair` does, a few times.
#pragma once

#include <array>

#include "checker/limits.hpp"
#include "checker/scenarios/sections.hpp"
#include "lockimpls/registry.hpp"

namespace faultline::scenarios {

// A lock, and a node for each thread.
template <class L>
struct Yardstick {
  L lock;
  Exclusion inside;
  std::array<typename L::Node, checker::threads_max> nodes;

  void pair(unsigned i) {
    lock.acquire(nodes[i]);
    if constexpr (L::excludes) inside.write();
    lock.release(nodes[i]);
  }
  void finish() {
    expect(lock.is_idle(), checker::Failure::leaked_exclusion,
           "everybody has gone, and it is still held or waited for");
  }
};

template <class L>
struct Pairs : Yardstick<L> {
  static constexpr const char* name = "pairs";
  static constexpr const char* summary = "each thread acquires a yardstick and releases it";
  // Three that exclude nobody show nothing new, and a CAS loop has thousands of ways to lose.
  static constexpr auto threads = [] {
    if constexpr (L::excludes)
      return std::array{2u, 3u};
    else
      return std::array{2u};
  }();

  void thread(unsigned i) { this->pair(i); }
  static int group(unsigned, unsigned) { return 1; }
};

// The second time a queue's node is not new any more.
template <class L>
struct PairsAgain : Yardstick<L> {
  static constexpr const char* name = "pairs_again";
  static constexpr const char* summary = "each thread acquires a yardstick twice";
  static constexpr std::array threads{2u};
  static constexpr bool applies = L::excludes;

  void thread(unsigned i) {
    this->pair(i);
    this->pair(i);
  }
  static int group(unsigned, unsigned) { return 1; }
};

// Where the lock is a reader-writer lock whose pairs are readers.
template <class L>
struct PairsBesideWriter : Yardstick<L> {
  static constexpr const char* name = "pairs_beside_writer";
  static constexpr const char* summary =
      "readers acquire a yardstick while a writer comes and goes";
  static constexpr std::array threads{2u, 3u};
  static constexpr bool applies = requires(L& lock) { lock.acquire_write(); };

  void thread(unsigned i) {
    if constexpr (applies) {
      if (i == 0) {
        this->lock.acquire_write();
        this->inside.write();
        this->lock.release_write();
      } else {
        this->lock.acquire(this->nodes[i]);
        this->inside.read();
        this->lock.release(this->nodes[i]);
      }
    }
  }
  static int group(unsigned i, unsigned) { return i == 0 ? -1 : 1; }
};

}  // namespace faultline::scenarios
