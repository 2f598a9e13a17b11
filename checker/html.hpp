// html.hpp: a counterexample as one page that needs nothing else.
#pragma once

#include <string>

#include "checker/explore.hpp"

namespace faultline::checker {

// `replay` is the string that repeats it.
std::string as_html(const Counterexample& found, unsigned threads, const std::string& title,
                    const std::string& replay);

}  // namespace faultline::checker
