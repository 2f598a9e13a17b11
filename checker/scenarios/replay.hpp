// replay.hpp: a registered scenario again, from a replay string.
#pragma once

#include <string>

#include "checker/explore.hpp"
#include "checker/schedule.hpp"

namespace faultline {

// Repeats one execution. Verdict::inconclusive, with the reason, for a string that is none or names
// no scenario; Result::strayed when the program is another one by now.
// `changes`: the places that were changed when it was found.
checker::Result replay_scenario(const checker::ReplayString& replay,
                                const checker::Mutations& changes = {});
checker::Result replay_scenario(const std::string& text);

}  // namespace faultline
