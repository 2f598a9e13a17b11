// near_names.hpp: what the user may have meant.
#pragma once

#include <string>
#include <vector>

namespace faultline {

// Those of `names` that are closest to `wrong` in edit distance, best first; all of them when none
// is close.
std::vector<std::string> near_names(const std::string& wrong,
                                    const std::vector<std::string>& names);

// "no design 'refcnt'; did you mean refcount? (mmap_lock, rwsem, atomic, refcount)"
std::string unknown_name(const std::string& what, const std::string& wrong,
                         const std::vector<std::string>& names);

}  // namespace faultline
