// completion.hpp: `faultline completion bash|zsh`: a script for the shell to source.
#pragma once

#include <string>

namespace faultline {

// Prints the script. Throws Failure for a shell that has none.
int run_completion(const std::string& shell);

}  // namespace faultline
