// golden.hpp: counterexamples as text are compared with the files in golden/.
#pragma once

#include <string>

#include "checker/explore.hpp"

namespace faultline::mutants {

// The counterexample with the names of the source.
std::string text_of(const checker::Counterexample& found, unsigned threads);

// "" when golden/<name>.txt is `text`, else what to tell. With FAULTLINE_UPDATE_GOLDEN in the
// environment the file is written instead.
std::string compare_with_golden(const std::string& name, const std::string& text);

}  // namespace faultline::mutants
