// sha256.cpp: SHA-256 over libmd.
#include "runner/sha256.hpp"

#include <sha2.h>

#include <array>
#include <cstdint>

namespace faultline {

std::string sha256_hex(std::string_view data) {
  std::array<char, SHA256_DIGEST_STRING_LENGTH> hex{};
  SHA256Data(reinterpret_cast<const uint8_t*>(data.data()), data.size(), hex.data());
  return hex.data();
}

std::optional<std::string> sha256_file(const std::string& path) {
  std::array<char, SHA256_DIGEST_STRING_LENGTH> hex{};
  if (SHA256File(path.c_str(), hex.data()) == nullptr) return std::nullopt;
  return hex.data();
}

}  // namespace faultline
