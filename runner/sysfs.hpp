// sysfs.hpp: small facts out of text files, as /proc and /sys serve them.
//
// Every reader gives nothing, never 0 or "", for a file that is absent, unreadable or malformed: in
// a result "not measured" must stay apart from "measured as zero".
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faultline {

// The whole file.
std::optional<std::string> read_text(const std::string& path);

// The first line without surrounding blanks. Bytes that are not printable ASCII become '?', as
// firmware strings and the command line may hold anything and JSON must be UTF-8.
std::optional<std::string> read_line(const std::string& path);

std::optional<int64_t> read_integer(const std::string& path);

// Names in a directory without . and .., in natural order (cpu2 before cpu10).
std::vector<std::string> list_directory(const std::string& path);

std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
template <std::same_as<std::string> Temporary>
void split(Temporary&& text, char separator) = delete;  // the parts would dangle
std::string printable_ascii(std::string_view text);

// The whole text must be the number. parse_count takes decimal digits only, no sign.
std::optional<int64_t> parse_integer(std::string_view text);
std::optional<int64_t> parse_count(std::string_view text);
std::optional<double> parse_number(std::string_view text);

template <class Json, class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

}  // namespace faultline
