// session.h: precompiled for the sources of the session: parsing JSON's header for each of them
// would take a third of the whole build.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>
