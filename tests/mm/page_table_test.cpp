// page_table_test.cpp: the page table with levels of 512 entries, and of two.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <type_traits>

#include "mm/page_table.hpp"
#include "platform/native.hpp"
#include "tests/platform/tasks.hpp"
#include "tests/platform/tiny.hpp"

namespace faultline {

struct SmallTables : Tiny {
  static constexpr const char* name = "small_tables";
};
template <>
inline constexpr unsigned page_table_bits<SmallTables> = 1;

namespace {

static_assert(PageTable<Native>::entries == 512);
static_assert(PageTable<Native>::end_of_addresses == std::uint64_t{1} << 48);
static_assert(PageTable<SmallTables>::entries == 2);
static_assert(PageTable<SmallTables>::end_of_addresses == 16 * page_size);

template <class P>
class PageTables : public testing::Test {
 protected:
  static void SetUpTestSuite() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
  // Sixteen pages from here on, which lie in two tables at least.
  static constexpr std::uint64_t first = PageTable<P>::end_of_addresses == 16 * page_size
                                             ? 0
                                             : (PageTable<P>::entries - 8) * page_size;
  static std::uint64_t page(std::uint64_t i) { return first + i * page_size; }
  std::uint64_t count() const {
    std::uint64_t there = 0;
    for (std::uint64_t i = 0; i < 16; ++i) there += table_.present(page(i));
    return there;
  }

  TaskScope<std::conditional_t<std::is_same_v<P, Native>, Native, Tiny>> scope_;
  typename PageTable<P>::PteTables tables_;
  typename PageTable<P>::Directories directories_;
  typename PageTable<P>::Pages pages_;
  PageTable<P> table_{tables_, directories_, pages_};
};
template <class P>
using PageTablesDeathTest = PageTables<P>;
using BothSizes = testing::Types<Native, SmallTables>;
TYPED_TEST_SUITE(PageTables, BothSizes, PlatformCaseNames);
TYPED_TEST_SUITE(PageTablesDeathTest, BothSizes, PlatformCaseNames);

TYPED_TEST(PageTables, EachPageHasAnEntryOfItsOwn) {
  for (std::uint64_t i = 0; i < 16; ++i) {
    EXPECT_FALSE(this->table_.present(this->page(i)));
    EXPECT_TRUE(this->table_.fault_in(this->page(i)));
    EXPECT_FALSE(this->table_.fault_in(this->page(i)));
    EXPECT_EQ(this->count(), i + 1);
  }
}

TYPED_TEST(PageTables, ZapsAcrossTables) {
  for (std::uint64_t i = 0; i < 16; ++i) this->table_.fault_in(this->page(i));
  EXPECT_EQ(this->table_.zap(this->page(3), this->page(11)), 8u);
  for (std::uint64_t i = 0; i < 16; ++i) {
    EXPECT_EQ(this->table_.present(this->page(i)), i < 3 || i >= 11) << i;
  }
  EXPECT_EQ(this->table_.zap(this->page(0), this->page(16)), 8u);
  EXPECT_EQ(this->count(), 0u);
}

TYPED_TEST(PageTablesDeathTest, AddressesBeyondTheEndDoNotWrapAround) {
  constexpr std::uint64_t end = PageTable<TypeParam>::end_of_addresses;
  EXPECT_TRUE(this->table_.fault_in(end - page_size));
  EXPECT_DEATH(this->table_.fault_in(end), "assertion failed");
  EXPECT_DEATH(static_cast<void>(this->table_.present(end)), "assertion failed");
}

}  // namespace
}  // namespace faultline
