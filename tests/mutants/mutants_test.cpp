// mutants_test.cpp: each bug is found, as what it is, with the counterexample that golden/ keeps;
// and nothing is found without the bug.
//
// `FAULTLINE_UPDATE_GOLDEN=1 build/tests/mutants/mutants_test` writes golden/ anew; look at the
// difference before a commit.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <iostream>

#include "checker/explore.hpp"
#include "tests/mutants/end_read_of_refused.hpp"
#include "tests/mutants/flag_left_by_killed_writer.hpp"
#include "tests/mutants/fork_beside_faults.hpp"
#include "tests/mutants/futex_mutex.hpp"
#include "tests/mutants/golden.hpp"
#include "tests/mutants/osq_unqueue.hpp"
#include "tests/mutants/refcount_wake.hpp"
#include "tests/mutants/relaxed_attach.hpp"
#include "tests/mutants/stack_growth.hpp"
#include "tests/mutants/unordered_unlock.hpp"
#include "tests/mutants/wake_of_freed_mm.hpp"

namespace faultline::mutants {

namespace {

template <class S>
checker::Result explore(unsigned threads) {
  checker::Options options;
  if constexpr (requires { S::chances; }) options.rules.chances = S::chances;
  options.seconds_max = 120;
  return checker::explore(checker::program_of<S>(threads), options);
}

void print(const char* which, const checker::Result& result) {
  std::cout << fmt::format(
      "{}: {} {} after {} executions\n", which, checker::verdict_name(result.verdict),
      checker::failure_name(result.counterexample.failure), result.executions + result.blocked);
}

template <class M>
class Mutants : public testing::Test {};

struct MutantName {
  template <class M>
  static std::string GetName(int) {
    return M::name;
  }
};

using All = testing::Types<               //
    WakeOfFreedMm,                        //
    EndReadOfRefused,                     //
    FlagLeftByKilledWriter,               //
    RelaxedUnlock<VmaRefcount<Checked>>,  //
    RelaxedSeq<VmaRefcount<Checked>>,     //
    ForkBesideFaults<VmaRwsem<Checked>>,  //
    StackRot,                             //
    StackBounds,                          //
    RelaxedAttach,                        //
    RelaxedTryRead,                       //
    FutexUnlockRelaxed,                   //
    FutexWakeRelaxed,                     //
    RelaxedEndRead,                       //
    WakeWithoutFence,                     //
    OsqUnqueue>;
TYPED_TEST_SUITE(Mutants, All, MutantName);

TYPED_TEST(Mutants, IsFound) {
  const checker::Result result = explore<typename TypeParam::Mutant>(TypeParam::threads);
  print(TypeParam::name, result);
  ASSERT_EQ(result.verdict, checker::Verdict::failed) << result.reason;
  EXPECT_STREQ(checker::failure_name(result.counterexample.failure),
               checker::failure_name(TypeParam::failure))
      << text_of(result.counterexample, TypeParam::threads);
  EXPECT_EQ(
      compare_with_golden(TypeParam::name, text_of(result.counterexample, TypeParam::threads)), "");
}

TYPED_TEST(Mutants, IsNotFoundWhenFixed) {
  const checker::Result result = explore<typename TypeParam::Fixed>(TypeParam::threads);
  print(TypeParam::name, result);
  EXPECT_EQ(result.verdict, checker::Verdict::verified)
      << result.reason << text_of(result.counterexample, TypeParam::threads);
}

// Two bugs came with the locks in the VMAs: every such lock word has them, mmap_lock alone has not.
template <class Lock>
class LockWords : public testing::Test {};

struct LockName {
  template <class Lock>
  static std::string GetName(int) {
    return Lock::name;
  }
};
using Locks = VmaLocks::on<testing::Types, Checked>;
TYPED_TEST_SUITE(LockWords, Locks, LockName);

template <class M>
void expect_found(bool found) {
  const checker::Result result = explore<typename M::Mutant>(M::threads);
  print(M::name, result);
  EXPECT_EQ(result.verdict, found ? checker::Verdict::failed : checker::Verdict::verified)
      << result.reason;
}

TYPED_TEST(LockWords, UnorderedUnlock) {
  expect_found<RelaxedUnlock<TypeParam>>(TypeParam::per_vma);
}

TYPED_TEST(LockWords, ForkBesideFaults) {
  expect_found<ForkBesideFaults<TypeParam>>(TypeParam::per_vma);
}

}  // namespace

}  // namespace faultline::mutants
