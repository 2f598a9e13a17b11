// debian.cpp: finding, downloading and unpacking a cloud kernel of Debian.
#include "runner/kernel/debian.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <vector>

#include "runner/child.hpp"
#include "runner/errors.hpp"
#include "runner/kernel/image.hpp"
#include "runner/kernel/tool.hpp"
#include "runner/sysfs.hpp"

namespace faultline::kernel {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view prefix = "linux-image-";
constexpr std::string_view suffix = "-cloud-amd64";

Failure cannot(const std::string& version, const std::string& why) {
  return {exit_code::environment, fmt::format("--image debian:{}: {}", version, why)};
}

std::string cache_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return std::string(cache) + "/faultline/kernels";
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr && *home != '\0' ? home : "/tmp") +
         "/.cache/faultline/kernels";
}

void check_version(const std::string& version) {
  const bool sound = !version.empty() && version.size() < 60 && std::isdigit(version[0]) != 0 &&
                     std::all_of(
                         version.begin(), version.end(),
                         [](char c) {
                           return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                                  std::string_view(".+~-").find(c) != std::string_view::npos;
                         });
  if (!sound) {
    throw Failure(
        exit_code::usage,
        fmt::format("--image debian:{}: that is no version; give one as in debian:6.12", version));
  }
}

// Numbers compare as numbers: 6.1.0-9 before 6.1.0-50.
bool natural_less(std::string_view a, std::string_view b) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (!digit(a[i]) || !digit(b[j])) {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i;
      ++j;
      continue;
    }
    const std::size_t i0 = i;
    const std::size_t j0 = j;
    while (i < a.size() && digit(a[i])) ++i;
    while (j < b.size() && digit(b[j])) ++j;
    const auto value = [](std::string_view text) { return parse_count(text).value_or(0); };
    const auto x = value(a.substr(i0, i - i0));
    const auto y = value(b.substr(j0, j - j0));
    if (x != y) return x < y;
  }
  return a.size() - i < b.size() - j;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (const std::string_view line : split(text, '\n')) lines.emplace_back(trim(line));
  return lines;
}

// Unpacks, and keeps of a package what a guest needs: the kernel, its configuration, the driver of
// the port.
void unpack(const std::string& version, const std::string& package, const fs::path& folder) {
  const ToolResult done = run_tool({"dpkg-deb", "-x", package, folder.string()}, "", 300);
  if (done.exit != 0) {
    throw cannot(version, done.exit == 127 ? "there is no dpkg-deb here; give a kernel's file"
                                           : fmt::format("dpkg-deb could not unpack it ({}); is "
                                                         "the disk full?",
                                                         last_line(done.errors)));
  }
  for (const std::string& release : list_directory((folder / "lib/modules").string())) {
    const fs::path drivers = folder / "lib/modules" / release / "kernel/drivers";
    for (const char* group : {"virtio", "char"}) {
      fs::create_directories(folder / "modules" / group);
      for (const std::string& name : list_directory((drivers / group).string())) {
        if (!name.starts_with("virtio")) continue;
        fs::copy_file(drivers / group / name, folder / "modules" / group / name);
      }
    }
  }
  for (const char* rest : {"lib", "usr"}) fs::remove_all(folder / rest);
}

std::string download(const std::string& version, const std::string& name, const fs::path& cache) {
  const fs::path whole = cache / name;
  const fs::path part = cache / fmt::format(".{}-{}", name, getpid());
  fs::create_directories(part / "root");
  const ToolResult got = run_tool({"apt-get", "download", "-q", name}, part.string(), 600);
  std::string package;
  for (const std::string& file : list_directory(part.string())) {
    if (file.ends_with(".deb")) package = (part / file).string();
  }
  if (got.exit != 0 || package.empty()) {
    fs::remove_all(part);
    throw cannot(version, fmt::format("apt-get could not download {} ({}); check the network, and "
                                      "run apt-get update",
                                      name, last_line(got.errors)));
  }
  unpack(version, package, part / "root");
  std::error_code there;  // another one was quicker: the same files
  fs::rename(part / "root", whole, there);
  fs::remove_all(part);
  return whole.string();
}

}  // namespace

std::optional<std::string> newest_package(const std::vector<std::string>& names,
                                          const std::string& version) {
  std::optional<std::string> newest;
  for (const std::string& name : names) {
    if (!name.starts_with(prefix) || !name.ends_with(suffix)) continue;
    if (name.size() < prefix.size() + suffix.size()) continue;
    const std::string middle =
        name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
    if (!middle.starts_with(version)) continue;
    const std::string rest = middle.substr(version.size());
    // "6.12" alone is a metapackage; it says that there is one, and has no kernel in it.
    if (rest.empty() && std::count(version.begin(), version.end(), '.') < 2) continue;
    if (!rest.empty() && std::isalnum(static_cast<unsigned char>(rest[0])) != 0) continue;
    if (!newest || natural_less(*newest, name)) newest = name;
  }
  return newest;
}

std::string debian_kernel(const std::string& version) {
  check_version(version);
  const fs::path cache = cache_folder();
  const ToolResult listed = run_tool({"apt-cache", "pkgnames", "linux-image-"}, "", 120);
  if (interrupt_signal != 0) throw Failure(exit_code::interrupted, "interrupted; start it again");
  const auto offered = newest_package(lines_of(listed.output), version);
  const auto cached = newest_package(list_directory(cache.string()), version);
  const auto name = offered ? offered : cached;
  if (!name) {
    if (listed.exit == 127) throw cannot(version, "there is no apt here; give a kernel's file");
    throw cannot(version,
                 "apt has no cloud kernel of that version; run apt-get update, or see "
                 "apt-cache search linux-image cloud");
  }
  if (access((cache / *name / "boot").c_str(), R_OK) == 0) return (cache / *name).string();
  try {
    return download(version, *name, cache);
  } catch (const fs::filesystem_error& error) {
    throw cannot(version, fmt::format("cannot write below {}: {}; set XDG_CACHE_HOME",
                                      cache.string(), error.code().message()));
  }
}

}  // namespace faultline::kernel
