// regression.hpp: a counterexample as a test that fails as long as the bug is there.
#pragma once

#include <string>

#include "checker/explore.hpp"
#include "checker/schedule.hpp"

namespace faultline::checker {

// The text of a GoogleTest file: repeats the execution, and then explores the whole scenario.
std::string as_test(const ReplayString& replay, const Counterexample& found);

}  // namespace faultline::checker
