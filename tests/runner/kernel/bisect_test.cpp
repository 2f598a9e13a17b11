// bisect_test.cpp: the search over a list of kernels, every outcome of it.
#include "runner/kernel/bisect.hpp"

#include <gtest/gtest.h>

#include "runner/errors.hpp"

namespace faultline::kernel {
namespace {

using Indices = std::vector<std::size_t>;

TEST(Bisect, FindsEveryFirstBadOne) {
  for (std::size_t n = 2; n < 40; ++n) {
    for (std::size_t first = 1; first < n; ++first) {
      const Found found =
          search(n, [first](std::size_t at) { return at >= first ? Verdict::bad : Verdict::good; });
      EXPECT_EQ(found.first_bad, Indices{first}) << n;
      std::size_t enough = 0;
      while ((std::size_t{1} << enough) < n) ++enough;
      EXPECT_LE(found.tested, enough) << n;
    }
  }
}

TEST(Bisect, PassesOverWhatCannotBeTested) {
  const Found found = search(9, [](std::size_t at) {
    if (at == 4) return Verdict::untestable;
    return at >= 6 ? Verdict::bad : Verdict::good;
  });
  EXPECT_EQ(found.first_bad, Indices{6});
}

TEST(Bisect, NamesAllThatItMayBe) {
  const Found found = search(7, [](std::size_t at) {
    if (at == 3 || at == 4) return Verdict::untestable;
    return at >= 5 ? Verdict::bad : Verdict::good;
  });
  EXPECT_EQ(found.first_bad, (Indices{3, 4, 5}));
}

TEST(Bisect, ThresholdsAreShares) {
  EXPECT_DOUBLE_EQ(parse_threshold("0.2%"), 0.002);
  EXPECT_DOUBLE_EQ(parse_threshold(" 5 % "), 0.05);
  EXPECT_DOUBLE_EQ(parse_threshold("0"), 0);
  for (const char* text : {"", "%", "-1%", "nan", "1e9%", "0.2%%"}) {
    EXPECT_THROW(parse_threshold(text), Failure) << text;
  }
}

}  // namespace
}  // namespace faultline::kernel
