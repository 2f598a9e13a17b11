// program.hpp: what is explored: a setup, some threads, and a look at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include "checker/limits.hpp"

namespace faultline::checker {

// A scenario is a struct S: its constructor is the setup; thread(i) is what thread i does; finish()
// looks at the end, when all threads are done. All its state lies in the struct or in the caches of
// the platform, so that it can be put back for the next execution: no standard containers.
// Threads with the same group do the same, so only one order of their beginnings is explored.
struct Program {
  unsigned threads = 0;
  std::size_t bytes = 0;
  std::size_t align = 0;
  void (*construct)(void* state, unsigned threads) = nullptr;
  void (*run)(void* state, unsigned thread) = nullptr;
  void (*finish)(void* state) = nullptr;
  int (*group)(unsigned thread, unsigned threads) = nullptr;  // negative: like no other
};

// How many threads there will be, for a setup that wants to know.
struct Threads {
  unsigned count;
};

template <class S>
Program program_of(unsigned threads) {
  Program program;
  program.threads = threads;
  program.bytes = sizeof(S);
  program.align = alignof(S);
  program.construct = [](void* state, [[maybe_unused]] unsigned n) {
    if constexpr (requires { S(Threads{n}); }) {
      new (state) S(Threads{n});
    } else {
      new (state) S();
    }
  };
  program.run = [](void* state, unsigned thread) { static_cast<S*>(state)->thread(thread); };
  program.finish = [](void* state) {
    if constexpr (requires(S& s) { s.finish(); }) static_cast<S*>(state)->finish();
  };
  program.group = [](unsigned thread, unsigned n) {
    if constexpr (requires { S::group(thread, n); }) {
      return S::group(thread, n);
    } else {
      static_cast<void>(thread);
      static_cast<void>(n);
      return -1;
    }
  };
  return program;
}

}  // namespace faultline::checker
