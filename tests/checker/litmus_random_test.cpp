// litmus_random_test.cpp: small programs drawn at random: the checker shows what the axioms allow,
// all of it and nothing else.
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <random>

#include "tests/checker/axioms.hpp"

namespace faultline::litmus {
namespace {

const char* name_of(Do what) {
  constexpr const char* names[] = {"load", "store", "add",   "blind_add", "exchange",
                                   "cas",  "fence", "await", "lock"};
  return names[static_cast<unsigned>(what)];
}

std::string text_of(const Program& program) {
  std::string text;
  for (const Thread& thread : program.threads) {
    text += "\n ";
    for (const Op& op : thread) {
      text += std::string(" ") + name_of(op.what) + "(";
      if (op.what != Do::fence) text += std::string(1, "xyzw"[op.word]) + ", ";
      if (op.what == Do::compare_exchange) text += std::to_string(op.expected) + "->";
      if (op.what != Do::fence && op.what != Do::load) text += std::to_string(op.value) + ", ";
      text += std::string(checker::order_name(op.order)) + ");";
    }
  }
  return text;
}

class Draw {
 public:
  explicit Draw(unsigned seed) : engine_(seed) {}

  // `operations` in all, on two words.
  Program program(unsigned threads, unsigned operations, const std::vector<Do>& kinds) {
    Program program;
    program.threads.resize(threads);
    program.shows_words = true;
    for (unsigned i = 0; i < operations; ++i) program.threads[below(threads)].push_back(op(kinds));
    return program;
  }

  // Some of the operations of each thread are under a lock, or under another one.
  Program locking_program(unsigned threads, unsigned operations) {
    Program program = this->program(threads, operations, {Do::load, Do::store, Do::add});
    for (Thread& thread : program.threads) {
      Thread locking;
      for (std::size_t i = 0; i < thread.size();) {
        const unsigned locked = std::min(below(3), static_cast<unsigned>(thread.size() - i));
        const unsigned which = z + below(2);
        if (locked != 0) locking.push_back(lock(which));
        for (unsigned n = 0; n < std::max(locked, 1u); ++n) locking.push_back(thread[i++]);
        if (locked != 0) locking.push_back(write(which, 0, Mo::release));
      }
      thread = locking;
    }
    return program;
  }

 private:
  unsigned below(unsigned n) { return static_cast<unsigned>(engine_() % n); }

  Op op(const std::vector<Do>& kinds) {
    Op op;
    op.what = kinds[below(static_cast<unsigned>(kinds.size()))];
    op.word = below(2);
    op.value = 1 + below(2);
    op.expected = below(2);
    constexpr Mo loads[] = {Mo::relaxed, Mo::acquire};
    constexpr Mo stores[] = {Mo::relaxed, Mo::release};
    constexpr Mo fences[] = {Mo::acquire, Mo::release, Mo::full};
    constexpr Mo all[] = {Mo::relaxed, Mo::acquire, Mo::release, Mo::acq_rel, Mo::full};
    // Mostly relaxed, as what is ordered shows less.
    if (op.what != Do::fence && below(3) != 0) return op;
    switch (op.what) {
      case Do::load:
        op.order = loads[below(2)];
        break;
      case Do::store:
        op.order = stores[below(2)];
        break;
      case Do::fence:
        op.order = fences[below(3)];
        break;
      default:
        op.order = all[below(5)];
    }
    return op;
  }

  std::mt19937 engine_;
};

std::string joined(const Outcomes& outcomes) {
  std::string text;
  for (const std::string& outcome : outcomes) text += (text.empty() ? "" : ", ") + outcome;
  return text;
}

void expect_same(const Program& program, const Outcomes& expected, const checker::Options& options,
                 const char* how) {
  const Explored explored = explore(program, options);
  EXPECT_EQ(explored.result.verdict, checker::Verdict::verified) << text_of(program);
  EXPECT_EQ(joined(explored.outcomes), joined(expected)) << how << text_of(program);
}

void expect_all_searches_agree(const Program& program) {
  const Outcomes allowed = outcomes_by_axioms(program);
  checker::Options options;
  expect_same(program, allowed, options, "pruned");
  options.rules.prune_stale = false;
  expect_same(program, allowed, options, "not pruned");
  options.rules.weak = false;
  expect_same(program, outcomes_of_interleavings(program), options, "not weak");
}

struct Shape {
  const char* name;
  unsigned threads;
  unsigned operations;
  std::vector<Do> kinds;
  unsigned programs;
};

void PrintTo(const Shape& shape, std::ostream* out) {
  *out << shape.name;
}

class LitmusRandomShapes : public ::testing::TestWithParam<Shape> {};

TEST_P(LitmusRandomShapes, ShowsWhatTheAxiomsAllow) {
  const Shape& shape = GetParam();
  Draw draw(shape.threads * 100 + shape.operations);
  for (unsigned i = 0; i < shape.programs && !HasFailure(); ++i) {
    expect_all_searches_agree(draw.program(shape.threads, shape.operations, shape.kinds));
  }
}

// Axioms do not wait. What is left out is compared with the search that leaves out nothing.
TEST(LitmusRandom, LocksAreTakenInEveryOrder) {
  Draw draw(7);
  for (unsigned i = 0; i < 150 && !::testing::Test::HasFailure(); ++i) {
    const Program program = draw.locking_program(i % 2 == 0 ? 3 : 2, i % 2 == 0 ? 4 : 5);
    checker::Options options;
    options.mode = checker::Mode::preemptions;
    options.preemptions = 100;
    options.rules.prune_stale = false;
    const Outcomes all = explore(program, options).outcomes;
    options.mode = checker::Mode::exhaustive;
    expect_same(program, all, options, "not pruned");
    options.rules.prune_stale = true;
    expect_same(program, all, options, "pruned");
  }
}

const std::vector<Do> plain_kinds{Do::load, Do::store, Do::load, Do::store, Do::fence};
const std::vector<Do> rmw_kinds{Do::load, Do::store, Do::add, Do::exchange, Do::compare_exchange};
const std::vector<Do> blind_kinds{Do::load, Do::load, Do::store, Do::blind_add, Do::blind_add};
const std::vector<Do> all_kinds{
    Do::load, Do::store, Do::add, Do::blind_add, Do::exchange, Do::compare_exchange, Do::fence};

INSTANTIATE_TEST_SUITE_P(, LitmusRandomShapes,
                         ::testing::Values(Shape{"plain_2", 2, 6, plain_kinds, 100},
                                           Shape{"plain_3", 3, 6, plain_kinds, 100},
                                           Shape{"plain_4", 4, 7, plain_kinds, 40},
                                           Shape{"rmw_2", 2, 5, rmw_kinds, 100},
                                           Shape{"rmw_3", 3, 6, rmw_kinds, 100},
                                           Shape{"blind_2", 2, 6, blind_kinds, 100},
                                           Shape{"blind_3", 3, 6, blind_kinds, 200},
                                           Shape{"all_3", 3, 6, all_kinds, 100}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace faultline::litmus
