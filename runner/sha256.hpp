// sha256.hpp: SHA-256 as 64 lower-case hex digits, over Debian's libmd.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace faultline {

std::string sha256_hex(std::string_view data);

// Nothing when the file cannot be read to its end.
std::optional<std::string> sha256_file(const std::string& path);

}  // namespace faultline
