// option_checks.hpp: what values of options have to be, for every command.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <string>

namespace faultline {

// CLI11 takes an empty text for "not given", and does not say which number it wants.
template <class T>
CLI::Validator number(const char* kind) {
  return {[kind](const std::string& text) -> std::string {
            T value{};
            const char* end = text.data() + text.size();
            const auto [stop, error] = std::from_chars(text.data(), end, value);
            if (error == std::errc::result_out_of_range) {
              return fmt::format("'{}' is out of range", text);
            }
            if (error == std::errc{} && stop == end) return "";
            return fmt::format("'{}' is not a {}", text, kind);
          },
          ""};
}

inline CLI::Validator not_empty() {
  return {[](const std::string& text) { return std::string(text.empty() ? "empty name" : ""); },
          ""};
}

}  // namespace faultline
