// golden.cpp: see golden.hpp.
#include "tests/mutants/golden.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "checker/names.hpp"
#include "checker/text.hpp"

namespace faultline::mutants {

std::string text_of(const checker::Counterexample& found, unsigned threads) {
  checker::set_source_root(FL_SOURCE_ROOT);
  return checker::as_text(found, threads);
}

std::string compare_with_golden(const std::string& name, const std::string& text) {
  const std::string file = fmt::format("{}/tests/mutants/golden/{}.txt", FL_SOURCE_ROOT, name);
  if (std::getenv("FAULTLINE_UPDATE_GOLDEN") != nullptr) std::ofstream(file) << text;
  std::ifstream input(file);
  if (!input) return file + " is not there; write it with FAULTLINE_UPDATE_GOLDEN=1";
  std::ostringstream kept;
  kept << input.rdbuf();
  if (kept.str() == text) return "";
  return fmt::format(
      "{} differs; look at it, then write it anew with FAULTLINE_UPDATE_GOLDEN=1. Now:\n{}", file,
      text);
}

}  // namespace faultline::mutants
