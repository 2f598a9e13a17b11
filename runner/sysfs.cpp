// sysfs.cpp: reading and parsing of small text files.
#include "runner/sysfs.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace faultline {

std::optional<std::string> read_text(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  std::string text;
  std::array<char, 16384> block{};
  ssize_t got = 0;
  // Until end of file, not until st_size: files of /proc claim to be empty.
  do {
    got = read(file, block.data(), block.size());
    if (got > 0) text.append(block.data(), static_cast<size_t>(got));
  } while (got > 0 || (got < 0 && errno == EINTR));
  close(file);
  if (got < 0) return std::nullopt;
  return text;
}

std::optional<std::string> read_line(const std::string& path) {
  const std::optional<std::string> text = read_text(path);
  if (!text) return std::nullopt;
  return printable_ascii(trim(std::string_view(*text).substr(0, text->find('\n'))));
}

std::optional<int64_t> read_integer(const std::string& path) {
  const std::optional<std::string> line = read_line(path);
  return line ? parse_integer(*line) : std::nullopt;
}

std::vector<std::string> list_directory(const std::string& path) {
  dirent** entries = nullptr;
  const int count = scandir(path.c_str(), &entries, nullptr, versionsort);
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) {
    if (std::strcmp(entries[i]->d_name, ".") != 0 && std::strcmp(entries[i]->d_name, "..") != 0) {
      names.emplace_back(entries[i]->d_name);
    }
    std::free(entries[i]);
  }
  std::free(static_cast<void*>(entries));
  return names;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  size_t begin = 0;
  for (size_t end = 0; (end = text.find(separator, begin)) != std::string_view::npos;) {
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

std::string printable_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c < ' ' || c > '~') c = '?';
  }
  return out;
}

std::optional<int64_t> parse_integer(std::string_view text) {
  int64_t value = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<int64_t> parse_count(std::string_view text) {
  if (text.empty() || text.front() == '-') return std::nullopt;
  return parse_integer(text);
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace faultline
