// golden.hpp: counterexamples as text, and their comparison with the files in golden/.
#pragma once

#include <string>

#include "checker/explore.hpp"

namespace faultline::mutants {

// A line for each row: thread, action, variable, values, place. Without addresses: variables are
// numbered in the order in which they appear, and pointers are all alike.
std::string golden_text(const checker::Counterexample& found);

// "" when golden/<name>.txt is `text`, else what to tell. With FAULTLINE_UPDATE_GOLDEN in the
// environment the file is written instead.
std::string compare_with_golden(const std::string& name, const std::string& text);

}  // namespace faultline::mutants
