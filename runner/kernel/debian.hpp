// debian.hpp: kernels out of Debian's packages, unpacked into a cache and never installed.
#pragma once

#include <string>

namespace faultline::kernel {

// The folder with boot/ and modules/ of the newest cloud kernel of that version, downloaded unless
// it is in the cache. Throws Failure(environment) where there is no apt, no network, or no such
// version; usage for what is no version.
std::string debian_kernel(const std::string& version);

}  // namespace faultline::kernel
